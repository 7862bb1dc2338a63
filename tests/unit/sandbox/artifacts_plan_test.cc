// What the agent is asked to collect of what project and buildspec want.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/sandbox/phase_plan.h"
#include "tests/unit/sandbox/build_for_plans.h"

namespace kiln::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

agent::PhasePlan uploadPlan(const std::string& section, std::vector<ArtifactOutput> outputs) {
  Build build = buildWith(kPlainBuildspec + section);
  build.spec.artifactsType = outputs.empty() ? "NO_ARTIFACTS" : "S3";
  build.spec.artifacts = std::move(outputs);
  auto plan = makePhasePlan(build, Phase::kUploadArtifacts, {});
  EXPECT_TRUE(plan.ok());
  return plan.ok() ? std::move(*plan) : agent::PhasePlan{};
}

std::vector<std::string> collected(const agent::PhasePlan& plan) {
  std::vector<std::string> identifiers;
  for (const auto& artifact : plan.artifacts) identifiers.push_back(artifact.identifier);
  return identifiers;
}

const ArtifactOutput kPrimary{.identifier = "", .packaging = "ZIP"};

ArtifactOutput secondaryOutput(const std::string& identifier) {
  return {.identifier = identifier, .packaging = "ZIP"};
}

const std::string kThree =
    "artifacts:\n  files: [a]\n  secondary-artifacts:\n    one: {files: [b]}\n    two: {files: "
    "[c]}\n";

TEST(ArtifactsPlanTest, ThePhaseIsNotAnnouncedAndHasNoCommands) {
  const auto plan = uploadPlan(kThree, {kPrimary});
  EXPECT_EQ(plan.phase, "UPLOAD_ARTIFACTS");
  EXPECT_FALSE(plan.announce);
  EXPECT_THAT(plan.commands, IsEmpty());
  EXPECT_EQ(plan.workingDirectory, "");
  EXPECT_THAT(plan.environment, ElementsAre(agent::NameValue{"CODEBUILD_BUILD_SUCCEEDING", "1"}));
}

TEST(ArtifactsPlanTest, WhatBothHaveIsCollectedInTheBuildspecsOrder) {
  const auto plan = uploadPlan(kThree, {kPrimary, secondaryOutput("two"), secondaryOutput("one")});
  EXPECT_THAT(collected(plan), ElementsAre("", "one", "two"));
  EXPECT_THAT(plan.logLines, IsEmpty());
}

TEST(ArtifactsPlanTest, WhatOnlyOneOfThemHasIsTold) {
  const auto plan = uploadPlan(kThree, {kPrimary, secondaryOutput("two"), secondaryOutput("six")});
  EXPECT_THAT(collected(plan), ElementsAre("", "two"));
  EXPECT_THAT(plan.logLines,
              ElementsAre("Skipping secondary artifact six: the buildspec lists no files for it",
                          "Skipping secondary artifact one: the project has no S3 artifact of this "
                          "identifier"));
}

TEST(ArtifactsPlanTest, SecondaryOnesAloneLeaveThePrimaryOut) {
  const std::string section = "artifacts: {secondary-artifacts: {one: {files: [b]}}}\n";
  EXPECT_THAT(uploadPlan(section, {secondaryOutput("one")}).logLines, IsEmpty());
  const auto plan = uploadPlan(section, {kPrimary, secondaryOutput("one")});
  EXPECT_THAT(collected(plan), ElementsAre("one"));
  EXPECT_THAT(plan.logLines,
              ElementsAre("Skipping the primary artifact: the buildspec lists no files for it"));
}

TEST(ArtifactsPlanTest, WithNothingToCollectThereIsNothingToSay) {
  const std::pair<std::string, std::vector<ArtifactOutput>> cases[] = {
      {"", {kPrimary, secondaryOutput("one")}}, {"artifacts:\n", {kPrimary}}, {kThree, {}}};
  for (const auto& [section, outputs] : cases) {
    const auto plan = uploadPlan(section, outputs);
    EXPECT_THAT(plan.artifacts, IsEmpty()) << section;
    EXPECT_THAT(plan.logLines, IsEmpty()) << section;
  }
}

TEST(ArtifactsPlanTest, LinksAreKeptInAZipOnlyAndTheNameCountsWhereTheProjectSaysSo) {
  const std::string section = "artifacts: {files: [a], enable-symlinks: yes, name: $(name)}\n";
  ArtifactOutput output = kPrimary;
  EXPECT_TRUE(uploadPlan(section, {output}).artifacts.at(0).keepSymlinks);
  EXPECT_EQ(uploadPlan(section, {output}).artifacts.at(0).name, "");
  output.overrideName = true;
  output.packaging = "NONE";
  EXPECT_FALSE(uploadPlan(section, {output}).artifacts.at(0).keepSymlinks);
  EXPECT_EQ(uploadPlan(section, {output}).artifacts.at(0).name, "$(name)");
}

}  // namespace
}  // namespace kiln::runtime
