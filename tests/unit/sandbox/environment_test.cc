#include "runtime/sandbox/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/sandbox/build_for_plans.h"

namespace kiln::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const SandboxFacts kFacts{.endpointUrl = "http://172.17.0.1:4599", .logNotices = {}};

std::map<std::string, std::string> asMap(const std::vector<agent::NameValue>& variables) {
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : variables) EXPECT_TRUE(map.emplace(name, value).second) << name;
  return map;
}

std::map<std::string, std::string> environmentOf(const Build& build, const Buildspec& spec = {}) {
  return asMap(makeEnvironment(build, spec, kFacts).variables);
}

TEST(EnvironmentTest, ABuildGetsTheVariablesOfCodeBuild) {
  const std::map<std::string, std::string> expected = {
      {"AWS_CONTAINER_CREDENTIALS_FULL_URI",
       "http://127.0.0.1:7831/v2/credentials/0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"},
      {"AWS_DEFAULT_REGION", "eu-west-1"},
      {"AWS_ENDPOINT_URL", "http://172.17.0.1:4599"},
      {"AWS_EXECUTION_ENV", "AWS_ECS_EC2"},
      {"AWS_REGION", "eu-west-1"},
      {"CODEBUILD_AGENT_ENDPOINT", "http://127.0.0.1:7831"},
      {"CODEBUILD_BUILD_ARN",
       "arn:aws:codebuild:eu-west-1:123456789012:build/app:0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"},
      {"CODEBUILD_BUILD_ID", "app:0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"},
      {"CODEBUILD_BUILD_IMAGE", "aws/codebuild/standard:7.0"},
      {"CODEBUILD_BUILD_NUMBER", "7"},
      {"CODEBUILD_BUILD_SUCCEEDING", "1"},
      {"CODEBUILD_BUILD_URL",
       "https://eu-west-1.console.aws.amazon.com/codebuild/home?region=eu-west-1#/builds/"
       "app:0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d/view/new"},
      {"CODEBUILD_CI", "true"},
      {"CODEBUILD_CONTAINER_NAME", "default"},
      {"CODEBUILD_EXECUTION_ROLE_BUILD", ""},
      {"CODEBUILD_FE_REPORT_ENDPOINT", "http://172.17.0.1:4599"},
      {"CODEBUILD_GOPATH", "/codebuild/output/src169552957"},
      {"CODEBUILD_INITIATOR", "someone"},
      {"CODEBUILD_KMS_KEY_ID", "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3"},
      {"CODEBUILD_LAST_EXIT", "0"},
      {"CODEBUILD_LOG_PATH", "logs/0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"},
      {"CODEBUILD_PROJECT_ARN", "arn:aws:codebuild:eu-west-1:123456789012:project/app"},
      {"CODEBUILD_SRC_DIR", "/codebuild/output/src169552957/src"},
      {"CODEBUILD_START_TIME", "1764646834299"},
      {"GOPATH", "/go:/codebuild/output/src169552957"},
      {"HOME", "/root"},
      {"OLDPWD", "/codebuild/readonly"},
      {"PWD", "/codebuild/output/src169552957/src"},
  };
  auto variables = environmentOf(buildWith(kPlainBuildspec));
  EXPECT_TRUE(isUuid(variables.extract("CODEBUILD_AUTH_TOKEN").mapped()));
  EXPECT_TRUE(isUuid(variables.extract("CODEBUILD_PROJECT_UUID").mapped()));
  EXPECT_EQ(variables, expected);
}

TEST(EnvironmentTest, WhatTheBuildDoesNotHaveIsNotSet) {
  Build build = buildWith(kPlainBuildspec);
  build.spec.encryptionKey.clear();
  build.spec.logStream.clear();
  const auto bare = asMap(makeEnvironment(build, {}, {}).variables);
  EXPECT_FALSE(bare.contains("AWS_ENDPOINT_URL"));
  EXPECT_FALSE(bare.contains("CODEBUILD_FE_REPORT_ENDPOINT"));
  EXPECT_FALSE(bare.contains("CODEBUILD_SOURCE_VERSION"));
  EXPECT_FALSE(bare.contains("CODEBUILD_SOURCE_REPO_URL"));
  // An SDK would take it before the FULL_URI and ask an address where nobody answers.
  EXPECT_FALSE(bare.contains("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"));
  EXPECT_EQ(bare.at("CODEBUILD_KMS_KEY_ID"), "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3");
  EXPECT_EQ(bare.at("CODEBUILD_LOG_PATH"), build.id.uuid);
}

