// A build's sources on their way into its container: what is known of them also when the build ends there.
#include "runtime/source/container_sources.h"

#include "tests/fakes/fake_runtime.h"
#include "tests/unit/source/git_world.h"

namespace kiln::runtime {
namespace {

class ContainerSourcesTest : public GitSourceTest {
 protected:
  DeliveredSources delivered(const std::string& buildspec, bool inS3 = false) {
    fakes::FakeRuntime runtime;
    ContainerSources sources(runtime, fetcher(), objects_,
                             [](const Scope&, const SourceSpec&, std::stop_token) {
                               return SourceResult<std::optional<GitCredentials>>(std::nullopt);
                             });
    Build build;
    build.state.sourceDirectory = "/codebuild/output/src1/src/app";
    build.spec.buildspec = buildspec;
    build.spec.buildspecInS3 = inS3;
    auto& source = build.spec.sources.emplace_back();
    source.type = "GITHUB";
    source.location = base_ + "/app.git";
    auto made = sources.deliver(build, {}, [](const std::string&) {});
    EXPECT_TRUE(made.ok());
    return made.ok() ? *made : DeliveredSources{};
  }
};

TEST_F(ContainerSourcesTest, TheCommitIsKnownAlsoWhereTheBuildspecIsNotFound) {
  fill();
  objects_.put("bucket", "here.yml", "version: 0.2");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"ci/none.yml", "no such file or directory"},
      {"a", "is a directory"},
      {"arn:aws:s3:::bucket/none.yml", "NoSuchKey"}};
  for (const auto& [buildspec, why] : rows) {
    const auto all = delivered(buildspec, buildspec.starts_with("arn:"));
    ASSERT_TRUE(all.failure) << buildspec;
    EXPECT_EQ(all.failure->statusCode, "YAML_FILE_ERROR");
    EXPECT_NE(all.failure->message.find(why), std::string::npos) << all.failure->message;
    ASSERT_EQ(all.sources.size(), 1U) << buildspec;
    EXPECT_EQ(all.sources.front().resolvedVersion, third_);
    EXPECT_EQ(all.sources.front().arrivedAt, "");
  }
}

}  // namespace
}  // namespace kiln::runtime
