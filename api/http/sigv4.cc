#include "api/http/sigv4.h"

#include <algorithm>
#include <array>

namespace kiln::api {
namespace {

// What names a region becomes part of keys and ARNs, so nothing else gets through.
bool isPlain(std::string_view part) {
  return !part.empty() && part.size() <= 128 && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == '=' || c == '+';
  });
}

}  // namespace

std::optional<CredentialScope> parseCredential(std::string_view credential) {
  std::array<std::string_view, 4> scope;  // from the end: an access key id may hold a slash
  for (auto part = scope.rbegin(); part != scope.rend(); ++part) {
    const auto slash = credential.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    *part = credential.substr(slash + 1);
    credential = credential.substr(0, slash);
    if (!isPlain(*part)) return std::nullopt;
  }
  if (credential.empty() || credential.size() > 256 || scope[3] != "aws4_request")
    return std::nullopt;
  return CredentialScope{std::string(credential), std::string(scope[0]), std::string(scope[1]),
                         std::string(scope[2])};
}

std::optional<CredentialScope> findCredentialScope(const Request& request) {
  constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
  constexpr std::string_view kCredential = "Credential=";
  std::string_view value = request.header("authorization");
  if (value.substr(0, kAlgorithm.size()) != kAlgorithm)
    return parseCredential(request.parameter("X-Amz-Credential"));
  const auto at = value.find(kCredential);
  if (at == std::string_view::npos) return std::nullopt;
  value.remove_prefix(at + kCredential.size());
  return parseCredential(value.substr(0, value.find_first_of(", ")));
}

}  // namespace kiln::api
