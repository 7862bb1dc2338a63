// What goes wrong on the way to S3, and whose fault it is.
#include <sys/mount.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "tests/unit/artifacts/artifact_world.h"
#include "tests/unit/aws/scripted_service.h"

namespace kiln::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

const CollectedArtifacts kOne = {{"", "/staged", "", "", 1}};

class UploadFailuresTest : public ArtifactTest {
 protected:
  UploadFailuresTest() { container_.stage("/staged", {{"a", 'f', "a"}}); }
  Build of(const std::string& packaging) {
    return build({{.bucket = "bucket", .name = "n", .packaging = packaging}});
  }
  // S3 answers like this to everything that `refuses`, and is content otherwise.
  void given(std::function<bool(const SeenRequest&)> refuses, Reaction reaction) {
    service_ = std::make_unique<ScriptedService>([=](const SeenRequest& seen, int) {
      if (refuses(seen)) return reaction;
      if (seen.line.starts_with("GET"))
        return ScriptedService::answer(200, "<LocationConstraint>eu-west-1</LocationConstraint>");
      if (seen.line.starts_with("HEAD")) return ScriptedService::answer(404, "");
      return ScriptedService::answer(200, "", "ETag: \"e\"\r\nConnection: close\r\n");
    });
    useS3At(service_->url());
  }
  static Reaction refusal(int status, const std::string& code, const std::string& message) {
    return ScriptedService::answer(
        status, "<Error><Code>" + code + "</Code><Message>" + message +
                    "</Message><RequestId>R1</RequestId><HostId>H1</HostId></Error>");
  }
  static bool isPut(const SeenRequest& seen) { return seen.line.starts_with("PUT"); }
  static bool isAny(const SeenRequest&) { return true; }

  std::unique_ptr<ScriptedService> service_;
};

TEST_F(UploadFailuresTest, ABucketThatDoesNotExistFailsThePhaseBeforeAnythingIsCopied) {
  EXPECT_THAT(
      failureOf(of("ZIP"), kOne),
      MatchesRegex("CLIENT_ERROR: Error in UPLOAD_ARTIFACTS phase: NoSuchBucket: The specified "
                   "bucket does not exist\n\tstatus code: 404, request id: .+, host id: .+"));
  EXPECT_EQ(container_.copies(), 0);
}

TEST_F(UploadFailuresTest, ABucketOfAnotherRegionIsRefused) {
  makeBucket("bucket", "us-east-1");
  EXPECT_EQ(failureOf(of("ZIP"), kOne), "CLIENT_ERROR: Failed to upload artifacts: Invalid arn");
}

TEST_F(UploadFailuresTest, WhatS3RefusesFailsThePhaseInItsWords) {
  for (const char* packaging : {"ZIP", "NONE"}) {
    given(isPut, refusal(403, "AccessDenied", "Access Denied"));
    EXPECT_EQ(failureOf(of(packaging), kOne),
              "CLIENT_ERROR: Error in UPLOAD_ARTIFACTS phase: AccessDenied: Access "
              "Denied\n\tstatus code: "
              "403, request id: R1, host id: H1");
  }
}

TEST_F(UploadFailuresTest, WhereTheRegionMayNotBeAskedForOrIsNotKnownThePutDecides) {
  const auto isGet = [](const SeenRequest& seen) { return seen.line.starts_with("GET"); };
  for (const auto& answer :
       {refusal(403, "AccessDenied", "Access Denied"), refusal(501, "NotImplemented", "not here"),
        ScriptedService::answer(200, "<Other/>")}) {
    given(isGet, answer);
    EXPECT_EQ(failureOf(of("ZIP"), kOne), "");
  }
}

TEST_F(UploadFailuresTest, ARedirectToAnotherRegionIsAnInvalidArn) {
  given(isPut, refusal(400, "AuthorizationHeaderMalformed", "expecting 'eu-central-1'"));
  EXPECT_EQ(failureOf(of("ZIP"), kOne), "CLIENT_ERROR: Failed to upload artifacts: Invalid arn");
}

