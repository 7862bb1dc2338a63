#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/buildspec/buildspec.h"

namespace kiln::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> warnings(const std::string& text) {
  const auto spec = parseBuildspec(text);
  EXPECT_TRUE(spec.ok()) << spec.error().message;
  return spec.ok() ? spec->warnings : std::vector<std::string>{};
}

TEST(BuildspecWarningsTest, AnObsoleteKeyIsReportedAsCodeBuildDoes) {
  EXPECT_THAT(warnings("version: 0.2\nphases: {build: }\nartifacts: {type: zip, files: [a]}\n"),
              ElementsAre("Found possible syntax errors in buildspec: \n"
                          "In the section artifacts\n"
                          "    The following keys cannot be identified:\n"
                          "        type"));
}

TEST(BuildspecWarningsTest, SectionsComeInFileOrderWithAllTheirKeys) {
  EXPECT_THAT(warnings(R"(version: 0.2
cache: {path: [x]}
after: 1
phases:
  build:
    command: [a]
    runtime-versions: {x: y}
    commands: [a]
  instal: {}
env: {variable: {A: b}}
reports:
  tests: {file: [r.xml]}
batch: {fast: yes}
proxy: {log: yes}
before: 2
artifacts:
  secondary-artifacts: {one: {file: [a]}}
)"),
              ElementsAre("Found possible syntax errors in buildspec: \n"
                          "In the section buildspec\n"
                          "    The following keys cannot be identified:\n"
                          "        after\n"
                          "        before\n"
                          "In the section cache\n"
                          "    The following keys cannot be identified:\n"
                          "        path\n"
                          "In the section phases\n"
                          "    The following keys cannot be identified:\n"
                          "        instal\n"
                          "In the section BUILD\n"
                          "    The following keys cannot be identified:\n"
                          "        command\n"
                          "        runtime-versions\n"
                          "In the section env\n"
                          "    The following keys cannot be identified:\n"
                          "        variable\n"
                          "In the section reports\n"
                          "    The following keys cannot be identified:\n"
                          "        file\n"
                          "In the section batch\n"
                          "    The following keys cannot be identified:\n"
                          "        fast\n"
                          "In the section proxy\n"
                          "    The following keys cannot be identified:\n"
                          "        log\n"
                          "In the section secondary-artifacts\n"
                          "    The following keys cannot be identified:\n"
                          "        file",
                          "Kiln does not act on 'reports' in the buildspec yet (line 11)"));
}

TEST(BuildspecWarningsTest, KeysThatKilnDoesNotActOnYetAreNamedWithTheirLine) {
  EXPECT_THAT(
      warnings(R"(version: 0.2
run-as: builder
env:
  exported-variables: [A]
  git-credential-helper: yes
proxy:
  upload-artifacts: yes
  logs: yes
phases:
  install:
    runtime-versions: {python: 3.x}
  post_build:
    run-as: other
    on-failure: ABORT
    commands: [a]
)"),
      ElementsAre(
          "Kiln does not act on 'run-as' in the buildspec yet (line 2)",
          "Kiln does not act on 'exported-variables' of env in the buildspec yet (line 4)",
          "Kiln does not act on 'git-credential-helper' of env in the buildspec yet (line 5)",
          "Kiln does not act on 'upload-artifacts' of proxy in the buildspec yet (line 7)",
          "Kiln does not act on 'logs' of proxy in the buildspec yet (line 8)",
          "Kiln does not act on 'runtime-versions' of the phase INSTALL in the buildspec yet (line "
          "11)",
          "Kiln does not act on 'run-as' of the phase POST_BUILD in the buildspec yet (line 13)",
          "Kiln does not act on 'on-failure' of the phase POST_BUILD in the buildspec yet (line "
          "14)"));
}

TEST(BuildspecWarningsTest, WhatIsSwitchedOffNeedsNoRemark) {
  EXPECT_THAT(warnings(R"(version: 0.2
run-as:
env: {git-credential-helper: no}
proxy: {upload-artifacts: "off", logs: False}
phases: {build: {run-as: }}
)"),
              IsEmpty());
}

TEST(BuildspecWarningsTest, AKeyGivenTwiceCountsOnceAndIsReported) {
  const std::string text =
      "version: 0.2\nphases:\n  build:\n    commands: [a]\n  build:\n    commands: [b]\n";
  EXPECT_THAT(warnings(text),
              ElementsAre("The key 'build' is given twice, on lines 3 and 5: the last one counts"));
  EXPECT_THAT(parseBuildspec(text)->phases.at(Phase::kBuild).commands, ElementsAre("b"));
}

TEST(BuildspecWarningsTest, OnlyTheFirstDocumentCounts) {
  const auto twoDocuments =
      ElementsAre("The buildspec has more than one YAML document: the first one counts");
  const std::string first = "---\nversion: 0.2\nphases: {build: }\n";
  EXPECT_THAT(warnings(first + "---\nphases: 1\n"), twoDocuments);
  EXPECT_THAT(warnings(first + "---\n[broken\n"), twoDocuments);
  EXPECT_THAT(warnings(first + "...\n"), IsEmpty());
}

TEST(BuildspecWarningsTest, TheBlockOfStrangersStaysReadableWhenAliasesRepeatIt) {
  std::string text = "version: 0.2\nphases: {build: }\nreports:\n  g: &g {";
  for (int i = 0; i < 2000; ++i) text += "k" + std::to_string(i) + ", ";
  text += "}\n";
  for (int i = 0; i < 5000; ++i) text += "  g" + std::to_string(i) + ": *g\n";
  const auto lines = warnings(text);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_LT(lines[0].size(), 200'000u);
}

}  // namespace
}  // namespace kiln::runtime
