// A JSON service as a client calls it: real store in memory, real validator, a clock that stands still. For the fixtures of the services.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "api/model/json_service.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::api {

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    auto opened =
        store::openRocksStore({.directory = "/kiln", .feedWindow = 10'000, .env = env_.get()});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }

  JsonAnswer answer(const std::string& operation, const nlohmann::json& input) {
    return service_->call(operation, input.dump(),
                          {.scope = scope_, .requestId = "r", .principal = "tester"});
  }
  nlohmann::json ok(const std::string& operation, const nlohmann::json& input) {
    const JsonAnswer got = answer(operation, input);
    EXPECT_EQ(got.status, 200) << operation << ": " << got.body;
    return nlohmann::json::parse(got.body);
  }
  // "Shape: message" of a call that fails.
  std::string refused(const std::string& operation, const nlohmann::json& input) {
    const JsonAnswer got = answer(operation, input);
    const auto body = nlohmann::json::parse(got.body);
    if (got.status == 200) return "was done: " + got.body;
    if (refusalStatus_ != 0) {
      EXPECT_EQ(got.status, refusalStatus_) << got.body;
    }
    return body.value("__type", "") + ": " + body.value("message", "");
  }

  int refusalStatus_ = 0;  // of every refusal; 0: any
  Scope scope_{"000000000000", "eu-west-1"};
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<JsonService> service_;
};

// A directory of the test's own, gone with it.
class OwnDirectory {
 public:
  OwnDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "kiln-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~OwnDirectory() { std::filesystem::remove_all(path_); }
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kiln::api
