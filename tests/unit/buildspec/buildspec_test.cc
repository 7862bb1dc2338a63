#include "runtime/buildspec/buildspec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kiln::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Buildspec accepted(std::string_view text) {
  auto spec = parseBuildspec(text);
  EXPECT_TRUE(spec.ok()) << spec.error().message;
  return spec.ok() ? std::move(*spec) : Buildspec{};
}

TEST(BuildspecTest, PhasesKeepTheirCommandsAndFinallyInOrder) {
  const Buildspec spec = accepted(R"(version: 0.2
phases:
  pre_build:
    commands: [one, "two: 2"]
  build:
    commands:
      - make
    finally:
      - echo done
      - rm -rf tmp
)");
  EXPECT_EQ(spec.version, "0.2");
  EXPECT_EQ(spec.shell, "/bin/sh");
  EXPECT_FALSE(spec.isolated());
  ASSERT_EQ(spec.phases.size(), 2u);
  EXPECT_THAT(spec.phases.at(Phase::kPreBuild).commands, ElementsAre("one", "two: 2"));
  EXPECT_THAT(spec.phases.at(Phase::kPreBuild).finallyCommands, IsEmpty());
  EXPECT_THAT(spec.phases.at(Phase::kBuild).commands, ElementsAre("make"));
  EXPECT_THAT(spec.phases.at(Phase::kBuild).finallyCommands,
              ElementsAre("echo done", "rm -rf tmp"));
  EXPECT_THAT(spec.warnings, IsEmpty());
}

TEST(BuildspecTest, ABlockScalarKeepsItsLinesAndItsLastBreak) {
  const Buildspec spec = accepted(
      "version: 0.2\nphases:\n  build:\n    commands:\n      - |\n        if true\n        then x\n"
      "        fi\n      - >\n        folded\n        text\n      - |-\n        bare\n");
  EXPECT_THAT(spec.phases.at(Phase::kBuild).commands,
              ElementsAre("if true\nthen x\nfi\n", "folded text\n", "bare"));
}

TEST(BuildspecTest, ScalarsThatAreNoStringsKeepTheirText) {
  const Buildspec spec = accepted(R"(version: 0.2
env:
  variables:
    YES: yes
    NUMBER: 0.20
    OCTAL: 010
    BIG: 1e3
    QUOTED: 'no'
    DOLLAR: $PATH:/x
    EMPTY: ""
    NOTHING:
phases: {build: {commands: [1, true, 2.50, ~]}}
)");
  EXPECT_THAT(spec.variables,
              ElementsAre(Pair("YES", "yes"), Pair("NUMBER", "0.20"), Pair("OCTAL", "010"),
                          Pair("BIG", "1e3"), Pair("QUOTED", "no"), Pair("DOLLAR", "$PATH:/x"),
                          Pair("EMPTY", ""), Pair("NOTHING", "")));
  EXPECT_THAT(spec.phases.at(Phase::kBuild).commands, ElementsAre("1", "true", "2.50", ""));
}

TEST(BuildspecTest, EmptyBlocksAreZeroCommands) {
  for (const char* block :
       {"  build:\n", "  build:\n    commands:\n      # - later\n", "  build: {}\n",
        "  build:\n    commands: []\n", "  build:\n    commands:\n    finally:\n"}) {
    const Buildspec spec = accepted(std::string("version: 0.2\nenv:\nphases:\n") + block);
    ASSERT_TRUE(spec.phases.contains(Phase::kBuild)) << block;
    EXPECT_THAT(spec.phases.at(Phase::kBuild).commands, IsEmpty()) << block;
    EXPECT_THAT(spec.phases.at(Phase::kBuild).finallyCommands, IsEmpty()) << block;
  }
}

TEST(BuildspecTest, TheShellsOfALinuxBuildAreAccepted) {
  for (const std::string shell : {"bash", "sh", "/bin/sh"}) {
    EXPECT_EQ(accepted("version: 0.2\nenv: {shell: " + shell + "}\nphases: {build: }\n").shell,
              shell);
  }
}

TEST(BuildspecTest, JsonIsABuildspecToo) {
  const Buildspec spec = accepted(
      R"({"version":0.2,"env":{"variables":{"A":"1","B":true}},"phases":{"build":{"commands":["echo \"a: b\"","x\ty"]}}})");
  EXPECT_THAT(spec.variables, ElementsAre(Pair("A", "1"), Pair("B", "true")));
  EXPECT_THAT(spec.phases.at(Phase::kBuild).commands, ElementsAre("echo \"a: b\"", "x\ty"));
}

