#include "controller/cli/run_request.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "controller/cli/artifacts_place.h"
#include "controller/cli/environment_file.h"
#include "controller/core/utf8.h"
#include "runtime/buildspec/buildspec.h"
#include "runtime/source/buildspec_file.h"
#include "runtime/source/local_source.h"
#include "store/records/new_build.h"

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLongestProject = 150;
constexpr std::size_t kMostSecondary = 12;  // of a project's sources (facts §9)
constexpr std::size_t kLongestIdentifier = 127;

Error wrongOption(const std::string& what) { return {Code::kInvalidArgument, what}; }

bool isWord(char c) {
  return c == '_' || (static_cast<unsigned char>(c) < 0x80 && std::isalnum(c) != 0);
}

Result<fs::path> directoryAt(const std::string& text, const std::string& what) {
  std::error_code failed;
  auto path = fs::canonical(text, failed);
  if (failed) return wrongOption(what + " '" + text + "': " + failed.message());
  if (!fs::is_directory(path, failed))
    return wrongOption(what + " '" + text + "' is not a directory");
  return path;
}

Result<std::string> textOfFile(const fs::path& path) {
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  if (failed) return wrongOption("cannot read " + path.string() + ": " + failed.message());
  if (size > runtime::kMaxBuildspecBytes)
    return wrongOption(path.string() + " is larger than " +
                       std::to_string(runtime::kMaxBuildspecBytes) + " bytes");
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad())
    return wrongOption("cannot read " + path.string() + ": " + std::strerror(errno));
  return text;
}

// A file outside the directory is given inline; one that is nowhere, or in it and no file, stays a path, and the build says so.
Result<std::string> buildspecOf(const std::string& asked, const fs::path& directory) {
  if (runtime::formOf(asked) != runtime::BuildspecForm::kPath) return asked;
  std::error_code failed;
  for (const auto& candidate : {directory / asked, fs::absolute(asked, failed)}) {
    const auto file = fs::canonical(candidate, failed);
    if (failed || !fs::is_regular_file(file, failed)) continue;
    const auto below = candidate.lexically_normal().lexically_relative(directory);
    const auto inside = file.lexically_relative(directory);
    if (!below.empty() && *below.begin() != ".." && *inside.begin() != "..") return below.string();
    auto text = textOfFile(file);
    if (!text.ok()) return text.error();
    if (runtime::formOf(*text) == runtime::BuildspecForm::kInline) return text;
    return wrongOption("--buildspec: " + file.string() + " is no buildspec");
  }
  const bool ofDirectory = !fs::path(asked).is_absolute() && fs::exists(directory / asked, failed);
  if (!ofDirectory && fs::exists(asked, failed))
    return wrongOption("--buildspec: " + asked + " is not a regular file");
  return asked;
}

// The buildspec's secondary artifacts, as far as they can be known here; what is wrong with it the build will say.
std::vector<std::string> secondaryArtifactsOf(const RunRequest& request) {
  std::string text = request.buildspec;
  const auto form = runtime::formOf(text);
  if (form == runtime::BuildspecForm::kS3Arn) return {};
  if (form != runtime::BuildspecForm::kInline) {
    auto read = textOfFile(request.directory / (text.empty() ? "buildspec.yml" : text));
    if (!read.ok()) return {};
    text = std::move(*read);
  }
  const auto parsed = runtime::parseBuildspec(text);
  if (!parsed.ok() || !parsed->artifacts) return {};
  std::vector<std::string> identifiers;
  for (const auto& one : parsed->artifacts->secondary) identifiers.push_back(one.identifier);
  return identifiers;
}

Status addSecondary(const std::string& text, RunRequest& request) {
  const auto equals = text.find('=');
  const auto identifier = text.substr(0, equals);
  if (equals == std::string::npos || identifier.empty())
    return wrongOption("--secondary " + text + ": IDENTIFIER=DIR is needed");
  if (identifier.size() > kLongestIdentifier ||
      !std::all_of(identifier.begin(), identifier.end(), isWord))
    return wrongOption("--secondary " + text +
                       ": an identifier has letters, digits and underscores, 127 at most");
  for (const auto& [other, directory] : request.secondary) {
    if (other == identifier)
      return wrongOption("--secondary: the identifier " + identifier + " is given twice");
  }
  if (request.secondary.size() == kMostSecondary)
    return wrongOption("--secondary: a build has at most " + std::to_string(kMostSecondary) +
                       " secondary sources");
  auto directory = directoryAt(text.substr(equals + 1), "--secondary " + identifier + ":");
  if (!directory.ok()) return directory.error();
  request.secondary.emplace_back(identifier, std::move(*directory));
  return okStatus();
}

Status addEnvironment(const RunOptions& options, const Environment& here, RunRequest& request) {
  for (const auto& file : options.environmentFiles) {
    auto read = readEnvironmentFile(file, here);
    if (!read.ok()) return wrongOption("--env-file: " + read.error().message);
    mergeVariables(request.environment, std::move(*read));
  }
  for (const auto& text : options.environment) {
    auto read = readVariable(text, here);
    if (!read.ok()) return wrongOption("--env: " + read.error().message);
    mergeVariables(request.environment, std::move(*read));
  }
  return okStatus();
}

json sourceOf(const fs::path& directory) {
  return {{"type", runtime::kLocalDirectory}, {"location", directory.string()}};
}

