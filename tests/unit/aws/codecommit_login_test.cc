// CodeCommit's login. The passwords are what `aws codecommit credential-helper get` (awscli 2.9.19) answered at this time.
#include "runtime/aws/codecommit_login.h"

#include <gtest/gtest.h>

namespace kiln::runtime {
namespace {

const AwsCredentials kExample{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const TimePoint kLeapDay = fromUnixMillis(1'709'210'096'789);  // 2024-02-29T12:34:56.789Z

TEST(CodecommitLogin, IsTheOneOfTheAwsCli) {
  const auto login =
      codecommitLogin(kExample, "eu-west-1", "git-codecommit.eu-west-1.amazonaws.com",
                      "/v1/repos/my-app", kLeapDay);
  EXPECT_EQ(login.user, "AKIDEXAMPLE");
  EXPECT_EQ(login.password,
            "20240229T123456Z58bd61ab4511473755096798a3e5fb4cc6f3aefa75bf5e86f641b54332cb4cb1");
}

TEST(CodecommitLogin, CarriesTheSessionTokenAndSignsNoPort) {
  auto temporary = kExample;
  temporary.sessionToken = "token/1==";
  const auto login =
      codecommitLogin(temporary, "us-west-2", "127.0.0.1:4599", "/v1/repos/my-app", kLeapDay);
  EXPECT_EQ(login.user, "AKIDEXAMPLE%token/1==");
  EXPECT_EQ(login.password,
            "20240229T123456Z21025a5e63dbd08da91bb4fe21b984ffc1947b217e498a7e758944f024dde661");
}

TEST(CodecommitLogin, TheRegionIsInAmazonsNamesOnly) {
  const std::vector<std::pair<std::string, std::optional<std::string>>> rows = {
      {"git-codecommit.us-east-1.amazonaws.com", "us-east-1"},
      {"git-codecommit.us-east-1.amazonaws.com:443", "us-east-1"},
      {"git-codecommit-fips.ca-central-1.amazonaws.com", "ca-central-1"},
      {"git-codecommit.cn-north-1.amazonaws.com.cn", "cn-north-1"},
      {"vpce-0123-abc.git-codecommit.eu-west-1.vpce.amazonaws.com", "eu-west-1"},
      {"git-codecommit.us-east-1.amazonaws.com.evil.org", std::nullopt},
      {"git-codecommit..amazonaws.com", std::nullopt},
      {"vpce-0123.example.org", std::nullopt},
      {"github.com", std::nullopt},
  };
  for (const auto& [host, region] : rows) EXPECT_EQ(codecommitRegion(host), region) << host;
}

}  // namespace
}  // namespace kiln::runtime
