// Errors of services, where services are, batches of log events, parameters and secrets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/aws/base_url.h"
#include "runtime/aws/logs_client.h"
#include "runtime/aws/parameters_client.h"
#include "tests/unit/aws/scripted_service.h"

namespace kiln::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

TEST(AwsErrors, HaveTheCodeThatFits) {
  struct Row {
    long status;
    std::string body;
    Code code;
    std::string awsCode;
  };
  const std::vector<Row> rows = {
      {404, "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", Code::kNotFound,
       "NoSuchKey"},
      {404, "", Code::kNotFound, "NotFound"},
      {400, R"({"__type":"ParameterNotFound"})", Code::kNotFound, "ParameterNotFound"},
      {400, R"({"__type":"a.b#RepositoryDoesNotExistException:http://x"})", Code::kNotFound,
       "RepositoryDoesNotExistException"},
      {403, "<Error><Code>AccessDenied</Code></Error>", Code::kFailedPrecondition, "AccessDenied"},
      {400, R"({"__type":"AccessDeniedException"})", Code::kFailedPrecondition,
       "AccessDeniedException"},
      {412, "", Code::kFailedPrecondition, "PreconditionFailed"},
      {301, "<Error><Code>PermanentRedirect</Code></Error>", Code::kFailedPrecondition,
       "PermanentRedirect"},
      {409, "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>", Code::kAlreadyExists,
       "BucketAlreadyOwnedByYou"},
      {400, R"({"__type":"ResourceAlreadyExistsException"})", Code::kAlreadyExists,
       "ResourceAlreadyExistsException"},
      {409, "", Code::kConflict, "Conflict"},
      {400, R"({"code":"LimitExceededException"})", Code::kResourceExhausted,
       "LimitExceededException"},
      {400, R"({"__type":"ValidationException"})", Code::kInvalidArgument, "ValidationException"},
      {501, "<Error><Code>NotImplemented</Code></Error>", Code::kUnimplemented, "NotImplemented"},
      {503, "<html>", Code::kUnavailable, "ServiceUnavailable"},
      {400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
       Code::kUnavailable, "Throttling"},
      {400, "{not json", Code::kInvalidArgument, "BadRequest"},
  };
  for (const auto& row : rows) {
    auto fault = faultOf(row.status, row.body, "");
    EXPECT_EQ(fault.code, row.awsCode) << row.body;
    EXPECT_EQ(errorOf(fault, row.status, "X", {}).code, row.code) << row.status << row.body;
  }
  EXPECT_EQ(faultOf(400, "{}", "FooException:http://a").code, "FooException");
  EXPECT_TRUE(errorOf({"AccessDenied", "", ""}, 403, "X", {}).accessDenied());
  EXPECT_FALSE(errorOf({"NoSuchKey", "", ""}, 404, "X", {}).accessDenied());
}

TEST(BaseUrls, AreReadAndShownAsAHostHeaderHasThem) {
  auto host = [](const char* text) {
    auto url = BaseUrl::parse(text);
    return url.ok() ? url->hostHeader("") + url->prefix : "bad";
  };
  EXPECT_EQ(host("http://h:80/"), "h");
  EXPECT_EQ(host("https://h:443/a/b/"), "h/a/b");
  EXPECT_EQ(host("https://h:80"), "h:80");
  EXPECT_EQ(host("http://[::1]:4599"), "[::1]:4599");
  for (const char* bad :
       {"", "h:1", "ftp://h", "http://", "http://u:p@h", "http://h?x", "http://h:x", "http://[::1"})
    EXPECT_EQ(host(bad), "bad") << bad;
  EXPECT_TRUE(BaseUrl::parse("http://127.0.0.1:1")->loopback());
  EXPECT_FALSE(BaseUrl::parse("http://10.0.0.1:1")->loopback());
  EXPECT_EQ(BaseUrl::parse("https://h")->origin("b"), "https://b.h");
}

TEST(EndpointsTest, WithoutSettingsAreTheEmbeddedOnesAndNeverSeeTheEnvironment) {
  config::Settings settings;
  Endpoints endpoints(settings, {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}});
  auto found = endpoints.resolve(AwsService::kLogs, {"000000000000", "eu-west-1"});
  EXPECT_EQ(found.baseUrl, "http://127.0.0.1:4599");
  EXPECT_EQ(found.region, "eu-west-1");
  EXPECT_TRUE(found.embedded);
  EXPECT_EQ(found.credentials, (AwsCredentials{"kiln", "kiln", ""}));
}