json environmentOf(const RunRequest& request, const RunContext& context) {
  json variables = json::array();
  for (const EnvVar& one : request.environment) {
    variables.push_back({{"name", one.name}, {"value", one.value}, {"type", "PLAINTEXT"}});
  }
  return {{"type", context.architecture == "aarch64" ? "ARM_CONTAINER" : "LINUX_CONTAINER"},
          {"image", request.image.empty() ? context.fallbackImage : request.image},
          {"computeType", request.computeType},
          {"environmentVariables", std::move(variables)},
          {"privilegedMode", request.privileged},
          {"imagePullCredentialsType", "CODEBUILD"}};
}

// A ZIP keeps links and modes; the bucket is none, for the artifacts go to a directory.
json artifactOf(const RunRequest& request, const std::string& identifier) {
  if (!request.artifacts) return {{"type", "NO_ARTIFACTS"}};
  json artifact = {{"type", "S3"},
                   {"location", "kiln-run"},
                   {"name", identifier.empty() ? request.project : identifier},
                   {"packaging", "ZIP"}};
  if (!identifier.empty()) artifact["artifactIdentifier"] = identifier;
  return artifact;
}

json requestOf(const RunRequest& request) {
  json secondary = json::array();
  for (const auto& identifier : request.artifactIdentifiers) {
    secondary.push_back(artifactOf(request, identifier));
  }
  return {{"projectArtifacts", artifactOf(request, "")},
          {"secondaryProjectArtifacts", std::move(secondary)},
          {"logsConfig",
           {{"cloudWatchLogs", {{"status", "DISABLED"}}}, {"s3Logs", {{"status", "DISABLED"}}}}},
          {"cacheGeneration", 0}};
}

}  // namespace

std::string projectNameFor(const fs::path& directory) {
  std::string name = directory.filename().string();
  for (char& c : name) {
    if (!isWord(c) && c != '-') c = '-';
  }
  const auto first = name.find_first_not_of("-_");
  name = first == std::string::npos ? "local" : name.substr(first, kLongestProject);
  return name.size() < 2 ? name + "-local" : name;
}

namespace {

// A build's record is JSON, which has no other bytes.
Status checkText(const RunRequest& request) {
  const auto check = [](const std::string& what, const std::string& text) -> Status {
    if (asUtf8(text) == text) return okStatus();
    return wrongOption(what + " '" + asUtf8(text).substr(0, 200) + "' is not UTF-8");
  };
  if (auto good = check("DIR", request.directory.string()); !good.ok()) return good;
  if (auto good = check("--image", request.image); !good.ok()) return good;
  if (auto good = check("the buildspec", request.buildspec); !good.ok()) return good;
  for (const auto& variable : request.environment) {
    if (auto good = check("the variable", variable.name); !good.ok()) return good;
    if (asUtf8(variable.value) != variable.value)  // which may be a secret
      return wrongOption("the value of the variable " + variable.name + " is not UTF-8");
  }
  for (const auto& [identifier, directory] : request.secondary) {
    if (auto good = check("--secondary", directory.string()); !good.ok()) return good;
  }
  return okStatus();
}

}  // namespace

Result<RunRequest> toRequest(const RunOptions& options, const Environment& here) {
  RunRequest request;
  auto directory = directoryAt(options.directory, "DIR");
  if (!directory.ok()) return directory.error();
  request.directory = std::move(*directory);
  request.project = projectNameFor(request.directory);
  auto buildspec = buildspecOf(options.buildspec, request.directory);
  if (!buildspec.ok()) return buildspec.error();
  request.buildspec = std::move(*buildspec);
  if (auto added = addEnvironment(options, here, request); !added.ok()) return added.error();
  for (const auto& text : options.secondary) {
    if (auto added = addSecondary(text, request); !added.ok()) return added.error();
  }
  if (!options.artifacts.empty()) {
    std::error_code failed;
    request.artifacts = fs::absolute(options.artifacts, failed).lexically_normal();
    request.artifactIdentifiers = secondaryArtifactsOf(request);
    if (auto good = checkArtifactsPlace(*request.artifacts, request.artifactIdentifiers);
        !good.ok())
      return wrongOption("--artifacts: " + good.error().message);
  }
  request.image = options.image;
  request.computeType = options.computeType;
  request.privileged = options.privileged;
  request.timeout = Minutes(options.timeout);
  if (auto text = checkText(request); !text.ok()) return text.error();
  return request;
}

Build toBuild(const RunRequest& request, const RunContext& context) {
  const Scope& scope = context.scope;
  json build = {
      {"source", sourceOf(request.directory)},
      {"secondarySources", json::array()},
      {"cache", {{"type", "NO_CACHE"}}},
      {"environment", environmentOf(request, context)},
      {"serviceRole", "arn:aws:iam::" + scope.account + ":role/kiln-run"},
      {"timeoutInMinutes", request.timeout.count()},
      {"queuedTimeoutInMinutes", 480},
      {"encryptionKey", "arn:aws:kms:" + scope.region + ":" + scope.account + ":alias/aws/s3"}};
  if (!request.buildspec.empty()) build["source"]["buildspec"] = request.buildspec;
  for (const auto& [identifier, directory] : request.secondary) {
    json source = sourceOf(directory);
    source["sourceIdentifier"] = identifier;
    build["secondarySources"].push_back(std::move(source));
  }
  const store::NewBuild fresh{.id = {scope, request.project, newUuid()},
                              .number = 1,
                              .now = toWholeMillis(context.now),
                              .initiator = "kiln-run/" + context.user};
  Build made = store::newBuild(fresh, std::move(build), requestOf(request));
  if (context.keepForShell) made.finalizers.emplace_back(kShellFinalizer);
  return made;
}

}  // namespace kiln::cli
