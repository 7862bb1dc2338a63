#include "runtime/aws/secret_reference.h"

#include <algorithm>
#include <array>

namespace kiln::runtime {
namespace {

// The end of the secret's ARN, arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME, or of its name.
std::size_t endOfId(std::string_view text) {
  std::size_t at = 0;
  for (int colons = text.starts_with("arn:") ? 6 : 0; colons > 0; --colons) {
    at = text.find(':', at);
    if (at == std::string_view::npos) return text.size();
    ++at;
  }
  return std::min(text.find(':', at), text.size());
}

}  // namespace

Result<SecretReference> SecretReference::parse(std::string_view text) {
  SecretReference out;
  const Error bad{Code::kInvalidArgument,
                  "a secret is secret-id[:json-key[:version-stage[:version-id]]], not \"" +
                      std::string(text) + "\""};
  auto end = endOfId(text);
  out.secretId = text.substr(0, end);
  if (out.secretId.empty()) return bad;
  text.remove_prefix(end);
  for (auto* part : std::array{&out.jsonKey, &out.versionStage, &out.versionId}) {
    if (text.empty()) return out;
    text.remove_prefix(1);
    auto next = std::min(text.find(':'), text.size());
    *part = text.substr(0, next);
    text.remove_prefix(next);
  }
  if (!text.empty()) return bad;
  return out;
}

}  // namespace kiln::runtime
