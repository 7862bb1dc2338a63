#include "api/codebuild/source_validation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/codebuild/buildspec_check.h"
#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr std::string_view kS3Arn = "arn:aws:s3:::";
constexpr std::string_view kDefaultWebhookLocation = "CODEBUILD_DEFAULT_WEBHOOK_SOURCE_LOCATION";

// `https://[user@]host/owner/repository`, on that host.
bool isRepositoryUrl(std::string_view url, std::string_view host) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) return false;
  url.remove_prefix(kScheme.size());
  const auto slash = url.find('/');
  if (slash == std::string_view::npos) return false;
  std::string_view authority = url.substr(0, slash);
  if (const auto at = authority.find('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  if (authority != host && authority != "www." + std::string(host)) return false;
  const std::string_view path = url.substr(slash + 1);
  const auto owner = path.find('/');
  return owner != std::string_view::npos && owner > 0 && owner + 1 < path.size();
}

bool isIdentifier(const std::string& text) {
  return !text.empty() && text.size() < 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string_view s3Path(std::string_view location) {
  if (location.starts_with(kS3Arn)) location.remove_prefix(kS3Arn.size());
  return location;
}

// Not established in the facts: a build could only fail for it.
Refusal checkRepositoryUrl(const std::string& type, const std::string& location) {
  if (location.find_first_of("?#") != std::string::npos) {
    return invalidInput("Invalid project source: source location " +
                        location.substr(0, location.find_first_of("?#")) +
                        " has a query or a fragment behind it, which no repository URL has");
  }
  const bool url = location.starts_with("https://") || location.starts_with("http://");
  if (type == "CODECOMMIT" && (!url || location.find("/v1/repos/") == std::string::npos)) {
    return invalidInput(
        "Invalid project source: source location must be a valid CodeCommit repository URL");
  }
  return std::nullopt;
}

Refusal checkHost(const std::string& type, const std::string& location) {
  struct Hosted {
    std::string_view type, host, words;
  };
  static constexpr Hosted kHosted[] = {{"GITHUB", "github.com", "GitHub"},
                                       {"BITBUCKET", "bitbucket.org", "Bitbucket"},
                                       {"GITLAB", "gitlab.com", "GitLab"}};
  for (const Hosted& hosted : kHosted) {
    if (type == hosted.type && !isRepositoryUrl(location, hosted.host)) {
      return invalidInput("Invalid project source: source location must be a valid " +
                          std::string(hosted.words) + " repository URL");
    }
  }
  return std::nullopt;
}

// What the hosts' tokens begin with; given as the user's name they open a repository, too.
bool isToken(std::string_view user) {
  static constexpr std::string_view kBeginnings[] = {
      "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "ATBB", "ATCTT"};
  return std::ranges::any_of(kBeginnings,
                             [&](std::string_view begin) { return user.starts_with(begin); });
}

// It would be in every event, answer and log of every build. Not established in the facts.
Refusal checkPassword(std::string_view location) {
  const auto scheme = location.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string_view authority =
      location.substr(scheme + 3, location.find('/', scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const bool password = authority.find(':') < at;
  if (!password && !isToken(authority.substr(0, at))) return std::nullopt;
  return invalidInput("Invalid project source: the location holds a " +
                      std::string(password ? "password" : "token") +
                      "; give it with ImportSourceCredentials");
}

Refusal checkLocation(const json& source) {
  const std::string type = textOf(source, "type");
  const std::string location = textOf(source, "location");
  if (type == "NO_SOURCE" || type == "CODEPIPELINE") return std::nullopt;
  if (location.empty()) return invalidInput("Project source location is required");
  if (location == kDefaultWebhookLocation) return std::nullopt;
  if (type == "S3") {
    const std::string_view path = s3Path(location);
    const auto slash = path.find('/');
    if (!namesBucket(path) || slash == std::string_view::npos || slash + 1 == path.size()) {
      return invalidInput("Invalid project source: source location must be a valid S3 location");
    }
    return std::nullopt;
  }
  if (auto bad = checkPassword(location)) return bad;
  if (auto bad = checkRepositoryUrl(type, location)) return bad;
  return checkHost(type, location);
}

Refusal checkBuildspec(const json& source) {
  if (textOf(source, "type") != "NO_SOURCE") return std::nullopt;
  const std::string buildspec = textOf(source, "buildspec");
  if (buildspec.empty()) {
    return invalidInput(
        "Invalid project source: the field 'buildspec' is required when source is of type "
        "NO_SOURCE");
  }
  if (isS3Buildspec(buildspec) || isInlineBuildspec(buildspec)) return std::nullopt;
  return invalidInput("Invalid input: buildspec must be a valid YAML file");
}

Refusal checkAuth(const json& auth) {
  const std::string type = textOf(auth, "type");
  if (type.empty() || type == "OAUTH" || !textOf(auth, "resource").empty()) return std::nullopt;
  return invalidInput(
      "Invalid project source: the field 'auth.resource' is required when auth is of type " + type);
}

Refusal checkSource(const json& source, const std::string& version) {
  if (auto bad = checkLocation(source)) return bad;
  if (auto bad = checkAuth(structOf(source, "auth"))) return bad;
  const std::string type = textOf(source, "type");
  if (flagOf(source, "reportBuildStatus") && !reportsBuildStatus(type)) {
    return invalidInput(
        "Invalid project source: reportBuildStatus is not supported for source type " + type);
  }
  if (type == "S3" && textOf(source, "location").ends_with('/') && !version.empty()) {
    return invalidInput("Source version should be empty for S3 folder source location");
  }
  return std::nullopt;
}

Refusal checkIdentifiers(const json& list, const char* member, const std::string& what) {
  std::set<std::string> seen;
  for (const json& one : list) {
    const std::string identifier = textOf(one, member);
    if (!isIdentifier(identifier)) {
      return invalidInput(
          "Invalid " + what + ": " + member +
          " is required and may only contain alphanumeric characters and underscores");
    }
    if (!seen.insert(identifier).second) {
      return invalidInput("Invalid " + what + ": " + member + " " + identifier + " is not unique");
    }
  }
  return std::nullopt;
}

std::string versionOf(const json& versions, const std::string& identifier) {
  for (const json& version : versions) {
    if (textOf(version, "sourceIdentifier") == identifier) return textOf(version, "sourceVersion");
  }
  return {};
}

Refusal checkSecondaryVersions(const json& versions, const json& sources) {
  if (auto bad = checkIdentifiers(versions, "sourceIdentifier", "secondary source version"))
    return bad;
  for (const json& version : versions) {
    const std::string wanted = textOf(version, "sourceIdentifier");
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const json& source) {
      return textOf(source, "sourceIdentifier") == wanted;
    });
    if (!known) {
      return invalidInput(
          "Invalid secondary source version: no secondary source has the identifier " + wanted);
    }
  }
  return std::nullopt;
}

Refusal checkArtifact(const json& artifacts) {
  const std::string type = textOf(artifacts, "type");
  const std::string location = textOf(artifacts, "location");
  const std::string prefix = "Invalid artifacts: artifact type " + type + " should have ";
  if (type == "NO_ARTIFACTS") {
    if (!location.empty()) return invalidInput(prefix + "null location");
    if (!textOf(artifacts, "name").empty()) return invalidInput(prefix + "null output name");
  }
  if (type == "S3" && s3Path(location).empty()) return invalidInput(prefix + "a location");
  if (type == "S3" &&
      (!namesBucket(location) || s3Path(location).find('/') != std::string_view::npos))
    return invalidInput(prefix + "the name of a bucket as its location, not " + location);
  if (type != "S3" && flagOf(artifacts, "encryptionDisabled")) {
    return invalidInput(
        "Invalid artifacts: encryptionDisabled is not supported for artifact type " + type);
  }
  return std::nullopt;
}

}  // namespace

bool reportsBuildStatus(std::string_view type) {
  return type.starts_with("GITHUB") || type.starts_with("GITLAB") || type == "BITBUCKET";
}

bool namesBucket(std::string_view location) {
  constexpr const char* kOfBuckets =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const std::string_view path = s3Path(location);
  const std::string_view bucket = path.substr(0, path.find('/'));
  return !bucket.empty() && bucket.find_first_not_of(kOfBuckets) == std::string_view::npos;
}

Refusal checkSources(const json& settings) {
  const json& primary = structOf(settings, "source");
  if (auto bad = checkSource(primary, textOf(settings, "sourceVersion"))) return bad;
  if (auto bad = checkBuildspec(primary)) return bad;
  const json& secondary = listOf(settings, "secondarySources");
  const json& versions = listOf(settings, "secondarySourceVersions");
  if (auto bad = checkIdentifiers(secondary, "sourceIdentifier", "secondary source")) return bad;
  for (const json& source : secondary) {
    if (auto bad = checkSource(source, versionOf(versions, textOf(source, "sourceIdentifier")))) {
      return bad;
    }
  }
  return checkSecondaryVersions(versions, secondary);
}

Refusal checkArtifacts(const json& settings) {
  if (auto bad = checkArtifact(structOf(settings, "artifacts"))) return bad;
  const json& secondary = listOf(settings, "secondaryArtifacts");
  for (const json& artifacts : secondary) {
    if (auto bad = checkArtifact(artifacts)) return bad;
  }
  return checkIdentifiers(secondary, "artifactIdentifier", "secondary artifacts");
}

Refusal checkPipelinePair(const json& settings) {
  const bool source = textOf(structOf(settings, "source"), "type") == "CODEPIPELINE";
  const bool artifacts = textOf(structOf(settings, "artifacts"), "type") == "CODEPIPELINE";
  if (source == artifacts) return std::nullopt;
  return invalidInput(
      "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: "
      "CODEPIPELINE");
}

}  // namespace kiln::api
