#include "api/codebuild/environment_validation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool isCurated(std::string_view image) { return image.starts_with("aws/codebuild/"); }
bool isLambda(std::string_view type) { return contains(type, "_LAMBDA_"); }
bool isWindows(std::string_view type) { return type.starts_with("WINDOWS_"); }
bool isReserved(std::string_view compute) {
  return compute == "ATTRIBUTE_BASED_COMPUTE" || compute == "CUSTOM_INSTANCE_TYPE";
}

// Which environment a curated image is made for; machine images and names that are not known fit anywhere.
bool curatedImageFits(std::string_view image, std::string_view type) {
  if (type.ends_with("_EC2")) return true;
  if (contains(image, "-lambda-")) {
    return type == (contains(image, "aarch64") ? "ARM_LAMBDA_CONTAINER" : "LINUX_LAMBDA_CONTAINER");
  }
  if (contains(image, "windows-base")) return isWindows(type);
  if (contains(image, "macos-")) return type == "MAC_ARM";
  if (contains(image, "aarch64")) return type == "ARM_CONTAINER";
  if (contains(image, "aws/codebuild/standard:") || contains(image, "x86_64")) {
    return type == "LINUX_CONTAINER" || type == "LINUX_GPU_CONTAINER";
  }
  return true;
}

bool computeFits(std::string_view compute, std::string_view type) {
  if (isReserved(compute)) return !isLambda(type);
  if (compute.starts_with("BUILD_LAMBDA_") != isLambda(type)) return false;
  if (isWindows(type)) return compute != "BUILD_GENERAL1_SMALL";
  if (type == "LINUX_GPU_CONTAINER") {
    return compute == "BUILD_GENERAL1_SMALL" || compute == "BUILD_GENERAL1_LARGE";
  }
  return true;
}

Refusal checkImage(const json& environment) {
  const std::string image = textOf(environment, "image");
  const std::string type = textOf(environment, "type");
  const std::string compute = textOf(environment, "computeType");
  const bool computeOk = computeFits(compute, type);
  if (isCurated(image) && !(computeOk && curatedImageFits(image, type))) {
    return invalidInput("AWS CodeBuild curated image " + image +
                        " is not supported for projects with environment type " + type +
                        " and compute type " + compute);
  }
  if (!computeOk) return invalidInput("Invalid compute type provided: " + compute);
  return std::nullopt;
}

Refusal checkCredentials(const json& environment) {
  const std::string image = textOf(environment, "image");
  const bool serviceRole = textOf(environment, "imagePullCredentialsType") == "SERVICE_ROLE";
  if (serviceRole && isCurated(image)) {
    return invalidInput(
        "Invalid environment: imagePullCredentialsType must be CODEBUILD for the "
        "AWS CodeBuild curated image " +
        image);
  }
  if (!environment.contains("registryCredential")) return std::nullopt;
  if (!serviceRole) {
    return invalidInput(
        "Invalid environment: registryCredential requires imagePullCredentialsType SERVICE_ROLE");
  }
  if (contains(image, ".dkr.ecr.")) {
    return invalidInput("Invalid environment: registryCredential is not supported for ECR images");
  }
  return std::nullopt;
}

Refusal checkLambda(const json& settings) {
  const json& environment = structOf(settings, "environment");
  const std::string type = textOf(environment, "type");
  if (!isLambda(type)) return std::nullopt;
  const char* refused = nullptr;
  if (flagOf(environment, "privilegedMode")) refused = "privilegedMode";
  if (textOf(structOf(settings, "cache"), "type") != "NO_CACHE") refused = "cache";
  if (!structOf(settings, "vpcConfig").empty()) refused = "vpcConfig";
  if (!listOf(settings, "fileSystemLocations").empty()) refused = "fileSystemLocations";
  if (flagOf(structOf(settings, "badge"), "badgeEnabled")) refused = "badge";
  if (refused == nullptr) return std::nullopt;
  return invalidInput("Invalid input: " + std::string(refused) +
                      " is not supported for environment type " + type);
}

}  // namespace

Refusal checkVariables(const json& variables) {
  std::set<std::string> names;
  for (const json& variable : variables) {
    const std::string name = textOf(variable, "name");
    if (!names.insert(name).second) {
      return invalidInput("Invalid environment: environment variable " + name + " is not unique");
    }
  }
  return std::nullopt;
}

Refusal checkEnvironment(const json& settings) {
  const json& environment = structOf(settings, "environment");
  if (auto bad = checkImage(environment)) return bad;
  if (auto bad = checkCredentials(environment)) return bad;
  if (auto bad = checkVariables(listOf(environment, "environmentVariables"))) return bad;
  return checkLambda(settings);
}

}  // namespace kiln::api
