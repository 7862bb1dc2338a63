#include "runtime/sandbox/phase_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/sandbox/build_for_plans.h"

namespace kiln::runtime {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

agent::PhasePlan planned(const Build& build, Phase phase, const SandboxFacts& facts = {}) {
  auto plan = makePhasePlan(build, phase, facts);
  EXPECT_TRUE(plan.ok()) << plan.error().statusCode << " " << plan.error().message;
  return plan.ok() ? std::move(*plan) : agent::PhasePlan{};
}

PhaseContext refused(const Build& build) {
  const auto plan = makePhasePlan(build, Phase::kDownloadSource, {});
  EXPECT_FALSE(plan.ok());
  return plan.ok() ? PhaseContext{} : plan.error();
}

// A plan as a person reads it.
std::string inWords(const agent::PhasePlan& plan) {
  std::ostringstream out;
  out << "phase " << plan.phase << "\nshell " << plan.shell << "\nannounce " << plan.announce
      << "\nisolated " << plan.isolated << "\nworkingDirectory " << plan.workingDirectory << "\n";
  for (const auto& directory : plan.directories) out << "directory " << directory << "\n";
  for (const auto& file : plan.files) out << "file " << file.path << "\n" << file.content;
  for (const auto& variable : plan.environment) {
    out << "variable " << variable.name << "=" << variable.value << "\n";
  }
  for (const auto& line : plan.logLines) out << "log " << line << "\n";
  for (const auto& command : plan.commands) out << "command " << command << "\n";
  for (const auto& command : plan.finallyCommands) out << "finally " << command << "\n";
  for (const auto& artifact : plan.artifacts) {
    out << "artifact " << artifact.identifier << "\n  base " << artifact.baseDirectory << "\n";
    for (const auto& file : artifact.files) out << "  file " << file << "\n";
    for (const auto& path : artifact.excludePaths) out << "  exclude " << path << "\n";
    out << "  discardPaths " << artifact.discardPaths << "\n  keepSymlinks "
        << artifact.keepSymlinks << "\n  name " << artifact.name << "\n  s3Prefix "
        << artifact.s3Prefix << "\n";
  }
  out << "credentials " << (plan.credentials.empty() ? "none" : "given") << "\n";
  return out.str();
}

// Compares with tests/golden/NAME; KILN_WRITE_GOLDEN=1 writes it instead.
void expectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("KILN_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str());
}

const std::string kFullBuildspec = R"(version: 0.2
env:
  shell: bash
  variables:
    GREETING: "hello: you"
phases:
  install:
    runtime-versions: {python: 3.12}
  pre_build:
    commands: [one, two]
  build:
    commands:
      - |
        echo "$GREETING"
        make
    finally: [echo after]
artifacts:
  type: zip
  files: [a, "b/**/*"]
  name: app-$(date +%F)
  base-directory: dist
  exclude-paths: "**/.*"
  discard-paths: yes
  enable-symlinks: yes
  s3-prefix: p
  secondary-artifacts:
    docs: {files: [c], exclude-paths: [d, e]}
)";

TEST(PhasePlanTest, ThePlansOfAWholeBuildAreTheGoldenOnes) {
  Build build = buildWith(kFullBuildspec);
  build.spec.environmentVariables = {{"STAGE", "test"}, {"not-a-name", "x"}};
  build.spec.artifacts = {{.identifier = "", .packaging = "ZIP", .overrideName = true},
                          {.identifier = "docs", .packaging = "NONE"}};
  const SandboxFacts facts{.endpointUrl = "http://172.17.0.1:4599",
                           .logNotices = {"Kiln gives this build 2 of 4 CPUs"}};
  std::string all;
  for (Phase phase : {Phase::kDownloadSource, Phase::kInstall, Phase::kPreBuild, Phase::kBuild,
                      Phase::kPostBuild, Phase::kUploadArtifacts}) {
    all += inWords(planned(build, phase, facts)) + "\n";
    EXPECT_EQ(planned(build, phase, facts), planned(build, phase, facts)) << name(phase);
  }
  expectGolden("phase_plans.txt", all);
}

