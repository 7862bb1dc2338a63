// What the tests of the watch share: a real store in memory, builds that go through their phases, clients that read streams.
#pragma once

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "api/watch/watch_routes.h"
#include "store/records/build_record.h"
#include "store/records/new_build.h"
#include "store/rocks/rocks_store.h"
#include "tests/unit/watch/fake_client.h"

namespace kiln::api {

using nlohmann::json;

inline const Scope kScope{"000000000000", "eu-west-1"};

class FakeClock final : public Clock {
 public:
  TimePoint now() const override { return fromUnixMillis(millis_.load()); }
  void advance(Millis by) { millis_ += by.count(); }

 private:
  std::atomic<std::int64_t> millis_{1'700'000'000'000};
};

inline std::vector<json> jsonLines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(json::parse(line));
  }
  return lines;
}

class WatchTest : public testing::Test {
 protected:
  WatchTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) { open(100'000, {}); }
  ~WatchTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  void open(int feedWindow, WatchLimits limits) {
    limits.slice = Millis(20);
    router_ = Router();
    hub_.reset();
    store_.reset();
    auto opened = store::openRocksStore(
        {.directory = "/kiln/db", .feedWindow = feedWindow, .env = env_.get()});
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    hub_ = std::make_unique<FeedHub>(*store_);
    addWatchRoutes(router_, {.store = *store_,
                             .logs = logs_,
                             .hub = *hub_,
                             .clock = clock_,
                             .version = "1.2.3",
                             .ready = {{"store", [this] { return store_->probe(); }},
                                       {"engine", [this] { return ++probes_, engine_; }}},
                             .metrics = [] { return std::string("kiln_builds 1\n"); },
                             .limits = limits});
  }

  // GET `target`, query included.
  Response get(const std::string& target, Headers headers = {}) {
    Request request;
    request.method = "GET";
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    std::istringstream query(mark == std::string::npos ? "" : target.substr(mark + 1));
    for (std::string pair; std::getline(query, pair, '&');) {
      const auto equals = pair.find('=');
      request.query[pair.substr(0, equals)] =
          equals == std::string::npos ? "" : pair.substr(equals + 1);
    }
    request.headers = std::move(headers);
    request.scope = kScope;
    return router_.route(request);
  }

  Build newBuild(const std::string& project, std::int64_t number, const Scope& scope = kScope) {
    const json spec = {{"environment",
                        {{"type", "LINUX_CONTAINER"},
                         {"image", "kiln/build:latest"},
                         {"computeType", "BUILD_GENERAL1_SMALL"}}},
                       {"source", {{"type", "NO_SOURCE"}, {"buildspec", "version: 0.2"}}},
                       {"timeoutInMinutes", 60}};
    const json request = {{"projectArtifacts", {{"type", "NO_ARTIFACTS"}}}};
    return store::newBuild({.id = {scope, project, newUuid()},
                            .number = number,
                            .now = clock_.now() + Millis(number),
                            .initiator = "tester"},
                           spec, request);
  }
  void create(const std::vector<Build>& builds) {
    commit([&](store::Txn& txn) {
      for (const Build& build : builds) {
        if (auto done = txn.create(store::toResource(build)); !done.ok()) return done;
      }
      return okStatus();
    });
  }
  Build create(const std::string& project, std::int64_t number = 1, const Scope& scope = kScope) {
    Build build = newBuild(project, number, scope);
    create({build});
    return build;
  }
  // Reads the build, lets `change` at it and writes it back.
  template <typename Change>
  void update(const BuildId& id, store::Half half, Change change) {
    commit([&](store::Txn& txn) -> Status {
      auto found = txn.find(id.key());
      if (!found.ok()) return found.error();
      auto build = store::toBuild(**found);
      if (!build.ok()) return build.error();
      change(*build);
      return txn.update(store::toResource(*build), half);
    });
  }
  void advancePhase(const BuildId& id) {
    update(id, store::Half::kStatus, [&](Build& build) {
      advance(build, PhaseStatus::kSucceeded, {}, build.current().start + Millis(10));
    });
  }
  // Through all the phases that are left; how many changes that were.
  int complete(const BuildId& id) {
    int changes = 0;
    for (; !get(id).complete(); ++changes) advancePhase(id);
    return changes;
  }
  Build get(const BuildId& id) {
    auto found = store_->find(id.key());
    if (!found.ok() || !*found) throw std::runtime_error("no build " + id.name());
    return *store::toBuild(**found);
  }
  void erase(const BuildId& id) {
    commit([&](store::Txn& txn) -> Status {
      auto found = txn.find(id.key());
      if (!found.ok()) return found.error();
      return txn.erase(id.key(), (*found)->meta.resourceVersion);
    });
  }
  void commit(const std::function<Status(store::Txn&)>& body) {
    auto done = store_->commit(store::Durability::kBuffered, body);
    if (!done.ok()) throw std::runtime_error(done.error().message);
  }
  // Appends to the log and commits its new length.
  void log(const BuildId& id, const std::vector<store::LogFrame>& frames) {
    auto length = logs_.append(id, logged_[id], frames);
    if (!length.ok()) throw std::runtime_error(length.error().message);
    logged_[id] = *length;
    commit([&](store::Txn& txn) {
      return txn.putNote(id.key(), store::kLogProgressNote,
                         store::encode(store::LogProgress{.bytes = *length, .agentSequence = 1}));
    });
  }

  FakeClock clock_;
  Status engine_;
  std::atomic<int> probes_{0};
  std::unique_ptr<rocksdb::Env> env_;
  std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("kiln-watch-" + newUuid());
  store::LogStore logs_{directory_};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<FeedHub> hub_;
  Router router_;
  std::map<BuildId, std::uint64_t> logged_;
};

}  // namespace kiln::api
