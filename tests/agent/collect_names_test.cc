// Names and variables, and what the agent does while it collects: it listens, stops, and resumes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/agent/collecting.h"

namespace kiln::agent {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

ArtifactToCollect named(std::string name) {
  ArtifactToCollect artifact;
  artifact.files = {"a"};
  artifact.name = std::move(name);
  return artifact;
}

TEST(AgentNames, AreWhatTheShellMakesOfThem) {
  const std::pair<const char*, const char*> rows[] = {
      {"plain.zip", "plain.zip"},
      {"app-$(echo 1.2)-$STAGE", "app-1.2-test"},
      {"`echo x`/${STAGE}/y", "x/test/y"},
      {"$(cat version)", "7"},
      {"a  b *", "a  b *"},
      {"${NOTHING:-none}", "none"},
      {"$NOTHING", ""},
      {"two\n", "two"},
      {"$((1 + 2))", "3"},
      {"it's; true & # all", "it's; true & # all"},
      {"$(printf '%s' \"quoted $STAGE\")", "quoted test"},
  };
  for (const auto& [expression, name] : rows) {
    Collecting build;
    build.files({"a"});
    build.command("STAGE=test; mkdir deeper; cd deeper; echo 7 >version");
    build.collect({named(expression)});
    EXPECT_EQ(build.outcome(), "SUCCEEDED") << expression;
    ASSERT_EQ(build.collectedFields().size(), 5U) << expression;
    EXPECT_EQ(build.collectedFields()[2], name) << expression;
  }
}

TEST(AgentNames, ThatFailFailThePhaseAndTheLogHasTheErrors) {
  const std::pair<const char*, const char*> rows[] = {
      {"x-$(echo why >&2; exit 3)", "exit status 3"},
      {"$(no-such-command)", "exit status 127"},
      {"$(", "exit status 2"},
      {"$(kill -9 $$)", "signal: killed"},
  };
  for (const auto& [expression, reason] : rows) {
    Collecting build;
    build.files({"a"});
    build.collect({named(expression)});
    EXPECT_EQ(build.outcome(),
              "cannot evaluate the artifact name " + std::string(expression) + ": " + reason);
    EXPECT_FALSE(fs::exists(build.staged()));
  }
  Collecting build;
  build.files({"a"});
  build.collect({named(rows[0].first)});
  EXPECT_EQ(build.log(), "why\n");
}

TEST(AgentNames, WhatTheyPrintAsErrorsStaysApart) {
  Collecting build;
  build.files({"a"});
  build.collect({named("$(printf warning >&2; echo ok)")});
  EXPECT_EQ(build.collectedFields().at(2), "ok");
  EXPECT_THAT(build.log(), testing::StartsWith("warning\n[Container] Expanding base directory"));
}

TEST(AgentVariables, OfTheBuildAreReplacedInAllPaths) {
  Collecting build;
  build.files({"out/lib/a.jar", "out/lib/b.jar", "out/lib/$x", "c d/e"});
  build.command("OUT=out; export EXT=jar; SKIP='b*'; SPACED='c d'");
  ArtifactToCollect first;
  first.baseDirectory = "$OUT/${NOTHING}lib";
  first.files = {"*.${EXT}", "$NOTHING", "\\$x"};
  first.excludePaths = {"$SKIP"};
  ArtifactToCollect second;
  second.baseDirectory = build.work().string() + "/$SPACED";
  second.files = {"*"};
  build.collect({first, second});
  EXPECT_EQ(build.outcome(), "SUCCEEDED") << build.log();
  EXPECT_THAT(build.stagedPaths(0), ElementsAre("$x", "a.jar"));
  EXPECT_THAT(build.stagedPaths(1), ElementsAre("e"));
  EXPECT_THAT(build.log(), HasSubstr("Expanding base directory path: out/lib\n"));
  EXPECT_THAT(build.log(), HasSubstr("Skipping invalid file path \n"));
}

TEST(AgentVariables, ThatCannotBeReadFailThePhase) {
  Collecting build;
  build.files({"a"});
  std::ofstream(build.agent().root() / "codebuild/output/tmp/env.sh") << "exit 3\n";
  ArtifactToCollect artifact;
  artifact.files = {"$A"};
  build.collect({artifact});
  EXPECT_EQ(build.outcome(), "cannot read the variables in the artifacts' paths: exit status 3");
}

TEST(AgentVariables, AndNamesNeedAPlaceForTheirScript) {
  Collecting build;
  build.files({"a"});
  fs::remove(build.agent().root() / "codebuild/output/tmp/dir.txt");
  fs::create_directories(build.agent().root() / "codebuild/output/tmp/script.sh/x");
  build.collect({named("x")});
  EXPECT_THAT(build.outcome(), testing::StartsWith("cannot evaluate the artifact name x: cannot "));
}

TEST(AgentPaths, AreThoseOfWhereTheBuildBeganWhereverItWent) {
  Collecting build;
  build.files({"a", "deep/a"});
  build.command("cd deep");
  build.collect({named("")});
  EXPECT_EQ(contentOf(build.staged() / "a"), "a");
}

TEST(AgentCollecting, InAPhaseThatCannotBePreparedFailsIt) {
  Collecting build;
  build.files({"a"});
  const fs::path variables = build.agent().root() / "codebuild/output/tmp/env.sh";
  fs::remove(variables);
  fs::create_directories(variables);
  build.collect({named("")});
  EXPECT_EQ(build.outcome(), "cannot write " + variables.string() + ": Is a directory");
}

// `command` runs in the name of an artifact, so that the agent is collecting for as long as it lasts.
void startCollecting(Collecting& build, const std::string& command) {
  PhasePlan plan;
  plan.phase = "UPLOAD_ARTIFACTS";
  plan.announce = false;
  plan.artifacts = {named("$(" + command + ")")};
  build.agent().run(plan);
}

TEST(AgentCollecting, StopEndsItWithoutAVerdict) {
  Collecting build;
  build.files({"a"});
  startCollecting(build, "cd " + build.work().string() + "; echo $$ >new; mv new pid; sleep 1000");
  ASSERT_TRUE(eventually([&] { return fs::exists(build.work() / "pid"); }));
  build.agent().send({"stop", {}});
  EXPECT_EQ(build.agent().waitForExit(), 0);
  for (const auto& record : build.agent().untilPhaseEnd()) {
    EXPECT_NE(record.type, RecordType::kPhaseFinished);
    EXPECT_NE(record.type, RecordType::kArtifacts);
  }
  const int shell = std::stoi(contentOf(build.work() / "pid"));
  EXPECT_TRUE(eventually([&] { return gone(shell); }));
}

TEST(AgentCollecting, IsLostToNobodyWhoseConnectionWas) {
  Collecting build;
  build.files({"a", "b"});
  const std::uint64_t last = build.lastSequence();
  startCollecting(build, "cd " + build.work().string() +
                             "; touch here; while [ ! -e go ]; do sleep 0.01; done; echo late");
  ASSERT_TRUE(eventually([&] { return fs::exists(build.work() / "here"); }));
  build.agent().discard(1 << 20);
  const auto ready = build.agent().connect(last);
  ASSERT_EQ(ready.size(), 4U);
  EXPECT_EQ(ready[2], "UPLOAD_ARTIFACTS");
  EXPECT_EQ(ready[3], "running");
  PhasePlan again;
  again.phase = "UPLOAD_ARTIFACTS";
  build.agent().run(again);
  std::ofstream(build.work() / "go") << "x";
  const auto records = build.agent().untilPhaseEnd();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back().fields().at(1), "SUCCEEDED");
  EXPECT_EQ(records.at(records.size() - 2).type, RecordType::kArtifacts);
  EXPECT_EQ(records.at(records.size() - 2).fields().at(2), "late");
  EXPECT_EQ(build.agent().connect(records.back().sequence).at(3), "idle");
}

TEST(AgentCollecting, KilledFromOutsideFailsThePhaseWithTheReason) {
  Collecting build;
  build.files({"a"});
  startCollecting(build, "kill -9 $(ps -o ppid= -p $$)");
  const auto records = build.agent().untilPhaseEnd();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back().fields().at(3), "collecting the artifacts ended with signal: killed");
}

TEST(AgentCollecting, TwentyThousandFilesAreStagedWhole) {
  Collecting build;
  for (int i = 0; i < 200; ++i) build.file("dir" + std::to_string(i) + "/first");
  for (int i = 200; i < 20'000; ++i) {
    std::ofstream(build.work() / ("dir" + std::to_string(i % 200)) / ("file" + std::to_string(i)));
  }
  ArtifactToCollect artifact;
  artifact.files = {"**/*", "dir1/*"};
  artifact.excludePaths = {"**/file1999?"};
  build.collect({artifact});
  EXPECT_EQ(build.stagedPaths().size(), 19'990U);
  EXPECT_EQ(build.collectedFields().at(4), "19990");
  EXPECT_THAT(build.log(), HasSubstr("Found 19990 file(s)\n"));
}

}  // namespace
}  // namespace kiln::agent
