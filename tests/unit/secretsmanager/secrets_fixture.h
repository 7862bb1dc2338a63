// Secrets Manager as a client calls it: real store in memory, real validator, real vault, a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/model/json_service.h"
#include "api/secretsmanager/secretsmanager.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::api::secrets {

using nlohmann::json;

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    char name[] = "/tmp/kiln-secrets-XXXXXX";
    directory_ = ::mkdtemp(name);
    store_ =
        *store::openRocksStore({.directory = "/kiln", .feedWindow = 10'000, .env = env_.get()});
    restart();
  }
  ~SecretsTest() override { std::filesystem::remove_all(directory_); }

  void restart() {
    vault_ = std::make_unique<store::Vault>(keyFile(), *store_);
    service_ = std::make_unique<JsonService>("secretsmanager",
                                             secretsOperations({*store_, *vault_, clock_}));
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

  Scope scope_{"000000000000", "eu-west-1"};
  std::filesystem::path directory_;
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<JsonService> service_;
};

}  // namespace kiln::api::secrets
