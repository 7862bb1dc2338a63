// What `kiln run` makes of its options: names, buildspecs, sources, and the build's record.
#include "controller/cli/run_request.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

const Environment kNowhere = [](const char*) { return std::string(); };
constexpr const char* kInlineSpec = "version: 0.2\nphases: {}\n";

class RunRequestTest : public testing::Test {
 protected:
  RunRequestTest() {
    std::string name = (fs::temp_directory_path() / "kiln-request-XXXXXX").string();
    root_ = fs::canonical(mkdtemp(name.data()));
    fs::create_directories(root_ / "app/ci");
    options_.directory = (root_ / "app").string();
  }
  ~RunRequestTest() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name) << text;
  }
  RunRequest request() {
    auto made = toRequest(options_, kNowhere);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return made.ok() ? *made : RunRequest();
  }
  std::string refusal() {
    auto made = toRequest(options_, kNowhere);
    if (made.ok()) return "accepted";
    EXPECT_EQ(made.error().code, Code::kInvalidArgument);
    return made.error().message;
  }
  std::string buildspecFor(const std::string& asked) {
    options_.buildspec = asked;
    return request().buildspec;
  }
  Build build() {
    return toBuild(request(), {.scope = {"000000000000", "eu-west-1"},
                               .now = TimePoint(Millis(1'700'000'000'123)),
                               .architecture = "x86_64",
                               .user = "me",
                               .fallbackImage = "fall/back:1",
                               .keepForShell = keep_});
  }

  fs::path root_;
  RunOptions options_;
  bool keep_ = false;
};

TEST(ProjectNameTest, FollowsTheServicesRules) {
  EXPECT_EQ(projectNameFor("/x/my-app_2"), "my-app_2");
  EXPECT_EQ(projectNameFor("/x/my app.v2"), "my-app-v2");
  EXPECT_EQ(projectNameFor("/x/_-.hidden"), "hidden");
  EXPECT_EQ(projectNameFor("/x/a"), "a-local");
  EXPECT_EQ(projectNameFor("/"), "local");
  EXPECT_EQ(projectNameFor("/x/..."), "local");
  EXPECT_EQ(projectNameFor("/x/" + std::string(200, 'y')).size(), 150U);
}

TEST_F(RunRequestTest, ADirectoryThatIsNotThereIsRefused) {
  options_.directory = (root_ / "none").string();
  EXPECT_EQ(refusal(), "DIR '" + options_.directory + "': No such file or directory");
  write("file", "x");
  options_.directory = (root_ / "file").string();
  EXPECT_EQ(refusal(), "DIR '" + options_.directory + "' is not a directory");
}

TEST_F(RunRequestTest, ABuildspecOfTheDirectoryIsAPathAndAnyOtherIsInline) {
  write("app/ci/x.yml", kInlineSpec);
  write("outside.yml", kInlineSpec);
  EXPECT_EQ(buildspecFor(""), "");
  EXPECT_EQ(buildspecFor("ci/x.yml"), "ci/x.yml");
  EXPECT_EQ(buildspecFor((root_ / "app/ci/x.yml").string()), "ci/x.yml");
  EXPECT_EQ(buildspecFor("../outside.yml"), kInlineSpec);
  EXPECT_EQ(buildspecFor((root_ / "outside.yml").string()), kInlineSpec);
  EXPECT_EQ(buildspecFor(kInlineSpec), kInlineSpec);
  EXPECT_EQ(buildspecFor("ci/none.yml"), "ci/none.yml");
  EXPECT_EQ(buildspecFor("arn:aws:s3:::b/k"), "arn:aws:s3:::b/k");
}

TEST_F(RunRequestTest, ALinkThatLeadsOutIsReadHere) {
  write("outside.yml", kInlineSpec);
  fs::create_symlink("../../outside.yml", root_ / "app/ci/link.yml");
  EXPECT_EQ(buildspecFor("ci/link.yml"), kInlineSpec);
}

TEST_F(RunRequestTest, AFileThatIsNoBuildspecIsRefused) {
  write("outside.yml", "word");
  options_.buildspec = "../outside.yml";
  EXPECT_EQ(refusal(), "--buildspec: " + (root_ / "outside.yml").string() + " is no buildspec");
}

TEST_F(RunRequestTest, WhatIsThereAndNoFileIsRefusedOutsideAndTheBuildsMatterInside) {
  fs::create_directories(root_ / "specs");
  options_.buildspec = (root_ / "specs").string();
  EXPECT_EQ(refusal(), "--buildspec: " + options_.buildspec + " is not a regular file");
  EXPECT_EQ(buildspecFor("ci"), "ci");
}

TEST_F(RunRequestTest, APlaceForArtifactsThatCannotBeIsRefused) {
  write("file", "x");
  options_.artifacts = (root_ / "file/new").string();
  EXPECT_EQ(refusal(), "--artifacts: '" + (root_ / "file").string() + "' is not a directory");
}

