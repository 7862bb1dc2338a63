#include "runtime/sandbox/environment.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

namespace kiln::runtime {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

// Where the agent serves the credentials; CodeBuild's own agent listens on the same port (facts §3.1).
constexpr std::string_view kAgentEndpoint = "http://127.0.0.1:7831";

// /codebuild/output/src<digits>, of a directory below it.
std::string goPath(const std::string& source) {
  constexpr std::string_view kBefore = "/codebuild/output/src";
  return source.substr(0, source.find('/', kBefore.size()));
}

void setIfAny(Variables& variables, std::string_view name, const std::string& value) {
  if (!value.empty()) variables.emplace(name, value);
}

// Those that a build may set to something else.
Variables replaceable(const Build& build, const SandboxFacts& facts) {
  const std::string& region = build.id.scope.region;
  const std::string source = sourceDirectory(build);
  Variables out = {
      {"AWS_DEFAULT_REGION", region},
      {"AWS_REGION", region},
      {"AWS_EXECUTION_ENV", "AWS_ECS_EC2"},
      // Not the RELATIVE_URI of facts §8.7: an SDK prefers it and then asks 169.254.170.2, where nobody answers.
      {"AWS_CONTAINER_CREDENTIALS_FULL_URI",
       std::string(kAgentEndpoint) + "/v2/credentials/" + build.id.uuid},
      {"GOPATH", "/go:" + goPath(source)},
      {"HOME", "/root"},
      {"OLDPWD", "/codebuild/readonly"},
      {"PWD", source},
  };
  setIfAny(out, "AWS_ENDPOINT_URL", facts.endpointUrl);
  return out;
}

std::string consoleUrl(const BuildId& id) {
  const std::string& region = id.scope.region;
  return "https://" + region + ".console.aws.amazon.com/codebuild/home?region=" + region +
         "#/builds/" + id.name() + "/view/new";
}

// `s3://bucket/key` for S3 (facts §3.1), whose location may be an ARN.
std::string repositoryUrl(const SourceInput& source) {
  if (source.type != "S3") return source.location;
  constexpr std::string_view kArn = "arn:aws:s3:::";
  const bool arn = source.location.starts_with(kArn);
  return "s3://" + source.location.substr(arn ? kArn.size() : 0);
}

// Those that are Kiln's alone.
Variables reserved(const Build& build, const SandboxFacts& facts) {
  const BuildId& id = build.id;
  const BuildSpec& spec = build.spec;
  const std::string source = sourceDirectory(build);
  const std::string project = projectArn(id.scope, id.project);
  const std::string defaultKey =
      "arn:aws:kms:" + id.scope.region + ":" + id.scope.account + ":alias/aws/s3";
  Variables out = {
      {"CODEBUILD_AGENT_ENDPOINT", std::string(kAgentEndpoint)},
      {"CODEBUILD_AUTH_TOKEN", nameUuid(id.arn() + "/auth-token")},
      {"CODEBUILD_BUILD_ARN", id.arn()},
      {"CODEBUILD_BUILD_ID", id.name()},
      {"CODEBUILD_BUILD_IMAGE", spec.image},
      {"CODEBUILD_BUILD_NUMBER", std::to_string(spec.number)},
      {"CODEBUILD_BUILD_SUCCEEDING", build.succeeding() ? "1" : "0"},
      {"CODEBUILD_BUILD_URL", consoleUrl(id)},
      {"CODEBUILD_CI", "true"},
      {"CODEBUILD_CONTAINER_NAME", "default"},
      {"CODEBUILD_EXECUTION_ROLE_BUILD", ""},
      {"CODEBUILD_GOPATH", goPath(source)},
      {"CODEBUILD_INITIATOR", spec.initiator},
      {"CODEBUILD_KMS_KEY_ID", spec.encryptionKey.empty() ? defaultKey : spec.encryptionKey},
      {"CODEBUILD_LAST_EXIT", "0"},
      {"CODEBUILD_LOG_PATH", spec.logStream.empty() ? id.uuid : spec.logStream},
      {"CODEBUILD_PROJECT_ARN", project},
      {"CODEBUILD_PROJECT_UUID", nameUuid(project)},
      {"CODEBUILD_SRC_DIR", source},
      {"CODEBUILD_START_TIME", std::to_string(toUnixMillis(spec.startTime))},
  };
  setIfAny(out, "CODEBUILD_FE_REPORT_ENDPOINT", facts.endpointUrl);
  if (!spec.sources.empty() && spec.sources.front().identifier.empty())
    setIfAny(out, "CODEBUILD_SOURCE_REPO_URL", repositoryUrl(spec.sources.front()));
  setIfAny(out, "CODEBUILD_SOURCE_VERSION", spec.sourceVersion);
  for (const SourceInput& one : spec.sources) {
    if (one.identifier.empty()) continue;
    const std::string suffix = "_" + one.identifier;
    out["CODEBUILD_SRC_DIR" + suffix] = sourceDirectoryOf(build, one);
    setIfAny(out, "CODEBUILD_SOURCE_REPO_URL" + suffix, repositoryUrl(one));
    setIfAny(out, "CODEBUILD_SOURCE_VERSION" + suffix, one.version);
  }
  return out;
}

bool exportable(std::string_view name) {
  const auto wordy = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::ranges::all_of(name, wordy);
}

// A name as a log line may show it.
std::string shown(std::string name) {
  for (char& c : name) {
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) c = '?';
  }
  return "'" + name + "'";
}

