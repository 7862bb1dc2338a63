// Parameter Store as a client calls it: real store in memory, real validator, real vault, a clock that stands still.
#pragma once

#include <string>
#include <vector>

#include "api/ssm/ssm.h"
#include "tests/unit/service_fixture.h"

namespace kiln::api::ssm {

using nlohmann::json;

class SsmTest : public ServiceTest {
 protected:
  SsmTest() { restart(); }

  void restart() {
    vault_ = std::make_unique<store::Vault>(keyFile(), *store_);
    service_ = std::make_unique<JsonService>("ssm", ssmOperations({*store_, *vault_, clock_}));
  }
  std::filesystem::path keyFile() const { return directory_.path() / "secret.key"; }

  json put(const std::string& name, const std::string& value, json more = json::object()) {
    json input = {{"Name", name}, {"Value", value}, {"Type", "String"}};
    input.merge_patch(more);
    return ok("PutParameter", input);
  }
  json overwrite(const std::string& name, const std::string& value) {
    return ok("PutParameter", {{"Name", name}, {"Value", value}, {"Overwrite", true}});
  }
  json get(const std::string& name, bool decrypt = false) {
    return ok("GetParameter", {{"Name", name}, {"WithDecryption", decrypt}}).at("Parameter");
  }
  static std::vector<std::string> names(const json& list) {
    std::vector<std::string> found;
    for (const json& one : list) found.push_back(one.at("Name"));
    return found;
  }

  OwnDirectory directory_;
  std::unique_ptr<store::Vault> vault_;
};

}  // namespace kiln::api::ssm