TEST(EnvironmentTest, SourceVersionLocationAndDirectoryComeFromTheBuild) {
  Build build = buildWith(kPlainBuildspec);
  build.spec.sourceVersion = "main";
  build.spec.sources = {{.identifier = "",
                         .type = "GITHUB",
                         .location = "https://example.com/r.git",
                         .version = "main"}};
  build.state.sourceDirectory = "/codebuild/output/src42/src";
  const auto variables = environmentOf(build);
  EXPECT_EQ(variables.at("CODEBUILD_SOURCE_VERSION"), "main");
  EXPECT_EQ(variables.at("CODEBUILD_SOURCE_REPO_URL"), "https://example.com/r.git");
  EXPECT_EQ(variables.at("CODEBUILD_SRC_DIR"), "/codebuild/output/src42/src");
  EXPECT_EQ(variables.at("CODEBUILD_GOPATH"), "/codebuild/output/src42");
}

TEST(EnvironmentTest, TheLocationOfAnS3SourceIsAUrlHoweverItWasGiven) {
  for (const std::string location : {"src/in/a.zip", "arn:aws:s3:::src/in/a.zip"}) {
    Build build = buildWith(kPlainBuildspec);
    build.spec.sources = {{.identifier = "", .type = "S3", .location = location, .version = ""},
                          {.identifier = "lib", .type = "S3", .location = location, .version = ""}};
    const auto variables = environmentOf(build);
    EXPECT_EQ(variables.at("CODEBUILD_SOURCE_REPO_URL"), "s3://src/in/a.zip");
    EXPECT_EQ(variables.at("CODEBUILD_SOURCE_REPO_URL_lib"), "s3://src/in/a.zip");
  }
}

TEST(EnvironmentTest, ProjectBeatsBuildspecBeatsTheService) {
  Build build = buildWith(kPlainBuildspec);
  build.spec.environmentVariables = {{"BOTH", "project"}, {"AWS_REGION", "us-west-2"}};
  Buildspec spec;
  spec.variables = {{"BOTH", "buildspec"}, {"ONLY", "$PATH:/x"}, {"HOME", "/home/me"}};
  const auto variables = environmentOf(build, spec);
  EXPECT_EQ(variables.at("BOTH"), "project");
  EXPECT_EQ(variables.at("ONLY"), "$PATH:/x");
  EXPECT_EQ(variables.at("HOME"), "/home/me");
  EXPECT_EQ(variables.at("AWS_REGION"), "us-west-2");
  EXPECT_EQ(variables.at("AWS_DEFAULT_REGION"), "eu-west-1");
}

TEST(EnvironmentTest, WhatAShellCannotHoldIsLeftOutAndSaid) {
  Build build = buildWith(kPlainBuildspec);
  build.spec.environmentVariables = {{"my-var", "1"},
                                     {"1ST", "1"},
                                     {"a b\nc", "1"},
                                     {"x;rm -rf /", "1"},
                                     {"CODEBUILD_SRC_DIR", "/tmp"},
                                     {"NUL", std::string("a\0b", 3)},
                                     {"CODEBUILD_MINE", "kept"},
                                     {"_ok9", "kept"}};
  const SandboxEnvironment environment = makeEnvironment(build, {}, kFacts);
  EXPECT_THAT(
      environment.notices,
      ElementsAre(
          "Skipping environment variable 'my-var': a shell cannot export a variable of that name",
          "Skipping environment variable '1ST': a shell cannot export a variable of that name",
          "Skipping environment variable 'a b?c': a shell cannot export a variable of that name",
          "Skipping environment variable 'x;rm -rf /': a shell cannot export a variable of that "
          "name",
          "Skipping environment variable 'CODEBUILD_SRC_DIR': the build service sets it",
          "Skipping environment variable 'NUL': its value holds a NUL character"));
  const auto variables = asMap(environment.variables);
  EXPECT_FALSE(variables.contains("my-var"));
  EXPECT_FALSE(variables.contains("NUL"));
  EXPECT_EQ(variables.at("CODEBUILD_SRC_DIR"), "/codebuild/output/src169552957/src");
  EXPECT_EQ(variables.at("CODEBUILD_MINE"), "kept");
  EXPECT_EQ(variables.at("_ok9"), "kept");
}