class Assembly {
 public:
  Assembly(Variables provided, Variables reserved)
      : variables_(std::move(provided)), reserved_(std::move(reserved)) {}

  void set(const std::string& name, const std::string& value) {
    if (!exportable(name)) {
      notices_.push_back("Skipping environment variable " + shown(name) +
                         ": a shell cannot export a variable of that name");
    } else if (value.find('\0') != std::string::npos) {
      notices_.push_back("Skipping environment variable " + shown(name) +
                         ": its value holds a NUL character");
    } else if (reserved_.contains(name)) {
      notices_.push_back("Skipping environment variable " + shown(name) +
                         ": the build service sets it");
    } else {
      variables_[name] = value;
    }
  }

  SandboxEnvironment finish() && {
    SandboxEnvironment out;
    variables_.merge(reserved_);
    for (auto& [name, value] : variables_) out.variables.push_back({name, value});
    out.notices = std::move(notices_);
    return out;
  }

 private:
  Variables variables_;
  Variables reserved_;
  std::vector<std::string> notices_;
};

std::string isoTime(TimePoint t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<Seconds>(t - day));
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

// `length` letters and digits, always the same ones for the same seed.
std::string derived(const std::string& seed, std::size_t length) {
  std::string out;
  for (int part = 0; out.size() < length; ++part) {
    for (const char c : nameUuid(seed + "/" + std::to_string(part))) {
      if (c != '-') out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return out.substr(0, length);
}

std::string roleOf(const Build& build) {
  const auto document = nlohmann::json::parse(build.spec.document, nullptr, false);
  if (document.is_object()) {
    const auto role = document.find("serviceRole");
    if (role != document.end() && role->is_string()) return role->get<std::string>();
  }
  return "arn:aws:iam::" + build.id.scope.account + ":role/kiln";
}

}  // namespace

std::string sourceDirectory(const Build& build) {
  const std::string& chosen = build.state.sourceDirectory;
  return chosen.empty() ? sourceDirectoryOf(build) : chosen;
}

SandboxEnvironment makeEnvironment(const Build& build, const Buildspec& spec,
                                   const SandboxFacts& facts) {
  Assembly assembly(replaceable(build, facts), reserved(build, facts));
  for (const auto& [name, value] : spec.variables) assembly.set(name, value);
  for (const EnvVar& variable : build.spec.environmentVariables) {
    assembly.set(variable.name, variable.value);
  }
  return std::move(assembly).finish();
}

std::vector<agent::NameValue> phaseEnvironment(const Build& build) {
  std::vector<agent::NameValue> changes = {
      {"CODEBUILD_BUILD_SUCCEEDING", build.succeeding() ? "1" : "0"}};
  if (!build.state.resolvedSourceVersion.empty()) {
    changes.push_back({"CODEBUILD_RESOLVED_SOURCE_VERSION", build.state.resolvedSourceVersion});
  }
  return changes;
}

std::optional<PhaseContext> unresolvedVariables(const Build& build, const Buildspec& spec) {
  const auto parameter = [](const std::string& name) {
    return PhaseContext{"Decrypted Variables Error",
                        "Kiln does not resolve parameter store variables yet: " + shown(name)};
  };
  const auto secret = [](const std::string& name) {
    return PhaseContext{"Secrets Manager Error",
                        "Kiln does not resolve Secrets Manager variables yet: " + shown(name)};
  };
  const auto& given = build.spec.environmentVariables;
  for (const EnvVar& variable : given) {
    switch (variable.type) {
      case EnvVarType::kPlaintext: break;
      case EnvVarType::kParameterStore: return parameter(variable.name);
      case EnvVarType::kSecretsManager: return secret(variable.name);
    }
  }
  const auto wanted = [&given](const BuildspecReference& reference) {
    return std::ranges::find(given, reference.name, &EnvVar::name) == given.end();
  };
  const auto stored = std::ranges::find_if(spec.parameterStore, wanted);
  if (stored != spec.parameterStore.end()) return parameter(stored->name);
  const auto kept = std::ranges::find_if(spec.secretsManager, wanted);
  if (kept != spec.secretsManager.end()) return secret(kept->name);
  return std::nullopt;
}

std::string credentialsDocument(const Build& build) {
  const std::string seed = build.id.arn();
  // They last as long as the build can: SDKs renew in time, and would be given the same keys again.
  const TimePoint expiry =
      build.spec.startTime + build.spec.queuedTimeout + build.spec.timeout + std::chrono::hours(1);
  return nlohmann::json{{"RoleArn", roleOf(build)},
                        {"AccessKeyId", "ASIA" + derived(seed + "/access-key", 16)},
                        {"SecretAccessKey", derived(seed + "/secret-key", 40)},
                        {"Token", derived(seed + "/token", 128)},
                        {"Expiration", isoTime(expiry)}}
      .dump();
}

}  // namespace kiln::runtime
