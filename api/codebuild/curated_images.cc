#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/codebuild/families.h"

namespace kiln::api {
namespace {

using nlohmann::json;

struct Versions {
  const char* platform;
  const char* language;
  const char* name;
  const char* description;
  std::vector<const char*> tags;
};

constexpr const char* kLambda = "AWS CodeBuild - Docker image for Lambda compute";

// What CodeBuild maintains now and what it still accepts (facts §8.6).
std::vector<Versions> containerImages() {
  return {{"UBUNTU",
           "BASE",
           "standard",
           "AWS CodeBuild - Docker image for Ubuntu",
           {"5.0", "6.0", "7.0", "8.0"}},
          {"AMAZON_LINUX",
           "BASE",
           "amazonlinux-x86_64-standard",
           "AWS CodeBuild - Docker image for Amazon Linux x86_64",
           {"4.0", "5.0", "6.0", "corretto8", "corretto11"}},
          {"AMAZON_LINUX",
           "BASE",
           "amazonlinux-aarch64-standard",
           "AWS CodeBuild - Docker image for Amazon Linux aarch64",
           {"2.0", "3.0", "4.0"}},
          {"WINDOWS_SERVER",
           "BASE",
           "windows-base",
           "AWS CodeBuild - Docker image for Windows Server",
           {"2019-1.0", "2019-2.0", "2019-3.0", "2022-1.0"}}};
}

std::vector<Versions> lambdaImages(const char* name) {
  return {{"AMAZON_LINUX", "JAVA", name, kLambda, {"corretto11", "corretto17", "corretto21"}},
          {"AMAZON_LINUX", "DOTNET", name, kLambda, {"dotnet6", "dotnet8"}},
          {"AMAZON_LINUX", "GOLANG", name, kLambda, {"go1.21"}},
          {"AMAZON_LINUX", "NODE_JS", name, kLambda, {"nodejs18", "nodejs20"}},
          {"AMAZON_LINUX", "PYTHON", name, kLambda, {"python3.11", "python3.12"}},
          {"AMAZON_LINUX", "RUBY", name, kLambda, {"ruby3.2"}}};
}

json& childOf(json& list, const char* member, const std::string& value, const char* children) {
  for (json& one : list) {
    if (one.at(member) == value) return one[children];
  }
  list.push_back({{member, value}, {children, json::array()}});
  return list.back()[children];
}

void addImages(json& platforms, const std::vector<Versions>& families) {
  for (const Versions& family : families) {
    json& languages = childOf(platforms, "platform", family.platform, "languages");
    json& images = childOf(languages, "language", family.language, "images");
    for (const char* tag : family.tags) {
      const std::string image = std::string("aws/codebuild/") + family.name + ":" + tag;
      images.push_back({{"name", image},
                        {"description", family.description},
                        {"versions", json::array({image})}});
    }
  }
}

json curatedImages() {
  json platforms = json::array();
  addImages(platforms, containerImages());
  addImages(platforms, lambdaImages("amazonlinux-x86_64-lambda-standard"));
  addImages(platforms, lambdaImages("amazonlinux-aarch64-lambda-standard"));
  return {{"platforms", std::move(platforms)}};
}

}  // namespace

void addImageOperations(Operations& operations) {
  operations["ListCuratedEnvironmentImages"] =
      [answer = curatedImages()](const json&, const CallContext&) -> Result<json, ServiceError> {
    return answer;
  };
}

}  // namespace kiln::api
