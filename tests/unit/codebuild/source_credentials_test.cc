// Import, List and DeleteSourceCredentials, and what a project may ask of them.
#include "store/records/source_credential.h"
#include "tests/unit/codebuild/codebuild_fixture.h"

namespace kiln::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SourceCredentialsTest : public CodebuildTest {
 protected:
  static json given(const std::string& server, const std::string& auth, const std::string& token,
                    json more = json::object()) {
    json input = {{"serverType", server}, {"authType", auth}, {"token", token}};
    input.update(more);
    return input;
  }
  json import(const json& input) { return ok("ImportSourceCredentials", input).at("arn"); }
  json listed() { return ok("ListSourceCredentials", json::object()).at("sourceCredentialsInfos"); }
  store::SourceCredential kept(const std::string& server) {
    auto found = store_->find(store::sourceCredentialKey(scope_, server));
    return *store::toSourceCredential(**found);
  }
  std::string opened(const store::SourceCredential& credential) {
    auto text = (*vault_.forOpening())->open(store::sealedFor(credential), credential.sealedToken);
    return text.ok() ? *text : "error: " + text.error().message;
  }
};

const std::string kSecretArn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:s-abcdef";

TEST_F(SourceCredentialsTest, EachServerTypeHasOneAndNoTokenIsShown) {
  EXPECT_EQ(listed(), json::array());
  EXPECT_EQ(import(given("GITHUB", "PERSONAL_ACCESS_TOKEN", "hunter2")),
            "arn:aws:codebuild:eu-west-1:000000000000:token/github");
  EXPECT_EQ(import(given("BITBUCKET", "BASIC_AUTH", "hunter3", {{"username", "ann"}})),
            "arn:aws:codebuild:eu-west-1:000000000000:token/bitbucket");
  EXPECT_EQ(import(given("GITLAB_SELF_MANAGED", "SECRETS_MANAGER", kSecretArn)),
            "arn:aws:codebuild:eu-west-1:000000000000:token/gitlab_self_managed");
  const json expected = {
      {{"arn", "arn:aws:codebuild:eu-west-1:000000000000:token/bitbucket"},
       {"serverType", "BITBUCKET"},
       {"authType", "BASIC_AUTH"}},
      {{"arn", "arn:aws:codebuild:eu-west-1:000000000000:token/github"},
       {"serverType", "GITHUB"},
       {"authType", "PERSONAL_ACCESS_TOKEN"}},
      {{"arn", "arn:aws:codebuild:eu-west-1:000000000000:token/gitlab_self_managed"},
       {"serverType", "GITLAB_SELF_MANAGED"},
       {"authType", "SECRETS_MANAGER"},
       {"resource", kSecretArn}}};
  EXPECT_EQ(listed(), expected);
  scope_.region = "us-east-1";
  EXPECT_EQ(listed(), json::array());
}

TEST_F(SourceCredentialsTest, TheTokenIsSealedForItsCredential) {
  import(given("BITBUCKET", "BASIC_AUTH", "hunter2", {{ "username", "ann" }}));
  auto resource = store_->find(store::sourceCredentialKey(scope_, "BITBUCKET"));
  EXPECT_THAT((*resource)->spec, Not(HasSubstr("hunter2")));
  auto credential = kept("BITBUCKET");
  EXPECT_EQ(opened(credential), "hunter2");
  credential.username = "eve";
  EXPECT_THAT(opened(credential), HasSubstr("error"));
}