TEST_F(UploadFailuresTest, AnS3InTroubleFailsNoBuild) {
  given(isAny, refusal(503, "SlowDown", "Please reduce your request rate."));
  const auto busy = upload(of("ZIP"), kOne);
  ASSERT_FALSE(busy.ok());
  EXPECT_TRUE(busy.error().retryable());
  given(isPut, {.bytes = "", .then = Reaction::Then::kReset});
  const auto reset = upload(of("NONE"), kOne);
  ASSERT_FALSE(reset.ok());
  EXPECT_TRUE(reset.error().retryable());
  service_.reset();
  const auto away = upload(of("ZIP"), kOne);
  ASSERT_FALSE(away.ok());
  EXPECT_TRUE(away.error().retryable());
}

TEST_F(UploadFailuresTest, AnEngineThatIsAwayFailsNoBuild) {
  makeBucket("bucket");
  container_.insteadOfCopying([](const auto&) {
    return Status(Error{Code::kUnavailable, "the engine is away"});
  });
  for (const char* packaging : {"ZIP", "NONE"}) {
    const auto uploaded = upload(of(packaging), kOne);
    ASSERT_FALSE(uploaded.ok());
    EXPECT_EQ(uploaded.error().message, "the engine is away");
    EXPECT_TRUE(keysIn("bucket").empty());
  }
}

TEST_F(UploadFailuresTest, WhatIsThrownOnTheWayOutOfTheContainerIsAnErrorToo) {
  makeBucket("bucket");
  container_.insteadOfCopying([](const auto&) -> Status { throw std::bad_alloc(); });
  for (const char* packaging : {"ZIP", "NONE"}) {
    const auto uploaded = upload(of(packaging), kOne);
    ASSERT_FALSE(uploaded.ok());
    EXPECT_EQ(uploaded.error().message, "copying /staged/. out of the container: std::bad_alloc");
    EXPECT_TRUE(uploaded.error().retryable());
  }
}

