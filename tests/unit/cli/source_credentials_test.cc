// What git sources are asked with: a source's own auth, stored credentials, and what secrets may say.
#include "controller/cli/source_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "controller/core/clock.h"
#include "store/rocks/rocks_store.h"

namespace kiln::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

config::Settings secretsThatAreAway() {
  config::Settings settings;
  settings.secretsmanager.endpoint = "http://127.0.0.1:1";
  return settings;
}

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "kiln-creds-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    store_ = *store::openRocksStore(
        {.directory = directory_ / "store", .feedWindow = 1000, .env = nullptr});
    vault_.emplace(directory_ / "secret.key", *store_);
    credentials_.emplace(*store_, *vault_, client_, endpoints_);
  }
  ~CredentialsTest() override {
    credentials_.reset();
    vault_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void keep(const std::string& server, const std::string& auth, const std::string& token,
            const std::string& user = "") {
    store::SourceCredential made{.scope = scope_,
                                 .serverType = server,
                                 .authType = auth,
                                 .username = user,
                                 .resource = {},
                                 .sealedToken = {}};
    if (auth == "CODECONNECTIONS" || auth == "SECRETS_MANAGER")
      made.resource = token;
    else
      made.sealedToken = *(*vault_->forSealing())->seal(store::sealedFor(made), token);
    auto done = store_->commit(store::Durability::kBuffered, [&](store::Txn& txn) {
      return txn.create(store::toResource(made));
    });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  // "user/secret", "none", "CODE: message" of a build's failure, "host: message".
  std::string found(const std::string& type, const std::string& auth = "",
                    const std::string& resource = "") {
    const runtime::SourceSpec spec{.identifier = {},
                                   .type = type,
                                   .location = "https://h/o/r",
                                   .version = "main",
                                   .authType = auth,
                                   .authResource = resource,
                                   .credentials = {}};
    auto got = credentials_->find(scope_, spec, {});
    if (got.ok()) return *got ? (*got)->user + "/" + (*got)->secret : "none";
    const auto& context = got.error().context;
    return context ? context->statusCode + ": " + context->message
                   : "host: " + got.error().error.message;
  }

  Scope scope_{"000000000000", "eu-west-1"};
  SystemClock clock_;
  config::Settings settings_ = secretsThatAreAway();
  runtime::AwsClient client_{clock_, {.attempts = 1}};
  runtime::Endpoints endpoints_{settings_, {}};
  std::filesystem::path directory_;
  std::unique_ptr<store::Store> store_;
  std::optional<store::Vault> vault_;
  std::optional<SourceCredentials> credentials_;
};

TEST_F(CredentialsTest, TheStoredOnesOfTheTypeAreTheDefault) {
  EXPECT_EQ(found("GITHUB"), "none");
  keep("GITHUB", "PERSONAL_ACCESS_TOKEN", "t1");
  keep("BITBUCKET", "BASIC_AUTH", "t2", "ann");
  EXPECT_EQ(found("GITHUB"), "/t1");
  EXPECT_EQ(found("GITHUB", "OAUTH"), "/t1");
  EXPECT_EQ(found("BITBUCKET"), "ann/t2");
  for (const char* other : {"GITHUB_ENTERPRISE", "GITLAB", "CODECOMMIT", "S3"})
    EXPECT_EQ(found(other), "none") << other;
  scope_.region = "us-east-1";
  EXPECT_EQ(found("GITHUB"), "none");
}

TEST_F(CredentialsTest, OnesThatAreNamedMustBeThereAndOfTheType) {
  keep("GITHUB", "PERSONAL_ACCESS_TOKEN", "t1");
  const std::string arn = "arn:aws:codebuild:eu-west-1:000000000000:token/";
  EXPECT_EQ(found("GITHUB", "OAUTH", arn + "github"), "/t1");
  EXPECT_EQ(found("GITHUB", "SECRETS_MANAGER", arn + "github"), "/t1");
  EXPECT_EQ(found("GITLAB", "OAUTH", arn + "gitlab"),
            "CLIENT_ERROR: authentication required: there are no source credentials " + arn +
                "gitlab for primary source and source version main");
  EXPECT_EQ(found("GITLAB", "OAUTH", arn + "github"),
            "CLIENT_ERROR: authorization failed: " + arn +
                "github is of server type GITHUB, not GITLAB for primary source and source "
                "version main");
}

TEST_F(CredentialsTest, AConnectionIsRefusedAndSecretsThatAreAwayAreNotTheBuildsFault) {
  keep("GITLAB", "CODECONNECTIONS", "arn:aws:codeconnections:r:a:connection/x");
  keep("GITHUB", "SECRETS_MANAGER", "arn:aws:secretsmanager:r:a:secret:s");
  EXPECT_THAT(found("GITLAB"), StartsWith("CLIENT_ERROR: authorization failed: Kiln has no "
                                          "CodeConnections and cannot use arn:aws:codeconn"));
  EXPECT_THAT(found("GITHUB"), StartsWith("host: GetSecretValue arn:aws:secretsmanager:r:a"));
  EXPECT_THAT(found("GITHUB", "SECRETS_MANAGER", "mine"), StartsWith("host: GetSecretValue mine"));
}

TEST_F(CredentialsTest, WithoutItsKeyATokenIsTheHostsTrouble) {
  keep("GITHUB", "PERSONAL_ACCESS_TOKEN", "hunter2");
  std::filesystem::remove(directory_ / "secret.key");
  vault_.emplace(directory_ / "secret.key", *store_);
  EXPECT_THAT(found("GITHUB"), HasSubstr("is missing"));
  EXPECT_THAT(found("GITHUB"), StartsWith("host: "));
}

TEST(CredentialsInSecret, HaveATokenAndWhatGoesWithIt) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"({"ServerType":"GITHUB","AuthType":"PERSONAL_ACCESS_TOKEN","Token":"t"})", "/t"},
      {R"({"Token":"t"})", "/t"},
      {R"({"AuthType":"BASIC_AUTH","Username":"u","Token":"t"})", "u/t"},
      {R"({"AuthType":"BASIC_AUTH","Token":"hunter2"})", "has no Username"},
      {R"({"AuthType":"SSH","Token":"hunter2"})", "has an AuthType other than"},
      {R"({"ServerType":"GITLAB","Token":"hunter2"})", "is not for server type GITHUB"},
      {R"({"token":"hunter2"})", "has no Token"},
      {R"({"Token":7})", "has no Token"},
      {"hunter2", "is no JSON object"},
      {R"(["hunter2"])", "is no JSON object"},
  };
  for (const auto& [text, expected] : rows) {
    auto got = credentialsInSecret(text, "GITHUB");
    const auto said = got.ok() ? got->user + "/" + got->secret : got.error().message;
    EXPECT_THAT(said, HasSubstr(expected)) << text;
    EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace kiln::cli