TEST_F(SourceCredentialsTest, AnotherOneReplacesItUnlessThatIsNotWanted) {
  import(given("GITHUB", "PERSONAL_ACCESS_TOKEN", "first"));
  EXPECT_EQ(refused("ImportSourceCredentials", given("GITHUB", "PERSONAL_ACCESS_TOKEN", "second",
                                                     {{"shouldOverwrite", false}})),
            "ResourceAlreadyExistsException: Source credentials for server type GITHUB already "
            "exist: arn:aws:codebuild:eu-west-1:000000000000:token/github");
  EXPECT_EQ(opened(kept("GITHUB")), "first");
  import(given("GITHUB", "PERSONAL_ACCESS_TOKEN", "second", {{ "shouldOverwrite", true }}));
  EXPECT_EQ(opened(kept("GITHUB")), "second");
  import(given("GITHUB", "PERSONAL_ACCESS_TOKEN", "third"));
  EXPECT_EQ(opened(kept("GITHUB")), "third");
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(SourceCredentialsTest, WhatCannotBeUsedIsRefused) {
  struct Row {
    json input;
    std::string why;
  };
  const std::string tokenAbsent = "Token is required";
  const std::vector<Row> rows = {
      {{{"serverType", "GITHUB"}, {"authType", "PERSONAL_ACCESS_TOKEN"}}, tokenAbsent},
      {given("GITHUB", "PERSONAL_ACCESS_TOKEN", ""), tokenAbsent},
      {given("GITHUB", "OAUTH", "t"), "OAUTH connection cannot be imported"},
      {given("GITHUB", "BASIC_AUTH", "t", {{"username", "u"}}),
       "BASIC_AUTH is not supported for server type GITHUB"},
      {given("BITBUCKET", "BASIC_AUTH", "t"), "Username is required"},
      {given("GITHUB", "PERSONAL_ACCESS_TOKEN", "t", {{"username", "u"}}), "Invalid username"},
      {given("GITHUB", "SECRETS_MANAGER", "my-secret"), "the ARN of a secret"},
      {given("GITHUB", "CODECONNECTIONS", kSecretArn), "a connection's ARN"},
      {given("GITEA", "PERSONAL_ACCESS_TOKEN", "hunter2"), "serverType"},
  };
  for (const Row& row : rows) {
    const auto said = refused("ImportSourceCredentials", row.input);
    EXPECT_THAT(said, testing::StartsWith("InvalidInputException: ")) << row.input;
    EXPECT_THAT(said, HasSubstr(row.why));
    EXPECT_THAT(said, Not(HasSubstr("hunter2")));
  }
  EXPECT_EQ(listed(), json::array());
}

TEST_F(SourceCredentialsTest, ADeletedOneIsGoneAndAnotherOneIsNotFound) {
  const json arn = import(given("GITLAB", "PERSONAL_ACCESS_TOKEN", "t"));
  EXPECT_EQ(ok("DeleteSourceCredentials", {{"arn", arn}}), json({{"arn", arn}}));
  EXPECT_EQ(listed(), json::array());
  for (const std::string& other :
       {arn.get<std::string>(),
        std::string("arn:aws:codebuild:us-east-1:000000000000:token/gitlab")}) {
    EXPECT_EQ(refused("DeleteSourceCredentials", {{"arn", other}}),
              "ResourceNotFoundException: Source credentials cannot be found: " + other);
  }
  for (const char* wrong : {"github", "arn:aws:codebuild:eu-west-1:000000000000:project/p",
                            "arn:aws:codebuild:eu-west-1:000000000000:token/",
                            "arn:aws:codebuild:eu-west-1:000000000000:token/GITHUB"})
    EXPECT_THAT(refused("DeleteSourceCredentials", {{"arn", wrong}}),
                HasSubstr("InvalidInputException: Invalid source credentials ARN"));
}

TEST_F(SourceCredentialsTest, AProjectThatWantsOAuthNeedsStoredOnes) {
  json input = projectInput();
  input["source"] = {
      {"type", "GITHUB"}, {"location", "https://github.com/o/r"}, {"auth", {{"type", "OAUTH"}}}};
  const std::string none =
      "InvalidInputException: No Access token found, please visit AWS CodeBuild console to "
      "connect to GitHub";
  EXPECT_EQ(refused("CreateProject", input), none);
  const json arn = import(given("GITHUB", "PERSONAL_ACCESS_TOKEN", "t"));
  create(input);
  ok("DeleteSourceCredentials", {{"arn", arn}});
  EXPECT_EQ(refused("UpdateProject", input), none);
  ok("UpdateProject", {{"name", "pp"}, {"description", "new"}});
  input["source"]["auth"] = {{"type", "SECRETS_MANAGER"}};
  EXPECT_THAT(refused("UpdateProject", input), HasSubstr("'auth.resource' is required"));
  input["source"]["auth"]["resource"] = "my-secret";
  ok("UpdateProject", input);
  EXPECT_EQ(stored(start().at("id")).spec.sources.at(0).authResource, "my-secret");
}

}  // namespace
}  // namespace kiln::api
