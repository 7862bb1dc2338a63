// The CodeBuild service as a client calls it: real store in memory, real validator, a clock that stands still.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/codebuild/codebuild.h"
#include "store/records/build_record.h"
#include "tests/unit/service_fixture.h"

namespace kiln::api {

using nlohmann::json;

class CodebuildTest : public ServiceTest {
 protected:
  CodebuildTest() {
    refusalStatus_ = 400;
    serve({});
  }

  void serve(Limits limits) {
    service_ = std::make_unique<JsonService>(
        "codebuild",
        codebuildOperations({.store = *store_, .vault = vault_, .clock = clock_, .limits = limits}),
        checkCodebuildInput);
  }

  OwnDirectory directory_;
  store::Vault vault_{directory_.path() / "secret.key", *store_};

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
};

}  // namespace kiln::api
