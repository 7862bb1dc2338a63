#include "runtime/source/git_location.h"

#include <optional>

#include "runtime/aws/codecommit_login.h"
#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

struct UrlParts {
  std::string scheme;
  std::string userInfo;
  std::string host;  // with the port
  std::string path;  // with its slash
};

std::optional<UrlParts> split(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  UrlParts parts{.scheme = url.substr(0, scheme), .userInfo = {}, .host = {}, .path = {}};
  const auto begin = scheme + 3;
  const auto slash = url.find('/', begin);
  parts.host = url.substr(begin, slash == std::string::npos ? slash : slash - begin);
  parts.path = slash == std::string::npos ? "" : url.substr(slash);
  if (const auto at = parts.host.rfind('@'); at != std::string::npos) {
    parts.userInfo = parts.host.substr(0, at);
    parts.host.erase(0, at + 1);
  }
  if (parts.host.empty()) return std::nullopt;
  return parts;
}

std::string decoded(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    if (!escape) {
      out += text[i];
    } else {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    }
  }
  return out;
}

GitCredentials fromUserInfo(const std::string& userInfo) {
  const auto colon = userInfo.find(':');
  return {decoded(userInfo.substr(0, colon)),
          colon == std::string::npos ? "" : decoded(userInfo.substr(colon + 1))};
}

// The name that goes with a token that has none.
std::string customaryUser(const std::string& type) {
  if (type.starts_with("GITLAB")) return "oauth2";
  if (type == "BITBUCKET") return "x-token-auth";
  return "x-access-token";
}

// The region a CodeCommit URL speaks of; nullopt for any other URL.
std::optional<std::string> codeCommitRegion(const UrlParts& parts, const SourceSpec& spec,
                                            const Scope& scope) {
  if (!parts.path.starts_with("/v1/repos/")) return std::nullopt;
  if (auto region = codecommitRegion(parts.host)) return region;
  return spec.type == "CODECOMMIT" ? std::optional(scope.region) : std::nullopt;
}

// Turns the endpoint to where that CodeCommit is, with a login of its own unless the URL brought one.
void turnToCodeCommit(GitEndpoint& endpoint, const UrlParts& parts, CodeCommitPlace place,
                      TimePoint now) {
  while (place.url.ends_with('/')) place.url.pop_back();
  if (!place.url.empty()) {
    endpoint.url = place.url + parts.path;
    endpoint.ours = true;
  }
  const auto at = split(endpoint.url);
  if (!place.credentials || endpoint.credentials || !at) return;
  const auto region = codecommitRegion(at->host).value_or(place.region);
  auto login = codecommitLogin(*place.credentials, region, at->host, at->path, now);
  endpoint.credentials = GitCredentials{std::move(login.user), std::move(login.password)};
}

}  // namespace

GitResult<GitLocation> locate(const std::string& url, const SourceSpec& spec, const Scope& scope,
                              const SourceWorld& world) {
  GitLocation location{.shownUrl = withoutUserInfo(url), .endpoint = {}};
  const auto parts = split(url);
  if (!parts || (parts->scheme != "https" && parts->scheme != "http"))
    return GitFault::ofBuild("the URL " + shown(location.shownUrl) +
                             " is not one of https or http");
  location.endpoint.url = location.shownUrl;
  location.endpoint.insecureSsl = spec.insecureSsl;
  const auto home = split(spec.location);
  if (!parts->userInfo.empty()) {
    location.endpoint.credentials = fromUserInfo(parts->userInfo);
  } else if (home && home->host == parts->host && home->scheme == parts->scheme) {
    location.endpoint.credentials = spec.credentials;
    if (!spec.credentials && !home->userInfo.empty())
      location.endpoint.credentials = fromUserInfo(home->userInfo);
  }
  if (location.endpoint.credentials && location.endpoint.credentials->user.empty())
    location.endpoint.credentials->user = customaryUser(spec.type);
  if (const auto region = codeCommitRegion(*parts, spec, scope); region && world.codecommit)
    turnToCodeCommit(location.endpoint, *parts, world.codecommit(*region), world.clock.now());
  if (world.mapUrl) location.endpoint.url = world.mapUrl(location.endpoint.url);
  return location;
}

std::string resolveUrl(const std::string& parent, const std::string& url) {
  if (!url.starts_with("./") && !url.starts_with("../")) return url;
  std::string base = parent;
  std::string_view rest = url;
  while (base.ends_with('/')) base.pop_back();
  const auto authority = base.find("://");
  const auto floor = authority == std::string::npos ? 0 : base.find('/', authority + 3);
  for (;;) {
    if (rest.starts_with("./")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with("../")) {
      rest.remove_prefix(3);
      const auto slash = base.rfind('/');
      if (floor != std::string::npos && slash != std::string::npos && slash >= floor)
        base.erase(slash);
    } else {
      return base + "/" + std::string(rest);
    }
  }
}

}  // namespace kiln::runtime
