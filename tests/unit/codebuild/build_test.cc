#include <set>

#include "tests/unit/codebuild/codebuild_fixture.h"

namespace kiln::api {
namespace {

using testing::HasSubstr;

const std::string kUnknown = "pp:11111111-2222-4333-8444-555555555555";

class BuildTest : public CodebuildTest {
 protected:
  BuildTest() { create(projectInput()); }

  std::vector<std::string> listAll(const std::string& operation, json input, std::size_t& pages) {
    std::vector<std::string> ids;
    for (pages = 1;; ++pages) {
      const json page = ok(operation, input);
      for (const json& id : page["ids"]) ids.push_back(id);
      EXPECT_LE(page["ids"].size(), 100U);
      if (!page.contains("nextToken")) return ids;
      input["nextToken"] = page["nextToken"];
    }
  }
};

TEST_F(BuildTest, ALifeShowsElevenPhasesThatTouch) {
  const std::string id = start()["id"];
  complete(id);
  const json got = build(id);
  EXPECT_EQ(got["buildStatus"], "SUCCEEDED");
  EXPECT_EQ(got["buildComplete"], true);
  EXPECT_EQ(got["currentPhase"], "COMPLETED");
  ASSERT_EQ(got["phases"].size(), 11U);
  for (std::size_t i = 0; i + 1 < 11; ++i) {
    EXPECT_EQ(got["phases"][i]["endTime"], got["phases"][i + 1]["startTime"]);
    EXPECT_EQ(got["phases"][i].contains("contexts"), i >= 2);
  }
  const json contexts = {{{"statusCode", ""}, {"message", ""}}};
  EXPECT_EQ(got["phases"][6]["contexts"], contexts);
  EXPECT_EQ(got["phases"][6]["durationInSeconds"], 1);
  EXPECT_EQ(got["phases"][10].size(), 2U) << "COMPLETED has a type and a start";
  EXPECT_EQ(got["endTime"], got["phases"][10]["startTime"]);
  EXPECT_EQ(got["exportedEnvironmentVariables"], json::array());
}

TEST_F(BuildTest, LogsShowTheirPlaceFromProvisioningOn) {
  ok("UpdateProject",
     {{"name", "pp"},
      {"logsConfig",
       {{"cloudWatchLogs", {{"status", "ENABLED"}, {"groupName", "my/group"}, {"streamName", "s"}}},
        {"s3Logs", {{"status", "ENABLED"}, {"location", "bucket/logs"}}}}}});
  const std::string id = start({{"debugSessionEnabled", true}})["id"];
  const std::string uuid = id.substr(3);
  EXPECT_FALSE(build(id)["logs"].contains("groupName"));
  EXPECT_FALSE(build(id)["logs"].contains("s3LogsArn"));
  EXPECT_EQ(build(id)["debugSession"], json({{"sessionEnabled", true}}));
  observe(id, [&](Build& b) { advance(b, PhaseStatus::kSucceeded, {}, clock_.now()); });
  const json logs = build(id)["logs"];
  EXPECT_EQ(logs["groupName"], "my/group");
  EXPECT_EQ(logs["streamName"], "s/" + uuid);
  EXPECT_EQ(
      logs["deepLink"],
      "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/"
      "my$252Fgroup/log-events/s$252F" +
          uuid);
  EXPECT_EQ(logs["cloudWatchLogsArn"],
            "arn:aws:logs:eu-west-1:000000000000:log-group:my/group:log-stream:s/" + uuid);
  EXPECT_EQ(logs["s3LogsArn"], "arn:aws:s3:::bucket/logs/" + uuid + ".gz");
  EXPECT_EQ(logs["s3DeepLink"], "https://s3.console.aws.amazon.com/s3/object/bucket/logs/" + uuid +
                                    ".gz?region=eu-west-1");
  EXPECT_EQ(build(id)["debugSession"]["sessionTarget"], "codebuild:" + uuid);
}

TEST_F(BuildTest, StoppingShowsTheFinalFormAtOnce) {
  const std::string id = start()["id"];
  clock_.advance(Millis(2500));
  const json got = ok("StopBuild", {{"id", id}})["build"];
  EXPECT_EQ(got["buildStatus"], "STOPPED");
  EXPECT_EQ(got["buildComplete"], true);
  ASSERT_EQ(got["phases"].size(), 3U);
  EXPECT_EQ(got["phases"][1]["phaseStatus"], "STOPPED");
  EXPECT_EQ(got["phases"][1]["durationInSeconds"], 2);
  EXPECT_FALSE(got["phases"][1].contains("contexts"));
  EXPECT_FALSE(got["logs"].contains("groupName")) << "it never came to PROVISIONING";
  EXPECT_EQ(build(id), got);
  EXPECT_EQ(stored(id).phase(), Phase::kQueued) << "the observed half is the controller's";
  clock_.advance(Seconds(9));
  EXPECT_EQ(ok("StopBuild", {{"id", id}})["build"], got) << "a second stop changes nothing";
}

TEST_F(BuildTest, StoppingAFinishedBuildAnswersItUnchanged) {
  const std::string id = start()["id"];
  complete(id);
  const json before = build(id);
  const std::uint64_t version = store_->version();
  EXPECT_EQ(ok("StopBuild", {{"id", before["arn"]}})["build"], before);
  EXPECT_EQ(store_->version(), version);
}

TEST_F(BuildTest, MalformedAndUnknownIdsAreRefused) {
  for (const char* operation : {"StopBuild", "RetryBuild"}) {
    EXPECT_EQ(refused(operation, {{"id", "nonsense"}}),
              "InvalidInputException: Invalid build ID provided");
    EXPECT_EQ(refused(operation, {{"id", kUnknown}}),
              "ResourceNotFoundException: Build " + kUnknown + " does not exist");
  }
  EXPECT_EQ(refused("RetryBuild", json::object()),
            "InvalidInputException: Invalid build ID provided");
  for (const char* operation : {"BatchGetBuilds", "BatchDeleteBuilds"}) {
    EXPECT_EQ(refused(operation, {{"ids", {"pp:1"}}}),
              "InvalidInputException: Invalid build ID provided");
  }
}

TEST_F(BuildTest, RetryStartsTheSameAgain) {
  const json first = start({{"environmentVariablesOverride", {{{"name", "A"}, {"value", "1"}}}}});
  const std::string id = first["id"];
  observe(id, [](Build& b) { b.state.resolvedSourceVersion = "abc"; });
  complete(id);
  clock_.advance(Seconds(1));
  const json again = ok("RetryBuild", {{"id", id}, {"idempotencyToken", "t"}})["build"];
  EXPECT_NE(again["id"], id);
  EXPECT_EQ(again["buildNumber"], 2);
  EXPECT_EQ(again["currentPhase"], "QUEUED");
  EXPECT_EQ(again["sourceVersion"], "abc");
  EXPECT_EQ(again["environment"], first["environment"]);
  EXPECT_EQ(ok("RetryBuild", {{"id", id}, {"idempotencyToken", "t"}})["build"]["id"], again["id"]);
  const json byArn = {{"id", first["arn"]}, {"idempotencyToken", "t"}};
  EXPECT_EQ(ok("RetryBuild", byArn)["build"]["id"], again["id"]) << "its ARN names the same build";
  EXPECT_NE(ok("RetryBuild", {{"id", id}})["build"]["id"], again["id"]);
}

TEST_F(BuildTest, BatchGetAnswersInTheOrderAskedEachOnce) {
  const json one = start(), two = start();
  const json got = ok("BatchGetBuilds", {{"ids", {two["arn"], kUnknown, one["id"], two["id"]}}});
  ASSERT_EQ(got["builds"].size(), 2U);
  EXPECT_EQ(got["builds"][0]["id"], two["id"]);
  EXPECT_EQ(got["builds"][1]["id"], one["id"]);
  EXPECT_EQ(got["buildsNotFound"], json({kUnknown}));
}

TEST_F(BuildTest, DeletingTakesFinishedBuildsOnly) {
  const std::string done = start()["id"], held = start()["id"], running = start()["id"],
                    stopped = start()["id"];
  complete(done);
  complete(held);
  observe(held, [](Build& b) { b.finalizers = {std::string(kContainerFinalizer)}; });
  ok("StopBuild", {{"id", stopped}});
  const std::string arn = "arn:aws:codebuild:eu-west-1:000000000000:build/";
  const json got =
      ok("BatchDeleteBuilds", {{"ids", {done, held, running, stopped, kUnknown, done}}});
  EXPECT_EQ(got["buildsDeleted"], json({arn + done, arn + held, arn + kUnknown}));
  const json kept = {{{"id", arn + running}, {"statusCode", "BUILD_IN_PROGRESS"}},
                     {{"id", arn + stopped}, {"statusCode", "BUILD_IN_PROGRESS"}}};
  EXPECT_EQ(got["buildsNotDeleted"], kept)
      << "a stop that is not recorded yet has its last event to come";
  EXPECT_EQ(ok("BatchGetBuilds", {{"ids", {done, held}}})["buildsNotFound"], json({done, held}));
  EXPECT_FALSE(*store_->find(BuildId::parse(scope_, done)->key()));
  EXPECT_TRUE(stored(held).deleted) << "the controller removes its container first";
  EXPECT_EQ(refused("StopBuild", {{"id", held}}),
            "ResourceNotFoundException: Build " + held + " does not exist");
}

TEST_F(BuildTest, ListsPageThrough270BuildsOnceEachInOrder) {
  std::vector<std::string> made;
  for (int i = 0; i < 270; ++i) {
    if (i % 3 == 0) clock_.advance(Millis(1));
    made.push_back(start()["id"]);
  }
  const std::vector<std::string> newest(made.rbegin(), made.rend());
  std::size_t pages = 0;
  EXPECT_EQ(listAll("ListBuilds", json::object(), pages), newest);
  EXPECT_EQ(pages, 3U);
  EXPECT_EQ(listAll("ListBuilds", {{"sortOrder", "ASCENDING"}}, pages), made);
  EXPECT_EQ(listAll("ListBuildsForProject", {{"projectName", "pp"}}, pages), newest);
  EXPECT_EQ(
      listAll("ListBuildsForProject", {{"projectName", "pp"}, {"sortOrder", "ASCENDING"}}, pages),
      made);
}

TEST_F(BuildTest, TokensOfAnotherListAreRefused) {
  for (int i = 0; i < 101; ++i) start();
  const std::string token = ok("ListBuilds", json::object())["nextToken"];
  const std::string bad = "InvalidInputException: Invalid next token provided";
  EXPECT_EQ(refused("ListBuilds", {{"nextToken", "x"}}), bad);
  EXPECT_EQ(refused("ListBuilds", {{"nextToken", token}, {"sortOrder", "ASCENDING"}}), bad);
  EXPECT_EQ(refused("ListBuildsForProject", {{"projectName", "pp"}, {"nextToken", token}}), bad);
  EXPECT_EQ(ok("ListBuilds", {{"nextToken", token}})["ids"].size(), 1U);
}

}  // namespace
}  // namespace kiln::api