TEST(PhasePlanTest, TheLogOfDownloadSourceHasCodeBuildsOrder) {
  const auto plan = planned(buildWith(kPlainBuildspec), Phase::kDownloadSource);
  EXPECT_THAT(
      plan.logLines,
      ElementsAre("Running on CodeBuild On-demand", "Waiting for agent ping",
                  "Waiting for DOWNLOAD_SOURCE", "Phase is DOWNLOAD_SOURCE",
                  "CODEBUILD_SRC_DIR=/codebuild/output/src169552957/src",
                  "YAML location is /codebuild/readonly/buildspec.yml",
                  "Processing environment variables", "No runtime version selected in buildspec.",
                  "Moving to directory /codebuild/output/src169552957/src",
                  "Cache is not defined in the buildspec",
                  "Skip cache due to: no paths specified to be cached", "Registering with agent",
                  "Phases found in YAML: 1", " BUILD: 1 commands"));
  EXPECT_FALSE(plan.announce);
}

TEST(PhasePlanTest, WarningsNoticesAndEmptyPhasesStandWhereCodeBuildPutsThem) {
  Build build = buildWith(
      "version: 0.2\nodd: 1\nphases: {install: , post_build: {finally: [x]}}\ncache: {paths: "
      "[a]}\n");
  build.spec.cacheType = "S3";
  build.spec.environmentVariables = {{"a-b", "1"}};
  const auto plan =
      planned(build, Phase::kDownloadSource, {.endpointUrl = "", .logNotices = {"a notice"}});
  const std::vector<std::string> expected = {
      "Found possible syntax errors in buildspec: \nIn the section buildspec\n"
      "    The following keys cannot be identified:\n        odd",
      "Kiln does not act on 'cache' in the buildspec yet",
      "a notice",
      "No commands found for phase name: install",
      "No commands found for phase name: post_build",
      "Processing environment variables",
      "Skipping environment variable 'a-b': a shell cannot export a variable of that name",
      "No runtime version selected in buildspec.",
      "Moving to directory /codebuild/output/src169552957/src",
      "Registering with agent",
      "Phases found in YAML: 2",
      " INSTALL: 0 commands",
      " POST_BUILD: 0 commands"};
  ASSERT_GT(plan.logLines.size(), 6u);
  EXPECT_THAT(std::vector<std::string>(plan.logLines.begin() + 6, plan.logLines.end()),
              ElementsAreArray(expected));
}

TEST(PhasePlanTest, SectionsThatTheProjectSwitchesOffNeedNoRemark) {
  const std::string text =
      "version: 0.2\nphases: {build: {commands: [a]}}\nartifacts: {files: [a]}\ncache: {paths: "
      "[b]}\n";
  const auto idle = [](const Build& build) {
    std::vector<std::string> lines;
    for (const auto& line : planned(build, Phase::kDownloadSource).logLines) {
      if (line.starts_with("Kiln ")) lines.push_back(line);
    }
    return lines;
  };
  Build build = buildWith(text);
  EXPECT_THAT(idle(build), IsEmpty());
  build.spec.cacheType = "S3";
  EXPECT_THAT(idle(build), ElementsAre("Kiln does not act on 'cache' in the buildspec yet"));
}

TEST(PhasePlanTest, APhaseHasItsCommandsAndNothingThatIsAlreadySet) {
  Build build = buildWith(kFullBuildspec);
  const auto plan = planned(build, Phase::kBuild);
  EXPECT_EQ(plan.phase, "BUILD");
  EXPECT_EQ(plan.shell, "bash");
  EXPECT_TRUE(plan.announce);
  EXPECT_THAT(plan.commands, ElementsAre("echo \"$GREETING\"\nmake\n"));
  EXPECT_THAT(plan.finallyCommands, ElementsAre("echo after"));
  EXPECT_THAT(plan.environment, ElementsAre(agent::NameValue{"CODEBUILD_BUILD_SUCCEEDING", "1"}));
  EXPECT_EQ(plan.workingDirectory, "");
  EXPECT_EQ(plan.credentials, "");
  EXPECT_THAT(plan.logLines, IsEmpty());
  EXPECT_THAT(plan.files, IsEmpty());
  EXPECT_THAT(planned(build, Phase::kPostBuild).commands, IsEmpty());
}

TEST(PhasePlanTest, CommandsOfVersion01AreIsolatedAndThoseOf02AreNot) {
  for (Phase phase : {Phase::kDownloadSource, Phase::kBuild}) {
    EXPECT_TRUE(
        planned(buildWith("version: 0.1\nphases: {build: {commands: [a]}}\n"), phase).isolated);
    EXPECT_FALSE(planned(buildWith(kPlainBuildspec), phase).isolated);
  }
}