TEST(EnvironmentTest, LaterPhasesChangeOnlyWhatHasChanged) {
  Build build = buildWith(kPlainBuildspec);
  EXPECT_THAT(phaseEnvironment(build),
              ElementsAre(agent::NameValue{"CODEBUILD_BUILD_SUCCEEDING", "1"}));
  build.state.resolvedSourceVersion = "abc";
  build.state.phases.front().status = PhaseStatus::kFailed;
  EXPECT_THAT(phaseEnvironment(build),
              ElementsAre(agent::NameValue{"CODEBUILD_BUILD_SUCCEEDING", "0"},
                          agent::NameValue{"CODEBUILD_RESOLVED_SOURCE_VERSION", "abc"}));
}

TEST(EnvironmentTest, ParametersAndSecretsFailThePhase) {
  using Context = std::optional<PhaseContext>;
  const Context parameter = PhaseContext{
      "Decrypted Variables Error", "Kiln does not resolve parameter store variables yet: 'A'"};
  const Context secret = PhaseContext{"Secrets Manager Error",
                                      "Kiln does not resolve Secrets Manager variables yet: 'A'"};
  Build build = buildWith(kPlainBuildspec);
  EXPECT_EQ(unresolvedVariables(build, {}), std::nullopt);
  build.spec.environmentVariables = {{"A", "/x", EnvVarType::kParameterStore}};
  EXPECT_EQ(unresolvedVariables(build, {}), parameter);
  build.spec.environmentVariables = {{"A", "x", EnvVarType::kSecretsManager}};
  EXPECT_EQ(unresolvedVariables(build, {}), secret);

  build.spec.environmentVariables.clear();
  Buildspec stored;
  stored.parameterStore = {{"A", "/x"}};
  Buildspec kept;
  kept.secretsManager = {{"A", "x"}};
  EXPECT_EQ(unresolvedVariables(build, stored), parameter);
  EXPECT_EQ(unresolvedVariables(build, kept), secret);
  build.spec.environmentVariables = {{"A", "given"}};  // then nobody needs the reference
  EXPECT_EQ(unresolvedVariables(build, stored), std::nullopt);
  EXPECT_EQ(unresolvedVariables(build, kept), std::nullopt);
}

TEST(EnvironmentTest, CredentialsAreTheBuildsOwnAndAlwaysTheSame) {
  Build build = buildWith(kPlainBuildspec);
  const std::string text = credentialsDocument(build);
  EXPECT_EQ(credentialsDocument(build), text);
  const auto json = nlohmann::json::parse(text);
  std::set<std::string> members;
  for (const auto& [name, value] : json.items()) members.insert(name);
  EXPECT_EQ(members, (std::set<std::string>{"AccessKeyId", "Expiration", "RoleArn",
                                            "SecretAccessKey", "Token"}));
  EXPECT_EQ(json["RoleArn"], "arn:aws:iam::123456789012:role/builder");
  EXPECT_THAT(json["AccessKeyId"].get<std::string>(), testing::MatchesRegex("ASIA[0-9A-F]{16}"));
  EXPECT_EQ(json["SecretAccessKey"].get<std::string>().size(), 40u);
  // Started 2025-12-02T03:40:34Z, 480 minutes of queue, 60 of build, and an hour.
  EXPECT_EQ(json["Expiration"], "2025-12-02T13:40:34Z");

  Build other = build;
  other.id.uuid = newUuid();
  const auto theirs = nlohmann::json::parse(credentialsDocument(other));
  EXPECT_NE(theirs["AccessKeyId"], json["AccessKeyId"]);
  EXPECT_NE(theirs["SecretAccessKey"], json["SecretAccessKey"]);
  EXPECT_NE(theirs["Token"], json["Token"]);
}

TEST(EnvironmentTest, ABuildWithoutARoleInItsDocumentGetsOneOfItsAccount) {
  for (const char* document : {"", "{}", "[1]", "not json", R"({"serviceRole":1})"}) {
    Build build = buildWith(kPlainBuildspec);
    build.spec.document = document;
    EXPECT_EQ(nlohmann::json::parse(credentialsDocument(build))["RoleArn"],
              "arn:aws:iam::123456789012:role/kiln");
  }
}

}  // namespace
}  // namespace kiln::runtime
