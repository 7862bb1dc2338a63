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

TEST_F(RouterTest, ARefusedMethodIsToldWhatIsAllowed) {
  EXPECT_EQ(ask("POST", "/_kiln/watch").body, "post watch");
  const auto refused = ask("DELETE", "/_kiln/watch");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.at("allow"), "GET, POST");
}

}  // namespace
}  // namespace kiln::api