TEST(PhasePlanTest, ABuildspecThatIsNotThereFailsThePhase) {
  const std::pair<std::string, PhaseContext> cases[] = {
      {"", {"YAML_FILE_ERROR", "YAML file does not exist"}},
      {"ci/spec.yml",
       {"YAML_FILE_ERROR",
        "stat /codebuild/output/src169552957/src/ci/spec.yml: no such file or directory"}},
      {"version: 0.2\nphases:\n  build:\n    commands:\n      - a: b\n",
       {"YAML_FILE_ERROR",
        "Expected Commands[0] to be of string type: found subkeys instead at line 5, value of the "
        "key tag on line 4 might be empty"}},
      {"version: 0.2\nenv: {parameter-store: {A: /b}}\nphases: {build: }\n",
       {"Decrypted Variables Error", "Kiln does not resolve parameter store variables yet: 'A'"}},
  };
  for (const auto& [text, context] : cases) EXPECT_EQ(refused(buildWith(text)), context) << text;
}

Build withSources() {
  Build build = buildWith("ci/spec.yml");
  build.spec.sources = {
      {.identifier = "",
       .type = "GITHUB",
       .location = "https://me@github.com/Org/Repo.git",
       .version = "main"},
      {.identifier = "lib", .type = "S3", .location = "bucket/lib.zip", .version = ""}};
  build.state.sourcesFetched = true;
  build.state.resolvedSourceVersion = "0123abc";
  return build;
}

SandboxFacts delivered() {
  SandboxFacts facts;
  facts.sources.sources = {{"", "/arrived/0", "0123abc"}, {"lib", "/arrived/1", ""}};
  facts.sources.buildspec = kPlainBuildspec;
  facts.sources.buildspecLocation = "/somewhere/ci/spec.yml";
  return facts;
}

TEST(PhasePlanTest, SourcesAreMovedToTheirDirectoriesAndTheBuildspecStaysWhereItIs) {
  const auto plan = planned(withSources(), Phase::kDownloadSource, delivered());
  const std::string primary = "/codebuild/output/src169552957/src/github.com/Org/Repo";
  ASSERT_EQ(plan.moves.size(), 2U);
  EXPECT_EQ(plan.moves[0], (agent::TreeToMove{"/arrived/0", primary}));
  EXPECT_EQ(plan.moves[1].from, "/arrived/1");
  EXPECT_EQ(plan.workingDirectory, primary);
  EXPECT_THAT(plan.files, IsEmpty());
  const std::string& secondary = plan.moves[1].to;
  EXPECT_TRUE(secondary.starts_with("/codebuild/output/src") && secondary.ends_with("/src"));
  EXPECT_NE(secondary.substr(0, 30), primary.substr(0, 30));
  const std::vector<std::string> opening(plan.logLines.begin() + 3, plan.logLines.begin() + 7);
  EXPECT_THAT(opening, ElementsAre("Phase is DOWNLOAD_SOURCE", "CODEBUILD_SRC_DIR=" + primary,
                                   "CODEBUILD_SRC_DIR_lib=" + secondary,
                                   "YAML location is /somewhere/ci/spec.yml"));
}

TEST(PhasePlanTest, TheEnvironmentTellsOfEverySource) {
  const auto plan = planned(withSources(), Phase::kDownloadSource, delivered());
  std::map<std::string, std::string> seen;
  for (const auto& [name, value] : plan.environment) seen[name] = value;
  EXPECT_EQ(seen["CODEBUILD_SOURCE_REPO_URL"], "https://me@github.com/Org/Repo.git");
  EXPECT_EQ(seen["CODEBUILD_SOURCE_REPO_URL_lib"], "s3://bucket/lib.zip");
  EXPECT_EQ(seen["CODEBUILD_SRC_DIR_lib"], plan.moves[1].to);
  EXPECT_FALSE(seen.contains("CODEBUILD_SOURCE_VERSION_lib"));
  EXPECT_EQ(seen["CODEBUILD_GOPATH"], "/codebuild/output/src169552957");
  EXPECT_FALSE(seen.contains("CODEBUILD_RESOLVED_SOURCE_VERSION"));
  const auto install = planned(withSources(), Phase::kInstall, delivered());
  EXPECT_EQ(install.environment.back(),
            (agent::NameValue{"CODEBUILD_RESOLVED_SOURCE_VERSION", "0123abc"}));
}

TEST(PhasePlanTest, ABuildspecFromS3IsPutWhereAnInlineOneIs) {
  Build build = buildWith("arn:aws:s3:::bucket/spec.yml");
  SandboxFacts facts;
  facts.sources.buildspec = kPlainBuildspec;
  const auto plan = planned(build, Phase::kDownloadSource, facts);
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].path, "/codebuild/readonly/buildspec.yml");
  EXPECT_EQ(plan.files[0].content, kPlainBuildspec);
}