TEST_F(UploadFailuresTest, StoppingEndsItAtOnceAndLeavesNothing) {
  makeBucket("bucket");
  for (const char* packaging : {"ZIP", "NONE"}) {
    stop_ = std::stop_source();
    container_.insteadOfCopying([this](const auto& sink) {
      const auto tar = tarOfEntries({{"noise", 'f', noise(50'000)}}, "./");
      auto taken = sink(std::string_view(tar).substr(0, 40'000));
      stop_.request_stop();
      while (taken.ok()) taken = sink("");  // an engine that never ends
      return taken;
    });
    const auto uploaded = upload(of(packaging), kOne);
    ASSERT_FALSE(uploaded.ok());
    EXPECT_EQ(uploaded.error().code, Code::kUnavailable);
    EXPECT_TRUE(keysIn("bucket").empty());
    EXPECT_TRUE(spools().empty());
  }
}

TEST_F(UploadFailuresTest, AnEngineThatHasFallenSilentHoldsUpNoStop) {
  makeBucket("bucket");
  for (const char* packaging : {"ZIP", "NONE"}) {
    stop_ = std::stop_source();
    container_.fallSilent([this] { stop_.request_stop(); });
    const auto uploaded = upload(of(packaging), kOne);
    ASSERT_FALSE(uploaded.ok());
    EXPECT_EQ(uploaded.error().code, Code::kUnavailable);
  }
}

TEST_F(UploadFailuresTest, AFileThatShrinksWhileItIsCopiedIsCopiedAgain) {
  makeBucket("bucket");
  for (const char* packaging : {"ZIP", "NONE"}) {
    int copies = 0;
    container_.insteadOfCopying([&](const auto& sink) {
      auto tar = tarOfEntries({{"noise", 'f', noise(50'000)}}, "./");
      if (++copies < 3) tar.resize(20'000);
      return sink(tar);
    });
    EXPECT_EQ(failureOf(of(packaging), kOne), "");
    EXPECT_EQ(copies, 3);
  }
  EXPECT_EQ(object("bucket", "n/noise"), noise(50'000));
}

TEST_F(UploadFailuresTest, OneThatShrinksEachTimeFailsThePhase) {
  makeBucket("bucket");
  for (const char* packaging : {"ZIP", "NONE"}) {
    container_.insteadOfCopying([](const auto& sink) {
      return sink(tarOfEntries({{"noise", 'f', noise(50'000)}}, "./").substr(0, 20'000));
    });
    EXPECT_THAT(failureOf(of(packaging), kOne),
                MatchesRegex("CLIENT_ERROR: Error in UPLOAD_ARTIFACTS phase: reading /staged/. out "
                             "of the container: .+ \\(does a file there change\\?\\)"));
    EXPECT_TRUE(keysIn("bucket").empty());
  }
}

TEST_F(UploadFailuresTest, AKeyThatNoObjectCanHaveFailsThePhaseAndIsNamed) {
  makeBucket("bucket");
  const std::string what = "CLIENT_ERROR: Error in UPLOAD_ARTIFACTS phase: ";
  container_.stage("/staged", {{"a\xff.txt", 'f', "a"}});
  EXPECT_THAT(failureOf(of("NONE"), kOne),
              MatchesRegex(what + "the key .*n/a.+txt.* is no UTF-8.+"));
  const std::string deep = std::string(200, 'd') + "/";
  container_.stage("/staged",
                   {{deep + deep + deep + deep + deep + std::string(18, 'f'), 'f', "a"}});
  EXPECT_THAT(
      failureOf(of("NONE"), kOne),
      StartsWith(what + "KeyTooLongError: Your key is too long: 1025 bytes, at most 1024: "));
  container_.stage("/staged",
                   {{deep + deep + deep + deep + deep + std::string(17, 'f'), 'f', "a"}});
  EXPECT_EQ(failureOf(of("NONE"), kOne), "");
  const auto zip =
      build({{.bucket = "bucket", .name = std::string(1025, 'n'), .packaging = "ZIP"}});
  EXPECT_THAT(failureOf(zip, kOne), HasSubstr("KeyTooLongError"));
}

TEST_F(UploadFailuresTest, TheLastOfADiskIsLeftToKilnsOwnRecords) {
  makeBucket("bucket");
  const auto spool = directory_.path() / "spool";
  if (::mount("tmpfs", spool.c_str(), "tmpfs", 0, "size=36m") != 0)
    GTEST_SKIP() << "cannot mount a small disk: " << std::strerror(errno);
  container_.stage("/staged", {{"noise", 'f', noise(9'000'000)}});
  for (const char* packaging : {"ZIP", "NONE"}) {
    const auto uploaded = upload(of(packaging), kOne);
    EXPECT_FALSE(uploaded.ok());
    if (uploaded.ok()) continue;
    EXPECT_TRUE(uploaded.error().retryable());
    EXPECT_THAT(uploaded.error().message, HasSubstr("full but for the 32 MB kept free"));
  }
  ::umount2(spool.c_str(), MNT_DETACH);
}

TEST_F(UploadFailuresTest, AFullDiskIsAnErrorThatAnotherTryMayMend) {
  makeBucket("bucket");
  container_.stage("/staged", {{"noise", 'f', noise(9'000'000)}});
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 3'000'000, .rlim_max = before.rlim_max};
  for (const char* packaging : {"ZIP", "NONE"}) {
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto uploaded = upload(of(packaging), kOne);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(uploaded.ok());
    EXPECT_THAT(uploaded.error().message, HasSubstr("cannot keep artifacts in"));
    EXPECT_TRUE(uploaded.error().retryable());
  }
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(failureOf(of("ZIP"), kOne), "");
}

}  // namespace
}  // namespace kiln::runtime
