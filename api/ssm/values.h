// Versions as the reading operations show them: `Parameter` and `ParameterHistory`.
//
// The value of a SecureString is its sealed text, in base64, unless decryption is asked for. Made for one call; one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/ssm/parameter.h"
#include "store/vault/vault.h"

namespace kiln::api::ssm {

class Values {
 public:
  Values(store::Vault& vault, bool decrypt) : vault_(vault), decrypt_(decrypt) {}

  Found<nlohmann::json> parameter(const Parameter& parameter, const Version& version);
  Found<nlohmann::json> history(const Parameter& parameter, const Version& version);

 private:
  Found<std::string> value(const Parameter& parameter, const Version& version);

  store::Vault& vault_;
  const bool decrypt_;
  store::Vault::Held sealer_;
};

// `ParameterMetadata`: the latest version without its value.
nlohmann::json shownMetadata(const Parameter& parameter);

}  // namespace kiln::api::ssm
