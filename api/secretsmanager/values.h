// Values of versions: sealed into notes, opened out of them, compared.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "api/secretsmanager/secret.h"
#include "store/store.h"
#include "store/vault/sealer.h"

namespace kiln::api::secrets {

struct Value {
  bool binary = false;
  std::string bytes;  // of a binary one: not base64

  bool operator==(const Value&) const = default;
};

// SecretString or SecretBinary of the input; none when there is neither, an error when there are both.
Found<std::optional<Value>> givenValue(const nlohmann::json& input);

// The note that holds it.
Result<std::string> sealValue(const store::Sealer& sealer, const Secret& secret,
                              const std::string& versionId, const Value& value);
Result<Value> openValue(const store::Sealer& sealer, const Secret& secret,
                        const std::string& versionId, const std::string& note);

// Sets SecretString or SecretBinary of an answer.
void showValue(nlohmann::json& answer, const Value& value);

}  // namespace kiln::api::secrets
