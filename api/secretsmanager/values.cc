#include "api/secretsmanager/values.h"

#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/json_access.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr char kText = 's';
constexpr char kBinary = 'b';

}  // namespace

Found<std::optional<Value>> givenValue(const json& input) {
  const bool text = input.contains("SecretString");
  const bool binary = input.contains("SecretBinary");
  if (text && binary) {
    return invalidParameter(
        "You can't specify both a binary secret value and a string secret value in the same "
        "secret.");
  }
  if (text) return std::optional(Value{false, textOf(input, "SecretString")});
  if (!binary) return std::optional<Value>();
  return std::optional(Value{true, fromBase64(textOf(input, "SecretBinary")).value_or("")});
}

Result<std::string> sealValue(const store::Sealer& sealer, const Secret& secret,
                              const std::string& versionId, const Value& value) {
  return sealer.seal(sealedFor(secret, versionId), (value.binary ? kBinary : kText) + value.bytes);
}

Result<Value> openValue(const store::Sealer& sealer, const Secret& secret,
                        const std::string& versionId, const std::string& note) {
  auto plain = sealer.open(sealedFor(secret, versionId), note);
  if (!plain.ok()) {
    return Error{plain.error().code, "reading secret " + secret.name + ", version " + versionId +
                                         ": " + plain.error().message};
  }
  if (plain->empty()) return Error{Code::kCorrupt, "reading secret " + secret.name + ": no value"};
  return Value{plain->front() == kBinary, plain->substr(1)};
}

void showValue(json& answer, const Value& value) {
  if (value.binary)
    answer["SecretBinary"] = toBase64(value.bytes);
  else
    answer["SecretString"] = value.bytes;
}

}  // namespace kiln::api::secrets