TEST(EndpointsTest, ElsewhereSettingsGoBeforeTheEnvironment) {
  config::Settings settings;
  settings.s3.endpoint = "https://s3.eu-west-1.amazonaws.com";
  settings.s3.pathStyle = false;
  settings.ssm.endpoint = "https://ssm";
  settings.ssm.region = "us-west-2";
  settings.ssm.accessKeyId = "B";
  settings.ssm.secretAccessKey = "T";
  Scope scope{"000000000000", "eu-west-1"};
  Endpoints endpoints(
      settings,
      {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}, {"AWS_SESSION_TOKEN", "X"}});
  auto s3 = endpoints.resolve(AwsService::kS3, scope);
  EXPECT_EQ(s3.credentials, (AwsCredentials{"A", "S", "X"}));
  EXPECT_FALSE(s3.pathStyle);
  EXPECT_FALSE(s3.embedded);
  auto ssm = endpoints.resolve(AwsService::kSsm, scope);
  EXPECT_EQ(ssm.credentials, (AwsCredentials{"B", "T", ""}));
  EXPECT_EQ(ssm.region, "us-west-2");
  EXPECT_EQ(Endpoints(settings, {}).resolve(AwsService::kS3, scope).credentials.accessKeyId,
            "kiln");
}

TEST(EndpointsTest, TheEmbeddedUrlIsTheServersOwnAddressWhenItHasOne) {
  auto url = [](const char* host) {
    config::ServerSettings server;
    server.host = host;
    server.port = 1;
    return embeddedUrl(server);
  };
  EXPECT_EQ(url("0.0.0.0"), "http://127.0.0.1:1");
  EXPECT_EQ(url("::"), "http://[::1]:1");
  EXPECT_EQ(url("10.1.2.3"), "http://10.1.2.3:1");
  EXPECT_EQ(url("fd00::1"), "http://[fd00::1]:1");
}

