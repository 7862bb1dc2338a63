// Secrets Manager as a client calls it: real store in memory, real validator, real vault, a clock that stands still.
#pragma once

#include <string>
#include <vector>

#include "api/secretsmanager/secretsmanager.h"
#include "tests/unit/service_fixture.h"

namespace kiln::api::secrets {

using nlohmann::json;

class SecretsTest : public ServiceTest {
 protected:
  SecretsTest() { restart(); }

  void restart() {
    vault_ = std::make_unique<store::Vault>(keyFile(), *store_);
    service_ = std::make_unique<JsonService>("secretsmanager",
                                             secretsOperations({*store_, *vault_, clock_}));
  }
  std::filesystem::path keyFile() const { return directory_.path() / "secret.key"; }

  json create(const std::string& name, const std::string& value) {
    return ok("CreateSecret", {{"Name", name}, {"SecretString", value}});
  }
  json get(const std::string& id, json more = json::object()) {
    more["SecretId"] = id;
    return ok("GetSecretValue", more);
  }
  json stages(const std::string& id) {
    return ok("DescribeSecret", {{"SecretId", id}}).value("VersionIdsToStages", json::object());
  }
  std::vector<std::string> list(const json& input) {
    std::vector<std::string> found;
    const json answer = ok("ListSecrets", input);
    for (const json& one : answer.at("SecretList")) found.push_back(one.at("Name"));
    return found;
  }
  // A version id or token of the right length.
  static std::string token(char letter) { return std::string(32, letter); }

  OwnDirectory directory_;
  std::unique_ptr<store::Vault> vault_;
};

}  // namespace kiln::api::secrets
