// The CodeBuild service as a client calls it: real store in memory, real validator, a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/codebuild/codebuild.h"
#include "api/model/json_service.h"
#include "store/records/build_record.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::api {

using nlohmann::json;

class CodebuildTest : public testing::Test {
 protected:
  CodebuildTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    auto opened =
        store::openRocksStore({.directory = "/kiln", .feedWindow = 10'000, .env = env_.get()});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    serve({});
  }

  void serve(Limits limits) {
    service_ = std::make_unique<JsonService>(
        "codebuild", codebuildOperations({.store = *store_, .clock = clock_, .limits = limits}));
  }

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
    EXPECT_EQ(got.status, 400) << got.body;
    return body.value("__type", "") + ": " + body.value("message", "");
  }

  static json projectInput(const std::string& name = "pp") {
    return {{"name", name},
            {"source", {{"type", "NO_SOURCE"}, {"buildspec", "version: 0.2\nphases: {}\n"}}},
            {"artifacts", {{"type", "NO_ARTIFACTS"}}},
            {"environment",
             {{"type", "LINUX_CONTAINER"},
              {"image", "aws/codebuild/standard:7.0"},
              {"computeType", "BUILD_GENERAL1_SMALL"}}},
            {"serviceRole", "arn:aws:iam::000000000000:role/service-role/r"}};
  }

  json create(const json& input) { return ok("CreateProject", input).at("project"); }
  json project(const std::string& name = "pp") {
    return ok("BatchGetProjects", {{"names", {name}}}).at("projects").at(0);
  }
  json start(json input = json::object()) {
    if (!input.contains("projectName")) input["projectName"] = "pp";
    return ok("StartBuild", input).at("build");
  }
  json build(const std::string& id) {
    return ok("BatchGetBuilds", {{"ids", {id}}}).at("builds").at(0);
  }

  Build stored(const std::string& id) {
    auto resource = store_->find(BuildId::parse(scope_, id)->key());
    return *store::toBuild(**resource);
  }
  // What the controller would do.
  void observe(const std::string& id, const std::function<void(Build&)>& change) {
    Build build = stored(id);
    change(build);
    auto done = store_->commit(store::Durability::kBuffered, [&](store::Txn& txn) {
      return txn.update(store::toResource(build), store::Half::kStatus);
    });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  void complete(const std::string& id) {
    observe(id, [&](Build& build) {
      while (!build.complete()) {
        clock_.advance(Millis(1500));
        advance(build, PhaseStatus::kSucceeded, {}, clock_.now());
      }
    });
  }

  const Scope scope_{"000000000000", "eu-west-1"};
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<JsonService> service_;
};

}  // namespace kiln::api