TEST(PhasePlanTest, ASourceThatCannotBeHadEndsTheLogWithAPlainLine) {
  const std::string at = "[Container] 2025/12/02 03:40:34.299176 ";
  const PhaseContext context{"CLIENT_ERROR",
                             "repository not found for primary source and source version main"};
  EXPECT_EQ(failedDownloadLog(withSources(), context, fromUnixMicros(1764646834299176)),
            at + "Running on CodeBuild On-demand\n" + at + "Waiting for agent ping\n" + at +
                "Waiting for DOWNLOAD_SOURCE\n"
                "CLIENT_ERROR: repository not found for primary source and source version main\n");
}

TEST(DeliveredSourcesTest, WhatWasWrittenIsReadAndAnythingElseIsCorrupt) {
  DeliveredSources all = delivered().sources;
  EXPECT_EQ(*decodeDeliveredSources(encode(all)), all);
  all.buildspec.reset();
  all.failure = {"CLIENT_ERROR", "why"};
  EXPECT_EQ(*decodeDeliveredSources(encode(all)), all);
  for (const char* text : {"", "{}", "[]", R"({"sources":[{}],"buildspecLocation":""})"}) {
    EXPECT_EQ(decodeDeliveredSources(text).error().code, Code::kCorrupt) << text;
  }
}

TEST(PhasePlanTest, TheLogOfAWrongBuildspecEndsWithItsContext) {
  const std::string at = "[Container] 2025/12/02 03:40:34.299176 ";
  const std::string opening = at + "Running on CodeBuild On-demand\n" + at +
                              "Waiting for agent ping\n" + at + "Waiting for DOWNLOAD_SOURCE\n" +
                              at + "Phase is DOWNLOAD_SOURCE\n" + at +
                              "CODEBUILD_SRC_DIR=/codebuild/output/src169552957/src\n";
  const std::string location = at + "YAML location is /codebuild/readonly/buildspec.yml\n";
  const std::string failed =
      at + "Phase complete: DOWNLOAD_SOURCE State: FAILED\n" + at + "Phase context status code: ";
  const TimePoint now = fromUnixMicros(1764646834299176);
  EXPECT_EQ(failedDownloadLog(buildWith("version: 0.2\n"), {"YAML_FILE_ERROR", "bad"}, now),
            opening + location + failed + "YAML_FILE_ERROR Message: bad\n");
  EXPECT_EQ(failedDownloadLog(buildWith("spec.yml"), {"YAML_FILE_ERROR", "bad"}, now),
            opening + failed + "YAML_FILE_ERROR Message: bad\n");
  EXPECT_EQ(failedDownloadLog(buildWith(kPlainBuildspec), {"Secrets Manager Error", "bad"}, now),
            opening + location + at + "Processing environment variables\n" + failed +
                "Secrets Manager Error Message: bad\n");
}

TEST(PhasePlanTest, APhaseEndsWithCodeBuildsTwoLines) {
  const TimePoint now = fromUnixMicros(1764646834299176);
  EXPECT_EQ(phaseCompleteLog(Phase::kUploadArtifacts, PhaseStatus::kSucceeded, {}, now),
            "[Container] 2025/12/02 03:40:34.299176 Phase complete: UPLOAD_ARTIFACTS State: "
            "SUCCEEDED\n"
            "[Container] 2025/12/02 03:40:34.299176 Phase context status code:  Message: \n");
}

TEST(PhasePlanTest, SourceDirectoryHasTwoToTenDigitsAndComesFromTheUuidAlone) {
  const std::pair<const char*, const char*> cases[] = {
      {"00000000-4e5f-4a6b-8c7d-9e8f7a6b5c4d", "/codebuild/output/src10/src"},
      {"00000063-4e5f-4a6b-8c7d-9e8f7a6b5c4d", "/codebuild/output/src99/src"},
      {"ffffffff-4e5f-4a6b-8c7d-9e8f7a6b5c4d", "/codebuild/output/src4294967295/src"},
  };
  for (const auto& [uuid, directory] : cases) {
    Build build = buildWith("a.yml");
    build.id.uuid = uuid;
    EXPECT_EQ(sourceDirectoryOf(build), directory);
    build.id.project = "other";
    build.spec.number = 99;
    EXPECT_EQ(sourceDirectoryOf(build), directory);
  }
}

}  // namespace
}  // namespace kiln::runtime