TEST(BuildspecTest, ByteOrderMarkAndCarriageReturnsDoNotReachTheCommands) {
  const Buildspec spec = accepted(
      "\xEF\xBB\xBFversion: 0.2\r\nphases:\r\n  build:\r\n    commands:\r\n      - |\r\n        "
      "a\r\n"
      "        b\r\n      - c\r\n");
  EXPECT_THAT(spec.phases.at(Phase::kBuild).commands, ElementsAre("a\nb\n", "c"));
}

TEST(BuildspecTest, AnchorsAliasesAndMergesAreResolved) {
  const Buildspec spec = accepted(R"(version: 0.2
phases:
  install: &both
    commands: &list [one, &text two]
    finally: [last]
  pre_build:
    commands: *list
  build:
    <<: *both
    commands: [*text, three]
  post_build:
    <<: [*both]
)");
  EXPECT_THAT(spec.phases.at(Phase::kPreBuild).commands, ElementsAre("one", "two"));
  EXPECT_THAT(spec.phases.at(Phase::kBuild).commands, ElementsAre("two", "three"));
  EXPECT_THAT(spec.phases.at(Phase::kBuild).finallyCommands, ElementsAre("last"));
  EXPECT_THAT(spec.phases.at(Phase::kPostBuild).commands, ElementsAre("one", "two"));
  EXPECT_THAT(spec.warnings, IsEmpty());
}

TEST(BuildspecTest, Version01HasPlaintextVariablesAndIsolatedCommands) {
  const Buildspec spec = accepted(R"(version: 0.1
environment_variables:
  plaintext:
    A: one
    B: two
env:
  variables: {B: 2}
phases: {build: {commands: [a]}}
artifacts: {type: zip, files: [x]}
)");
  EXPECT_TRUE(spec.isolated());
  EXPECT_THAT(spec.variables, ElementsAre(Pair("A", "one"), Pair("B", "2")));
  EXPECT_THAT(spec.warnings, IsEmpty());
  EXPECT_TRUE(spec.artifacts.has_value());
}

TEST(BuildspecTest, Version02DoesNotReadThePlaintextVariablesOf01) {
  const Buildspec spec =
      accepted("version: 0.2\nenvironment_variables: {plaintext: {A: one}}\nphases: {build: }\n");
  EXPECT_THAT(spec.variables, IsEmpty());
  EXPECT_EQ(spec.warnings.size(), 1u);
}

TEST(BuildspecTest, ReferencesAndSectionsAreNoted) {
  const Buildspec spec = accepted(R"(version: 0.2
env:
  parameter-store: {P: /a/b}
  secrets-manager: {S: "id:key::v"}
phases: {install: {runtime-versions: {python: 3.12}}}
artifacts: {files: [a]}
cache: {paths: [b]}
)");
  ASSERT_EQ(spec.parameterStore.size(), 1u);
  EXPECT_EQ(spec.parameterStore[0].name, "P");
  EXPECT_EQ(spec.parameterStore[0].reference, "/a/b");
  ASSERT_EQ(spec.secretsManager.size(), 1u);
  EXPECT_EQ(spec.secretsManager[0].name, "S");
  EXPECT_EQ(spec.secretsManager[0].reference, "id:key::v");
  EXPECT_TRUE(spec.artifacts.has_value());
  EXPECT_TRUE(spec.hasCache);
  EXPECT_TRUE(spec.hasRuntimeVersions);
}

TEST(BuildspecTest, FormOfTellsTextFromPathFromArn) {
  using enum BuildspecForm;
  const std::pair<std::string_view, BuildspecForm> cases[] = {
      {"", kAbsent},
      {"buildspec.yml", kPath},
      {"ci/release-buildspec.yaml", kPath},
      {"./a b.yml", kPath},
      {"arn:aws:s3:::bucket/key.yml", kS3Arn},
      {"arn:aws-cn:s3:::bucket/key.yml", kS3Arn},
      {"arn:aws:iam::1:role/x", kPath},
      {"version: 0.2\nphases: {}\n", kInline},
      {"version: 0.2 phases: build: x", kInline},
      {R"({"version":"0.2","phases":{}})", kInline},
      {"{broken", kInline},
      {"\n", kInline},
      {"version:", kInline},
      {"\xEF\xBB\xBF{\"version\":0.2}", kInline},
  };
  for (const auto& [text, form] : cases) EXPECT_EQ(formOf(text), form) << text;
}

}  // namespace
}  // namespace kiln::runtime
