// One call against a service that misbehaves: what is retried, what is not, what ends it, and what is said.
#include "runtime/aws/aws_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/aws/scripted_service.h"

namespace kiln::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Then = Reaction::Then;

const AwsClientOptions kQuick{.attempts = 4,
                              .backoffBase = Millis(1),
                              .backoffCap = Millis(2),
                              .connectLimit = Millis(60'000),
                              .idleLimit = Millis(60'000)};

class AwsClientTest : public ::testing::Test {
 protected:
  void givenService(ScriptedService::Script script) {
    service = std::make_unique<ScriptedService>(std::move(script));
  }
  // Each answer once, the last one ever after.
  void givenAnswers(std::vector<Reaction> answers) {
    givenService([answers](const SeenRequest&, int number) {
      return answers[std::min(static_cast<std::size_t>(number), answers.size()) - 1];
    });
  }
  AwsEndpoint endpoint() const {
    return {.baseUrl = service->url(), .region = "us-east-1", .credentials = credentials};
  }
  Result<AwsReply, AwsError> make(AwsCall call) { return client.call(endpoint(), call); }
  std::size_t sendings() const { return service->requests().size(); }

  static AwsCall anyCall() { return {.service = "logs", .attempted = "DoIt thing"}; }

  AwsCredentials credentials{"AKID", "a-secret-key-of-length", "a-session-token"};
  SystemClock clock;
  AwsClient client{clock, kQuick};
  std::unique_ptr<ScriptedService> service;
};

TEST_F(AwsClientTest, AnAnswerComesWithItsHeadersAndBodyOnAConnectionThatIsUsedAgain) {
  givenAnswers({ScriptedService::answer(200, "hello", "X-Amzn-RequestId:  r1 \r\n")});
  for (int i = 0; i < 3; ++i) {
    auto reply = make(anyCall());
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->body, "hello");
    EXPECT_EQ(reply->header("x-amzn-requestid"), "r1");
  }
  EXPECT_EQ(service->requests().back().connection, 1);
}

TEST_F(AwsClientTest, TheRequestIsSignedAndEncodedAsItIsSent) {
  givenAnswers({ScriptedService::answer(200, "")});
  auto call = anyCall();
  call.service = "s3";
  call.method = "PUT";
  call.path = "/bucket/a b/../\xC3\xA4+";
  call.query = {{"versionId", "a/b"}, {"acl", ""}};
  call.headers = {{"x-amz-meta-empty", ""}, {"Content-Type", "text/plain"}};
  call.body = "body";
  ASSERT_TRUE(make(call).ok());
  auto seen = service->requests().front();
  EXPECT_EQ(seen.line, "PUT /bucket/a%20b/../%C3%A4%2B?acl=&versionId=a%2Fb HTTP/1.1");
  EXPECT_EQ(seen.body, "body");
  EXPECT_THAT(seen.header("Authorization"),
              HasSubstr("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
                        "x-amz-meta-empty;x-amz-security-token,"));
  EXPECT_EQ(seen.header("X-Amz-Content-Sha256"), sha256Hex("body"));
  EXPECT_EQ(seen.header("X-Amz-Security-Token"), "a-session-token");
  EXPECT_EQ(seen.header("Expect"), "");
}

TEST_F(AwsClientTest, WhatPassesIsTriedAgain) {
  const std::vector<std::pair<std::string, Reaction>> rows = {
      {"503", ScriptedService::answer(503, "")},
      {"500", ScriptedService::answer(500, "oops")},
      {"429", ScriptedService::answer(429, "")},
      {"throttled", ScriptedService::answer(400, R"({"__type":"x#ThrottlingException"})")},
      {"slow down", ScriptedService::answer(503, "<Error><Code>SlowDown</Code></Error>")},
      {"reset", {"", Then::kReset}},
      {"closed", {"", Then::kClose}},
      {"cut short", {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Then::kClose}},
      {"bad chunk", {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Then::kClose}},
      {"nonsense", {"SSH-2.0-server\r\n\r\n", Then::kClose}},
  };
  for (const auto& [what, reaction] : rows) {
    givenAnswers({reaction, reaction, ScriptedService::answer(200, "good")});
    auto reply = make(anyCall());
    ASSERT_TRUE(reply.ok()) << what << ": " << reply.error().message;
    EXPECT_EQ(reply->body, "good") << what;
    EXPECT_GE(sendings(), 3U) << what;
  }
}

TEST_F(AwsClientTest, TheServiceIsGivenUpAfterItsAttempts) {
  givenAnswers({ScriptedService::answer(503, R"({"message":"busy"})")});
  auto reply = make(anyCall());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_EQ(reply.error().status, 503);
  EXPECT_THAT(reply.error().message, HasSubstr("DoIt thing at " + service->url()));
  EXPECT_THAT(reply.error().message, HasSubstr("busy (status 503)"));
  EXPECT_EQ(sendings(), 4U);
}

TEST_F(AwsClientTest, ARefusalIsNotTriedAgainAndSaysWhatTheServiceSays) {
  givenAnswers({ScriptedService::answer(
      400, R"({"__type":"com.amazonaws.logs#ResourceNotFoundException","message":"no group"})",
      "x-amzn-RequestId: r7\r\n")});
  auto reply = make(anyCall());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kNotFound);
  EXPECT_EQ(reply.error().awsCode, "ResourceNotFoundException");
  EXPECT_EQ(reply.error().requestId, "r7");
  EXPECT_THAT(reply.error().message,
              HasSubstr(": ResourceNotFoundException: no group (status 400, request r7)"));
  EXPECT_EQ(sendings(), 1U);
}

TEST_F(AwsClientTest, WhatIsNotRepeatableIsSentAgainOnlyWhenItWasCertainlyNotDone) {
  auto call = anyCall();
  call.repeatable = false;
  givenAnswers({{"", Then::kReset}});
  auto lost = make(call);
  ASSERT_FALSE(lost.ok());
  EXPECT_TRUE(lost.error().mayHaveHappened);
  EXPECT_EQ(sendings(), 1U);
  givenAnswers({ScriptedService::answer(500, "")});
  EXPECT_TRUE(make(call).error().mayHaveHappened);
  EXPECT_EQ(sendings(), 1U);
  givenAnswers({ScriptedService::answer(400, R"({"__type":"ThrottlingException"})"),
                ScriptedService::answer(200, "")});
  EXPECT_TRUE(make(call).ok());
  EXPECT_EQ(sendings(), 2U);
}

TEST_F(AwsClientTest, NobodyListeningIsUnavailableAndCertainlyNotDone) {
  givenAnswers({ScriptedService::answer(200, "")});
  auto gone = endpoint();
  service.reset();
  auto reply = client.call(gone, anyCall());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_FALSE(reply.error().mayHaveHappened);
  EXPECT_EQ(reply.error().status, 0);
}

TEST_F(AwsClientTest, SilenceEndsACall) {
  AwsClient impatient(clock, {.attempts = 2, .backoffBase = Millis(1), .idleLimit = Millis(900)});
  givenAnswers({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Then::kSilence}});
  auto reply = impatient.call(endpoint(), anyCall());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_THAT(reply.error().message, HasSubstr("silent for 900 ms"));
  EXPECT_EQ(sendings(), 2U);
}

TEST_F(AwsClientTest, TheWholeCallHasItsLimit) {
  givenAnswers({{"", Then::kSilence}});
  auto call = anyCall();
  call.whole = Millis(50);
  auto reply = make(call);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kDeadlineExceeded);
}

TEST_F(AwsClientTest, AStopEndsTheCallAndTheWaitBetweenTwo) {
  givenAnswers({{"", Then::kSilence}});
  std::stop_source stop;
  auto call = anyCall();
  call.stop = stop.get_token();
  std::jthread stopper([&] {
    while (sendings() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  auto reply = make(call);
  ASSERT_FALSE(reply.ok());
  EXPECT_THAT(reply.error().message, HasSubstr("stopped"));
  EXPECT_EQ(sendings(), 1U);

  AwsClient patient(clock, {.backoffBase = Seconds(3600), .backoffCap = Seconds(3600)});
  givenAnswers({ScriptedService::answer(503, "")});
  std::stop_source second;
  call.stop = second.get_token();
  std::jthread another([&] {
    while (sendings() == 0) std::this_thread::yield();
    second.request_stop();
  });
  EXPECT_FALSE(patient.call(endpoint(), call).ok());
}

TEST_F(AwsClientTest, ASinkGetsTheBodyOfAGoodAnswerOnly) {
  givenAnswers({ScriptedService::answer(503, "not this"), ScriptedService::answer(200, "bytes")});
  std::string got;
  auto call = anyCall();
  call.sink = [&](std::string_view bytes) {
    got += bytes;
    return okStatus();
  };
  auto reply = make(call);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(got, "bytes");
  EXPECT_EQ(reply->body, "");
}

TEST_F(AwsClientTest, OnceASinkHasHadBytesNothingIsTriedAgain) {
  givenAnswers({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Then::kClose}});
  auto call = anyCall();
  call.sink = [](std::string_view) { return okStatus(); };
  EXPECT_EQ(make(call).error().code, Code::kUnavailable);
  EXPECT_EQ(sendings(), 1U);
}

TEST_F(AwsClientTest, ASinkThatRefusesEndsTheCallWithItsError) {
  givenAnswers({ScriptedService::answer(200, "bytes")});
  auto call = anyCall();
  call.sink = [](std::string_view) { return Status(Error{Code::kResourceExhausted, "disk full"}); };
  auto reply = make(call);
  EXPECT_EQ(reply.error().code, Code::kResourceExhausted);
  EXPECT_THAT(reply.error().message, HasSubstr("disk full"));
  EXPECT_EQ(sendings(), 1U);
}

TEST_F(AwsClientTest, ASourceIsSentAgainWhenItCanBeReadAgain) {
  for (bool restartable : {true, false}) {
    givenAnswers({ScriptedService::answer(500, ""), ScriptedService::answer(200, "")});
    std::vector<std::string> left{"abc", "def"};
    auto call = anyCall();
    call.service = "s3";
    call.method = "PUT";
    call.source = BodySource{.length = 6, .read = [&]() -> Result<std::string> {
                               if (left.empty()) return std::string();
                               auto next = left.front();
                               left.erase(left.begin());
                               return next;
                             }};
    if (restartable)
      call.source->restart = [&] {
        left = {"abc", "def"};
        return okStatus();
      };
    EXPECT_EQ(make(call).ok(), restartable);
    EXPECT_EQ(sendings(), restartable ? 2U : 1U);
    EXPECT_EQ(service->requests().back().body, "abcdef");
    EXPECT_EQ(service->requests().back().header("X-Amz-Content-Sha256"), kUnsignedPayload);
  }
}

TEST_F(AwsClientTest, SecretsAreNotRepeatedWhateverTheServiceSends) {
  givenAnswers({ScriptedService::answer(
      403,
      R"({"__type":"InvalidSignatureException","message":"canonical: x-amz-security-token:a-session-token a-secret-key-of-length"})")});
  auto reply = make(anyCall());
  ASSERT_FALSE(reply.ok());
  EXPECT_TRUE(reply.error().accessDenied());
  for (const auto& text : {reply.error().message, reply.error().awsMessage}) {
    EXPECT_THAT(text, Not(HasSubstr("a-session-token")));
    EXPECT_THAT(text, Not(HasSubstr("a-secret-key")));
  }
}

TEST_F(AwsClientTest, AHeaderWithALineBreakIsRefusedBeforeAnythingIsSent) {
  givenAnswers({ScriptedService::answer(200, "")});
  auto call = anyCall();
  call.headers = {{"x-amz-meta-a", "b\r\nX-Evil: 1"}};
  EXPECT_EQ(make(call).error().code, Code::kInvalidArgument);
  EXPECT_EQ(sendings(), 0U);
}

TEST_F(AwsClientTest, ManyThreadsMayCallAtOnce) {
  givenAnswers({ScriptedService::answer(200, "x", "Connection: close\r\n")});
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 10; ++n) good += make(anyCall()).ok() ? 1 : 0;
      });
  }
  EXPECT_EQ(good, 80);
}

TEST_F(AwsClientTest, AProxyOfTheEnvironmentIsNotAskedForLoopback) {
  givenAnswers({ScriptedService::answer(200, "")});
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  auto reply = make(anyCall());
  unsetenv("http_proxy");
  EXPECT_TRUE(reply.ok());
}

}  // namespace
}  // namespace kiln::runtime
