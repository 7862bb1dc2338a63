// CloudWatch Logs as a client calls it: real store in memory, real validator, a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "api/logs/live_tail.h"
#include "api/logs/logs.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::api::logs {

using nlohmann::json;

class LogsApiTest : public testing::Test {
 protected:
  LogsApiTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    auto opened =
        store::openRocksStore({.directory = "/kiln", .feedWindow = 1000, .env = env_.get()});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    catalog_ = std::make_unique<store::LogCatalog>(*store_, clock_);
    events_ = std::make_unique<store::EventLog>(*store_, *catalog_, clock_);
    tails_ = std::make_unique<LiveTails>(*events_, clock_);
    service_ = std::make_unique<JsonService>(
        "logs", logsOperations({*catalog_, *events_, *tails_, clock_}), checkInput);
  }

  json ok(const std::string& operation, const json& input) {
    const JsonAnswer got = service_->call(operation, input.dump(), context());
    EXPECT_EQ(got.status, 200) << operation << ": " << got.body;
    return json::parse(got.body);
  }
  // "Shape: message" of a call that fails.
  std::string refused(const std::string& operation, const json& input) {
    const JsonAnswer got = service_->call(operation, input.dump(), context());
    const json body = json::parse(got.body);
    if (got.status == 200) return "was done: " + got.body;
    return body.value("__type", "") + ": " + body.value("message", "");
  }
  void put(std::vector<std::pair<std::int64_t, std::string>> rows,
           const std::string& stream = "s") {
    std::vector<store::LogEvent> events;
    for (auto& [time, message] : rows) events.push_back({now() + time, message});
    ASSERT_TRUE(events_->append(scope_, "g", stream, std::move(events)).ok());
  }
  static std::vector<std::string> messages(const json& answer) {
    std::vector<std::string> texts;
    for (const json& event : answer.at("events")) texts.push_back(event.at("message"));
    return texts;
  }
  std::int64_t now() const { return toUnixMillis(clock_.now()); }
  CallContext context() const { return {.scope = scope_, .requestId = "r", .principal = "t"}; }

  const Scope scope_{"000000000000", "eu-west-1"};
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::LogCatalog> catalog_;
  std::unique_ptr<store::EventLog> events_;
  std::unique_ptr<LiveTails> tails_;
  std::unique_ptr<JsonService> service_;
};

}  // namespace kiln::api::logs