TEST(LogBatches, EndAtTheirLimits) {
  auto sizes = [](const std::vector<LogEvent>& events) {
    std::vector<std::size_t> out;
    for (const auto& batch : batchesOf(events)) out.push_back(batch.size());
    return out;
  };
  EXPECT_THAT(sizes(std::vector<LogEvent>(10'001, {1, "x"})), ElementsAre(10'000U, 1U));
  const auto message = std::string(kLargestLogMessage, 'x');
  EXPECT_THAT(sizes(std::vector<LogEvent>(5, {1, message})), ElementsAre(4U, 1U));
  EXPECT_THAT(sizes({{0, "a"}, {kLogBatchSpan, "b"}, {kLogBatchSpan + 1, "c"}}),
              ElementsAre(2U, 1U));
  EXPECT_TRUE(batchesOf({}).empty());
}

TEST(LogBatches, KeepTheOrderOfEventsWhoseTimesGoBack) {
  auto batch = batchesOf({{5, "a"}, {3, "b"}, {7, "c"}}).at(0);
  EXPECT_THAT(batch, ElementsAre(LogEvent{5, "a"}, LogEvent{5, "b"}, LogEvent{7, "c"}));
}

TEST(LogBatches, HoldOnlyUtf8AndNoEmptyEvent) {
  auto batch = batchesOf({{1, "a\xFF"}, {1, ""}, {1, "\xC3\xA4\xED\xA0\x80\xC3"}}).at(0);
  EXPECT_EQ(batch.at(0).message, "a\xEF\xBF\xBD");
  EXPECT_EQ(batch.at(1).message, "\n");
  EXPECT_EQ(batch.at(2).message.substr(0, 5), "\xC3\xA4\xEF\xBF\xBD");
}

TEST(LogBatches, DivideALongMessageBetweenCharacters) {
  std::string text;
  while (text.size() <= kLargestLogMessage) text += "\xE2\x82\xAC";
  auto batch = batchesOf({{1, text}}).at(0);
  ASSERT_EQ(batch.size(), 2U);
  EXPECT_LE(batch[0].message.size(), kLargestLogMessage);
  EXPECT_EQ(batch[0].message.size() % 3, 0U);
  EXPECT_EQ(batch[0].message + batch[1].message, text);
}

class JsonServicesTest : public ::testing::Test {
 protected:
  void given(ScriptedService::Script script) {
    service = std::make_unique<ScriptedService>(std::move(script));
  }
  AwsEndpoint endpoint() const {
    return {.baseUrl = service->url(), .region = "r", .credentials = {"A", "K", ""}};
  }
  LogsClient logs() { return {client, endpoint()}; }
  ParametersClient parameters() { return {client, endpoint(), endpoint()}; }
  std::vector<std::string> targets() const {
    std::vector<std::string> out;
    for (const auto& seen : service->requests()) out.push_back(seen.header("X-Amz-Target"));
    return out;
  }

  SystemClock clock;
  AwsClient client{clock, {.attempts = 3, .backoffBase = Millis(1), .backoffCap = Millis(1)}};
  std::unique_ptr<ScriptedService> service;
};

TEST_F(JsonServicesTest, AGroupThatIsThereAlreadyIsCreated) {
  given([](const SeenRequest&, int) {
    return ScriptedService::answer(400, R"({"__type":"ResourceAlreadyExistsException"})");
  });
  EXPECT_TRUE(logs().createGroup("g").ok());
  EXPECT_TRUE(logs().createStream({"g", "s"}).ok());
}

// Loses the answer to the first PutLogEvents; the stream then holds `there`.
ScriptedService::Script losesTheFirstAnswer(Json there) {
  return [there](const SeenRequest& seen, int number) -> Reaction {
    if (seen.header("X-Amz-Target") == "Logs_20140328.GetLogEvents")
      return ScriptedService::answer(200, Json{{"events", there}}.dump());
    if (number == 1) return {"", Reaction::Then::kReset};
    return ScriptedService::answer(200, "{}");
  };
}

TEST_F(JsonServicesTest, ABatchWhoseAnswerWasLostIsNotSentAgainWhenItArrived) {
  given(losesTheFirstAnswer({{{"timestamp", 1}, {"message", "a"}}}));
  auto written = logs().put({"g", "s"}, {{1, "a"}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->accepted, 1U);
  EXPECT_THAT(targets(), ElementsAre("Logs_20140328.PutLogEvents", "Logs_20140328.GetLogEvents"));
}

TEST_F(JsonServicesTest, ABatchWhoseAnswerWasLostIsSentAgainWhenItDidNotArrive) {
  given(losesTheFirstAnswer({{{"timestamp", 1}, {"message", "before"}}}));
  EXPECT_TRUE(logs().put({"g", "s"}, {{1, "a"}}).ok());
  EXPECT_EQ(targets().back(), "Logs_20140328.PutLogEvents");
  EXPECT_EQ(targets().size(), 3U);
}

TEST_F(JsonServicesTest, RejectedEventsAreCounted) {
  given([](const SeenRequest&, int) {
    return ScriptedService::answer(
        200,
        R"({"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":2,"tooNewLogEventStartIndex":3}})");
  });
  auto written = logs().put({"g", "s"}, {{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}});
  EXPECT_EQ(written->accepted, 1U);
  EXPECT_EQ(written->rejected, 3U);
}

TEST_F(JsonServicesTest, ParametersAreAskedTenAtATimeAndEachOnce) {
  given([](const SeenRequest& seen, int) {
    auto asked = Json::parse(seen.body);
    EXPECT_EQ(asked["WithDecryption"], true);
    Json list = Json::array();
    for (const auto& name : asked["Names"]) {
      std::string text = name;
      if (text == "gone") continue;
      auto colon = text.find(':');
      Json item{{"Name", text.substr(0, colon)}, {"Value", "value of " + text}};
      if (colon != std::string::npos) item["Selector"] = text.substr(colon);
      list.push_back(item);
    }
    return ScriptedService::answer(200, Json{{"Parameters", list}}.dump());
  });
  std::vector<std::string> names{"gone", "p:3", "p", "p"};
  for (int i = 0; i < 10; ++i) names.push_back("n" + std::to_string(i));
  auto found = parameters().getParameters(names);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(found->invalid, ElementsAre("gone"));
  EXPECT_EQ(found->values.size(), 12U);
  EXPECT_EQ(found->values["p:3"], "value of p:3");
  EXPECT_EQ(found->values["p"], "value of p");
  EXPECT_EQ(targets().size(), 2U);
}

TEST_F(JsonServicesTest, ASecretIsItsTextOrAKeyOfIt) {
  given([](const SeenRequest&, int) {
    return ScriptedService::answer(200, Json{{"SecretString", R"({"user":"ann","n":1})"}}.dump());
  });
  EXPECT_EQ(*parameters().getSecretValue({"s", "", "", ""}), R"({"user":"ann","n":1})");
  EXPECT_EQ(*parameters().getSecretValue({"s", "user", "AWSPREVIOUS", ""}), "ann");
  EXPECT_EQ(*parameters().getSecretValue({"s", "n", "", "v"}), "1");
  EXPECT_EQ(Json::parse(service->requests().at(1).body),
            (Json{{"SecretId", "s"}, {"VersionStage", "AWSPREVIOUS"}}));
  auto none = parameters().getSecretValue({"s", "none", "", ""});
  EXPECT_EQ(none.error().code, Code::kInvalidArgument);
  EXPECT_THAT(none.error().message, HasSubstr("has no key none"));
  EXPECT_THAT(none.error().message, Not(HasSubstr("ann")));
}

TEST(SecretReferences, AreReadFromNamesAndArns) {
  const std::string arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf";
  EXPECT_EQ(*SecretReference::parse("db"), (SecretReference{"db", "", "", ""}));
  EXPECT_EQ(*SecretReference::parse("db:user"), (SecretReference{"db", "user", "", ""}));
  EXPECT_EQ(*SecretReference::parse("db::AWSPREVIOUS:"),
            (SecretReference{"db", "", "AWSPREVIOUS", ""}));
  EXPECT_EQ(*SecretReference::parse(arn), (SecretReference{arn, "", "", ""}));
  EXPECT_EQ(*SecretReference::parse(arn + ":user:stage:id"),
            (SecretReference{arn, "user", "stage", "id"}));
  EXPECT_FALSE(SecretReference::parse("").ok());
  EXPECT_FALSE(SecretReference::parse(":user").ok());
  EXPECT_FALSE(SecretReference::parse("a:b:c:d:e").ok());
}

}  // namespace
}  // namespace kiln::runtime
