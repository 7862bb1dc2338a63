#include "runtime/images/image_resolver.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_runtime.h"

namespace kiln::runtime {
namespace {

constexpr const char* kCurated = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
constexpr const char* kCuratedPublic = "public.ecr.aws/codebuild/amazonlinux-x86_64-standard:5.0";

class ImageResolverTest : public testing::Test {
 protected:
  Result<std::string> resolve(const std::string& image, const std::string& credential = "") {
    ImageResolver resolver(runtime_, settings_);
    return resolver.resolve({image, "CODEBUILD", credential}, {},
                            [&](const PullProgress& each) { lines_ += each.text + "\n"; });
  }
  std::string errorOf(const std::string& image, const std::string& credential = "") {
    auto resolved = resolve(image, credential);
    EXPECT_FALSE(resolved.ok());
    if (resolved.ok()) return {};
    EXPECT_FALSE(resolved.error().retryable()) << resolved.error().message;
    return resolved.error().message;
  }

  fakes::FakeRuntime runtime_;
  config::EngineSettings settings_;
  std::string lines_;
};

TEST_F(ImageResolverTest, AnImageTheEngineHasIsUsedAsItIsWhateverTheSettingsSay) {
  runtime_.addImage("alpine:3");
  runtime_.addImage("other:1");
  settings_.images["alpine:3"] = "other:1";
  EXPECT_EQ(*resolve("alpine:3"), "alpine:3");
  EXPECT_EQ(runtime_.pullsOf("alpine:3"), 0);
}

TEST_F(ImageResolverTest, AMissingImageIsPulled) {
  runtime_.addToRegistry("alpine:3");
  EXPECT_EQ(*resolve("alpine:3"), "alpine:3");
  EXPECT_EQ(runtime_.pullsOf("alpine:3"), 1);
  EXPECT_NE(lines_.find("alpine:3"), std::string::npos);
}

TEST_F(ImageResolverTest, TheSettingsNameAnotherImagePresentOrPulled) {
  settings_.images[kCurated] = "mine:1";
  runtime_.addToRegistry("mine:1");
  EXPECT_EQ(*resolve(kCurated), "mine:1");
  EXPECT_EQ(*resolve(kCurated), "mine:1");
  EXPECT_EQ(runtime_.pullsOf("mine:1"), 1);
  EXPECT_EQ(runtime_.pullsOf(kCuratedPublic), 0);
}

TEST_F(ImageResolverTest, ACuratedImageIsPulledFromItsPublicPlaceAndNeverUnderItsOwnName) {
  runtime_.addToRegistry(kCuratedPublic);
  EXPECT_EQ(*resolve(kCurated), kCuratedPublic);
  EXPECT_EQ(runtime_.pullsOf(kCurated), 0);
}

TEST_F(ImageResolverTest, ACuratedImageThatCannotBePulledIsReplacedByTheFallbackAndThatIsSaid) {
  runtime_.addImage("kiln/build:latest");
  EXPECT_EQ(*resolve(kCurated), "kiln/build:latest");
  EXPECT_NE(lines_.find("Kiln runs kiln/build:latest in place of " + std::string(kCurated)),
            std::string::npos)
      << lines_;
}

TEST_F(ImageResolverTest, AnyOtherImageIsNeverReplacedByTheFallback) {
  runtime_.addImage("kiln/build:latest");
  auto message = errorOf("nosuch/image:1");
  EXPECT_TRUE(message.starts_with(
      "Unable to pull customer's container image. CannotPullContainerError: Error response "
      "from daemon: pull access denied for nosuch/image:1, repository does not exist or "
      "may require 'docker login'. "))
      << message;
  EXPECT_NE(message.find("engine.images"), std::string::npos);
}

TEST_F(ImageResolverTest, ACuratedImageWithoutAFallbackFailsWithTheSettingThatHelps) {
  auto message = errorOf(kCurated);
  EXPECT_NE(message.find("engine.images"), std::string::npos) << message;
  EXPECT_NE(message.find("kiln/build:latest"), std::string::npos) << message;
  settings_.fallbackImage.clear();
  EXPECT_NE(errorOf(kCurated).find("engine.fallbackImage"), std::string::npos);
}

TEST_F(ImageResolverTest, ARegistryThatWasNotReachedFailsTheBuildForGood) {
  runtime_.refusePull("alpine:3", {Code::kDeadlineExceeded,
                                   "Get \"https://registry-1.docker.io/v2/\": no such host"});
  EXPECT_NE(errorOf("alpine:3").find("no such host"), std::string::npos);
  runtime_.refusePull("alpine:3", {Code::kResourceExhausted, "no space left on device"});
  EXPECT_NE(errorOf("alpine:3").find("no space left"), std::string::npos);
}

TEST_F(ImageResolverTest, ARegistryCredentialIsNamedWithWhatToDoInstead) {
  auto message = errorOf("registry.example/app:1",
                         "arn:aws:secretsmanager:eu-central-1:000000000000:secret:login");
  EXPECT_NE(message.find("docker login"), std::string::npos);
  EXPECT_NE(message.find("secret:login"), std::string::npos);
  EXPECT_NE(errorOf("000000000000.dkr.ecr.eu-central-1.amazonaws.com/app:1")
                .find("--password-stdin 000000000000.dkr.ecr.eu-central-1.amazonaws.com`"),
            std::string::npos);
}

TEST_F(ImageResolverTest, AnEngineThatIsAwayIsRetriedNeverBlamedOnTheImage) {
  runtime_.addToRegistry("alpine:3");
  for (auto call : {fakes::Call::kHasImage, fakes::Call::kPull}) {
    runtime_.failBefore(call);
    auto resolved = resolve("alpine:3");
    ASSERT_FALSE(resolved.ok());
    EXPECT_EQ(resolved.error().code, Code::kUnavailable);
  }
  runtime_.loseReply(fakes::Call::kPull);
  EXPECT_FALSE(resolve("alpine:3").ok());
  EXPECT_EQ(*resolve("alpine:3"), "alpine:3");
  EXPECT_EQ(runtime_.pullsOf("alpine:3"), 1);  // the second look found it
}

TEST_F(ImageResolverTest, AStopEndsItWithoutAVerdict) {
  std::stop_source stop;
  stop.request_stop();
  auto resolved = ImageResolver(runtime_, settings_)
                      .resolve({"alpine:3", "CODEBUILD", ""}, stop.get_token(), {});
  ASSERT_FALSE(resolved.ok());
  EXPECT_TRUE(resolved.error().retryable());
}

}  // namespace
}  // namespace kiln::runtime
