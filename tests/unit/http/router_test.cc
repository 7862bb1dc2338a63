#include "api/http/router.h"

#include <gtest/gtest.h>

namespace kiln::api {
namespace {

Handler says(const char* text) {
  return [text](Request&) { return Response::text(200, text); };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.addTarget("CodeBuild_20161006", says("codebuild"));
    router_.addPath("GET", "/_kiln", says("kiln"));
    router_.addPath("GET", "/_kiln/watch", says("watch"));
    router_.addPath("POST", "/_kiln/watch", says("post watch"));
    router_.addPath("", "/v1/repos/", says("git"));
  }

  Response ask(const std::string& method, const std::string& path, const std::string& target = "") {
    Request request;
    request.method = method;
    request.path = path;
    if (!target.empty()) request.headers["x-amz-target"] = target;
    return router_.route(request);
  }

  Router router_;
};

TEST_F(RouterTest, TheTargetsPrefixNamesTheService) {
  EXPECT_EQ(ask("POST", "/", "CodeBuild_20161006.ListBuilds").body, "codebuild");
  EXPECT_EQ(ask("POST", "/", "CodeBuild_20161006").body, "codebuild");
  const auto unknown = ask("POST", "/", "CodeBuild_2016.ListBuilds");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.headers.at("x-amzn-errortype"), "UnknownOperationException");
}

TEST_F(RouterTest, TheLongestPrefixOfWholeSegmentsWins) {
  EXPECT_EQ(ask("GET", "/_kiln").body, "kiln");
  EXPECT_EQ(ask("GET", "/_kiln/health").body, "kiln");
  EXPECT_EQ(ask("GET", "/_kiln/watch").body, "watch");
  EXPECT_EQ(ask("GET", "/_kiln/watch/builds").body, "watch");
  EXPECT_EQ(ask("GET", "/_kiln/watcher").body, "kiln");
  EXPECT_EQ(ask("GET", "/_kilns").status, 404);
  EXPECT_EQ(ask("PUT", "/v1/repos/a/b").body, "git");
  EXPECT_EQ(ask("PUT", "/v1/repos").status, 404);
}

TEST_F(RouterTest, HeadIsAnsweredByGet) { EXPECT_EQ(ask("HEAD", "/_kiln/watch").body, "watch"); }

class ActionTest : public testing::Test {
 protected:
  ActionTest() {
    router_.addTarget("CodeBuild_20161006", says("codebuild"));
    router_.addPath("GET", "/_kiln", says("kiln"));
    router_.addAction("2011-06-15", [](Request& request) {
      return Response::text(200, "sts " + std::string(request.parameter("Action")) + " " +
                                     std::string(request.parameter("Name")));
    });
    router_.setFallback(
        [](Request& request) { return Response::text(200, "s3 " + request.path); },
        [](const Request& request) { return request.header("host").starts_with("bucket."); });
  }

  static Request form(std::string body) {
    Request request;
    request.method = "POST";
    request.path = "/";
    request.id = "id-1";
    request.headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8";
    request.body = std::move(body);
    return request;
  }
  Response ask(Request request) { return router_.route(request); }
  Response ask(const std::string& method, const std::string& path, Headers headers = {}) {
    Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    return router_.route(request);
  }

  Router router_;
};

TEST_F(ActionTest, TheFormsVersionNamesTheService) {
  EXPECT_EQ(ask(form("Action=AssumeRole&Version=2011-06-15&Name=a%2Fb+c")).body,
            "sts AssumeRole a/b c");
  Request query;
  query.method = "GET";
  query.path = "/";
  query.query = {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}};
  EXPECT_EQ(ask(query).body, "sts GetCallerIdentity ");
}

TEST_F(ActionTest, AnUnknownVersionIsAnInvalidActionInXml) {
  const auto unknown = ask(form("Action=Run%3Cx%3E%01&Version=2099-01-01"));
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.headers.at("content-type"), "text/xml");
  EXPECT_EQ(
      unknown.body,
      "<ErrorResponse>\n  <Error>\n    <Type>Sender</Type>\n    <Code>InvalidAction</Code>\n    "
      "<Message>Could not find operation Run&lt;x&gt;? for version 2099-01-01</Message>\n"
      "  </Error>\n  <RequestId>id-1</RequestId>\n</ErrorResponse>\n");
  for (const char* body : {"", "Version=2011-06-15", "x"}) {
    const auto missing = ask(form(body));
    EXPECT_EQ(missing.status, 400);
    EXPECT_NE(missing.body.find("<Code>MissingAction</Code>"), std::string::npos) << body;
  }
}

TEST_F(ActionTest, WhatNobodyHasGoesToTheFallback) {
  EXPECT_EQ(ask("GET", "/").body, "s3 /");
  EXPECT_EQ(ask("PUT", "/bucket/key").body, "s3 /bucket/key");
  EXPECT_EQ(ask("POST", "/", {{"content-type", "multipart/form-data"}}).body, "s3 /");
  EXPECT_EQ(ask("GET", "/_kilns").body, "s3 /_kilns");
  EXPECT_EQ(ask("GET", "/_kiln/x").body, "kiln");
  EXPECT_EQ(ask("PUT", "/_kiln/x").status, 405);
}

TEST_F(ActionTest, WhatTheFallbackClaimsIsItsOwnUnlessThereIsATarget) {
  EXPECT_EQ(ask("GET", "/_kiln/x", {{"host", "bucket.s3"}}).body, "s3 /_kiln/x");
  EXPECT_EQ(
      ask("POST", "/", {{"host", "bucket.s3"}, {"x-amz-target", "CodeBuild_20161006.A"}}).body,
      "codebuild");
  auto request = form("Action=AssumeRole&Version=2011-06-15");
  request.headers["host"] = "bucket.s3";
  EXPECT_EQ(ask(request).body, "s3 /");
}

TEST_F(ActionTest, OnlyBodiesOfJsonAndFormCallsAreReadWhole) {
  auto request = form("");
  EXPECT_TRUE(router_.readsWhole(request));
  request.headers["host"] = "bucket.s3";
  EXPECT_FALSE(router_.readsWhole(request));
  request.headers["x-amz-target"] = "A.B";
  EXPECT_TRUE(router_.readsWhole(request));
  request = form("");
  request.path = "/bucket";
  EXPECT_FALSE(router_.readsWhole(request));
  request = form("");
  request.method = "PUT";
  EXPECT_FALSE(router_.readsWhole(request));
}

TEST_F(RouterTest, ARefusedMethodIsToldWhatIsAllowed) {
  EXPECT_EQ(ask("POST", "/_kiln/watch").body, "post watch");
  const auto refused = ask("DELETE", "/_kiln/watch");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.at("allow"), "GET, POST");
}

}  // namespace
}  // namespace kiln::api