TEST_F(RunRequestTest, BytesThatAreNoTextAreRefusedAndAValueIsNotShown) {
  options_.environment = {"TOKEN=hunter\xff"};
  EXPECT_EQ(refusal(), "the value of the variable TOKEN is not UTF-8");
  options_.environment.clear();
  options_.image = "im\xffge";
  EXPECT_EQ(refusal(), "--image 'im\xEF\xBF\xBDge' is not UTF-8");
}

TEST_F(RunRequestTest, SecondarySourcesNeedAnIdentifierOfTheirOwnAndADirectory) {
  const auto app = (root_ / "app").string();
  const auto refusalOf = [&](std::vector<std::string> given) {
    options_.secondary = std::move(given);
    return refusal();
  };
  EXPECT_EQ(refusalOf({"lib"}), "--secondary lib: IDENTIFIER=DIR is needed");
  EXPECT_EQ(refusalOf({"=x"}), "--secondary =x: IDENTIFIER=DIR is needed");
  EXPECT_EQ(refusalOf({"a-b=" + app}), "--secondary a-b=" + app +
                                           ": an identifier has letters, digits and underscores, "
                                           "127 at most");
  EXPECT_EQ(refusalOf({"l=" + app, "l=" + app}), "--secondary: the identifier l is given twice");
  EXPECT_EQ(refusalOf({"l=/no/such"}), "--secondary l: '/no/such': No such file or directory");
  std::vector<std::string> many;
  for (int i = 0; i < 13; ++i) many.push_back("l" + std::to_string(i) + "=" + app);
  EXPECT_EQ(refusalOf(many), "--secondary: a build has at most 12 secondary sources");
  many.pop_back();
  EXPECT_EQ(refusalOf(many), "accepted");
}

TEST_F(RunRequestTest, OptionsBeatFilesAndLaterOnesEarlierOnes) {
  write("one", "A=1\nB=1\nC=1\n");
  write("two", "B=2\nC=2\n");
  options_.environmentFiles = {(root_ / "one").string(), (root_ / "two").string()};
  options_.environment = {"C=3", "D=4", "C=5"};
  EXPECT_EQ(request().environment,
            (std::vector<EnvVar>{{"A", "1"}, {"B", "2"}, {"C", "5"}, {"D", "4"}}));
}

TEST_F(RunRequestTest, TheBuildHasWhatWasAskedFor) {
  fs::create_directories(root_ / "lib");
  options_.secondary = {"lib=" + (root_ / "lib").string()};
  options_.environment = {"A=1"};
  options_.timeout = 7;
  options_.privileged = true;
  const Build made = build();
  EXPECT_EQ(made.id.project, "app");
  EXPECT_EQ(made.phase(), Phase::kQueued);
  EXPECT_EQ(made.spec.initiator, "kiln-run/me");
  EXPECT_EQ(made.spec.image, "fall/back:1");
  EXPECT_EQ(made.spec.environmentType, "LINUX_CONTAINER");
  EXPECT_TRUE(made.spec.privileged);
  EXPECT_EQ(made.spec.timeout, Minutes(7));
  EXPECT_EQ(made.spec.environmentVariables, (std::vector<EnvVar>{{"A", "1"}}));
  ASSERT_EQ(made.spec.sources.size(), 2U);
  EXPECT_EQ(made.spec.sources[0].type, "LOCAL_DIRECTORY");
  EXPECT_EQ(made.spec.sources[0].location, (root_ / "app").string());
  EXPECT_EQ(made.spec.sources[1].identifier, "lib");
  EXPECT_TRUE(made.spec.artifacts.empty());
  EXPECT_TRUE(made.finalizers.empty());
}

TEST_F(RunRequestTest, OnlyABuildWithAShellGuardsItsContainerForIt) {
  keep_ = true;
  EXPECT_EQ(build().finalizers, std::vector<std::string>{std::string(kShellFinalizer)});
}

TEST_F(RunRequestTest, ArtifactsOfTheBuildspecAreAskedForWhenThereIsAPlaceForThem) {
  write("app/buildspec.yml",
        "version: 0.2\nphases:\n  build:\n    commands: ['true']\nartifacts:\n  files: [a]\n  "
        "secondary-artifacts:\n    one: {files: [b]}\n    two: {files: [c]}\n");
  EXPECT_TRUE(build().spec.artifacts.empty());
  options_.artifacts = (root_ / "out").string();
  const Build made = build();
  ASSERT_EQ(made.spec.artifacts.size(), 3U);
  EXPECT_EQ(made.spec.artifacts[0].identifier, "");
  EXPECT_EQ(made.spec.artifacts[1].identifier, "one");
  EXPECT_EQ(made.spec.artifacts[2].identifier, "two");
  EXPECT_EQ(made.spec.artifacts[0].packaging, "ZIP");  // which keeps links
  EXPECT_FALSE(fs::exists(root_ / "out"));
}

}  // namespace
}  // namespace kiln::cli
