// Parameter Store as a client calls it: real store in memory, real validator, real vault, a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/model/json_service.h"
#include "api/ssm/ssm.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::api::ssm {

using nlohmann::json;

class SsmTest : public testing::Test {
 protected:
  SsmTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    char name[] = "/tmp/kiln-ssm-XXXXXX";
    directory_ = ::mkdtemp(name);
    store_ =
        *store::openRocksStore({.directory = "/kiln", .feedWindow = 10'000, .env = env_.get()});
    restart();
  }
  ~SsmTest() override { std::filesystem::remove_all(directory_); }

  void restart() {
    vault_ = std::make_unique<store::Vault>(keyFile(), *store_);
    service_ = std::make_unique<JsonService>("ssm", ssmOperations({*store_, *vault_, clock_}));
  }
  std::filesystem::path keyFile() const { return directory_ / "secret.key"; }

  JsonAnswer answer(const std::string& operation, const json& input) {
    return service_->call(operation, input.dump(),
                          {.scope = scope_, .requestId = "r", .principal = "tester"});
  }
  json ok(const std::string& operation, const json& input) {
    const JsonAnswer got = answer(operation, input);
    EXPECT_EQ(got.status, 200) << operation << ": " << got.body;
    return json::parse(got.body);
  }
  // "Shape: message" of a call that fails.
  std::string refused(const std::string& operation, const json& input) {
    const JsonAnswer got = answer(operation, input);
    const json body = json::parse(got.body);
    if (got.status == 200) return "was done: " + got.body;
    return body.value("__type", "") + ": " + body.value("message", "");
  }

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

  Scope scope_{"000000000000", "eu-west-1"};
  std::filesystem::path directory_;
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<JsonService> service_;
};

}  // namespace kiln::api::ssm
