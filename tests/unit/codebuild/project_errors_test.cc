#include "tests/unit/codebuild/codebuild_fixture.h"

namespace kiln::api {
namespace {

struct Row {
  const char* what;
  const char* changes;  // JSON merge patch over projectInput()
  std::string message;  // of the InvalidInputException
};

class ProjectErrorTest : public CodebuildTest {
 protected:
  void expectRefused(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      json input = projectInput();
      input.merge_patch(json::parse(row.changes));
      EXPECT_EQ(refused("CreateProject", input), "InvalidInputException: " + row.message)
          << row.what;
    }
  }
  void expectTaken(const std::vector<const char*>& changes) {
    int number = 0;
    for (const char* change : changes) {
      json input = projectInput("ok" + std::to_string(++number));
      input.merge_patch(json::parse(change));
      EXPECT_EQ(answer("CreateProject", input).status, 200)
          << change << answer("CreateProject", input).body;
    }
  }
};

TEST_F(ProjectErrorTest, Sources) {
  const std::string github =
      "Invalid project source: source location must be a valid GitHub repository URL";
  expectRefused({
      {"no location", R"({"source":{"type":"GITHUB","buildspec":null}})",
       "Project source location is required"},
      {"empty location", R"({"source":{"type":"S3","location":""}})",
       "Project source location is required"},
      {"not GitHub", R"({"source":{"type":"GITHUB","location":"https://example.com/o/r"}})",
       github},
      {"ssh", R"({"source":{"type":"GITHUB","location":"git@github.com:o/r.git"}})", github},
      {"no repository", R"({"source":{"type":"GITHUB","location":"https://github.com/o"}})",
       github},
      {"lookalike", R"({"source":{"type":"GITHUB","location":"https://github.com.evil/o/r"}})",
       github},
      {"folder with version",
       R"({"source":{"type":"S3","location":"b/folder/"},"sourceVersion":"v"})",
       "Source version should be empty for S3 folder source location"},
      {"only a bucket", R"({"source":{"type":"S3","location":"b/"}})",
       "Invalid project source: source location must be a valid S3 location"},
      {"pipeline source only", R"({"source":{"type":"CODEPIPELINE"}})",
       "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: "
       "CODEPIPELINE"},
      {"pipeline artifacts only", R"({"artifacts":{"type":"CODEPIPELINE"}})",
       "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: "
       "CODEPIPELINE"},
      {"buildspec is a path", R"({"source":{"buildspec":"buildspec.yml"}})",
       "Invalid input: buildspec must be a valid YAML file"},
      {"buildspec is broken", R"({"source":{"buildspec":"version: 0.2\n  phases: ["}})",
       "Invalid input: buildspec must be a valid YAML file"},
      {"no buildspec", R"({"source":{"buildspec":null}})",
       "Invalid project source: the field 'buildspec' is required when source is of type "
       "NO_SOURCE"},
      {"status on S3", R"({"source":{"type":"S3","location":"b/k.zip","reportBuildStatus":true}})",
       "Invalid project source: reportBuildStatus is not supported for source type S3"},
      {"secondary twice",
       R"({"secondarySources":[{"type":"S3","location":"b/k","sourceIdentifier":"a"},
                               {"type":"S3","location":"b/k","sourceIdentifier":"a"}]})",
       "Invalid secondary source: sourceIdentifier a is not unique"},
      {"secondary without identifier", R"({"secondarySources":[{"type":"S3","location":"b/k"}]})",
       "Invalid secondary source: sourceIdentifier is required and may only contain alphanumeric "
       "characters and "
       "underscores"},
      {"version of no source",
       R"({"secondarySourceVersions":[{"sourceIdentifier":"a","sourceVersion":"1"}]})",
       "Invalid secondary source version: no secondary source has the identifier a"},
  });
}

TEST_F(ProjectErrorTest, Artifacts) {
  expectRefused({
      {"location", R"({"artifacts":{"location":"b"}})",
       "Invalid artifacts: artifact type NO_ARTIFACTS should have null location"},
      {"name", R"({"artifacts":{"name":"n"}})",
       "Invalid artifacts: artifact type NO_ARTIFACTS should have null output name"},
      {"S3 without bucket", R"({"artifacts":{"type":"S3"}})",
       "Invalid artifacts: artifact type S3 should have a location"},
      {"encryption on none", R"({"artifacts":{"encryptionDisabled":true}})",
       "Invalid artifacts: encryptionDisabled is not supported for artifact type NO_ARTIFACTS"},
      {"secondary twice",
       R"({"secondaryArtifacts":[{"type":"S3","location":"b","artifactIdentifier":"a"},
                                 {"type":"S3","location":"b","artifactIdentifier":"a"}]})",
       "Invalid secondary artifacts: artifactIdentifier a is not unique"},
  });
}

TEST_F(ProjectErrorTest, Environment) {
  const std::string curated = "AWS CodeBuild curated image aws/codebuild/";
  expectRefused({
      {"arm image on x86",
       R"({"environment":{"image":"aws/codebuild/amazonlinux-aarch64-standard:3.0"}})",
       curated +
           "amazonlinux-aarch64-standard:3.0 is not supported for projects with environment type "
           "LINUX_CONTAINER and compute type BUILD_GENERAL1_SMALL"},
      {"x86 image on arm", R"({"environment":{"type":"ARM_CONTAINER"}})",
       curated + "standard:7.0 is not supported for projects with environment type ARM_CONTAINER "
                 "and compute "
                 "type BUILD_GENERAL1_SMALL"},
      {"lambda compute on a container",
       R"({"environment":{"image":"alpine","computeType":"BUILD_LAMBDA_1GB"}})",
       "Invalid compute type provided: BUILD_LAMBDA_1GB"},
      {"role for curated", R"({"environment":{"imagePullCredentialsType":"SERVICE_ROLE"}})",
       "Invalid environment: imagePullCredentialsType must be CODEBUILD for the " + curated +
           "standard:7.0"},
      {"registry without role",
       R"({"environment":{"image":"i","registryCredential":{"credential":"c","credentialProvider":"SECRETS_MANAGER"}}})",
       "Invalid environment: registryCredential requires imagePullCredentialsType SERVICE_ROLE"},
      {"variable twice",
       R"({"environment":{"environmentVariables":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}})",
       "Invalid environment: environment variable A is not unique"},
      {"privileged lambda",
       R"({"environment":{"type":"LINUX_LAMBDA_CONTAINER","image":"i","computeType":"BUILD_LAMBDA_1GB","privilegedMode":true}})",
       "Invalid input: privilegedMode is not supported for environment type "
       "LINUX_LAMBDA_CONTAINER"},
  });
}

TEST_F(ProjectErrorTest, RolesTagsAndTheRest) {
  expectRefused({
      {"no ARN", R"({"serviceRole":"r"})", "Invalid service role"},
      {"a user", R"({"serviceRole":"arn:aws:iam::000000000000:user/r"})", "Invalid service role"},
      {"no name", R"({"serviceRole":"arn:aws:iam::000000000000:role/"})", "Invalid service role"},
      {"short account", R"({"serviceRole":"arn:aws:iam::123:role/r"})", "Invalid service role"},
      {"another account", R"({"serviceRole":"arn:aws:iam::123456789012:role/r"})",
       "Invalid service role: Service role account ID does not match caller's account"},
      {"tag twice", R"({"tags":[{"key":"a","value":"1"},{"key":"a","value":"2"}]})",
       "Invalid tags: duplicate key a"},
      {"tag without key", R"({"tags":[{"value":"1"}]})", "Invalid tags: every tag needs a key"},
      {"reserved tag", R"({"tags":[{"key":"aws:x","value":"1"}]})",
       "Invalid tags: the prefix aws: is reserved"},
      {"cache without place", R"({"cache":{"type":"S3"}})",
       "Invalid cache: location is required for cache type S3"},
      {"cache without modes", R"({"cache":{"type":"LOCAL"}})",
       "Invalid cache: modes are required for cache type LOCAL"},
      {"logs without place", R"({"logsConfig":{"s3Logs":{"status":"ENABLED"}}})",
       "Invalid logsConfig: s3Logs location is required when its status is ENABLED"},
      {"a group CloudWatch Logs refuses",
       R"({"logsConfig":{"cloudWatchLogs":{"status":"ENABLED","groupName":"a b*"}}})",
       "Invalid logsConfig: cloudWatchLogs groupName a b* may have letters, digits and _.-/#, 512 "
       "at "
       "most"},
      {"a stream CloudWatch Logs refuses",
       R"({"logsConfig":{"cloudWatchLogs":{"status":"ENABLED","streamName":"a:b"}}})",
       "Invalid logsConfig: cloudWatchLogs streamName a:b may have neither : nor *, and 475 "
       "characters "
       "at most"},
      {"a password in a location",
       R"({"source":{"type":"GITHUB_ENTERPRISE","location":"https://u:secret@git.example.com/r.git"}})",
       "Invalid project source: the location holds a password; give it with "
       "ImportSourceCredentials"},
      {"an S3 URL for a location", R"({"source":{"type":"S3","location":"s3://b/k.zip"}})",
       "Invalid project source: source location must be a valid S3 location"},
      {"a repository's name alone", R"({"source":{"type":"CODECOMMIT","location":"my-app"}})",
       "Invalid project source: source location must be a valid CodeCommit repository URL"},
      {"a repository of somebody else",
       R"({"source":{"type":"CODECOMMIT","location":"https://github.com/o/r"}})",
       "Invalid project source: source location must be a valid CodeCommit repository URL"},
      {"a query in a location",
       R"({"source":{"type":"GITHUB_ENTERPRISE","location":"https://git.example/r.git?token=s"}})",
       "Invalid project source: source location https://git.example/r.git has a query or a "
       "fragment behind it, which no repository URL has"},
      {"a path for a bucket", R"({"artifacts":{"type":"S3","location":"b/x"}})",
       "Invalid artifacts: artifact type S3 should have the name of a bucket as its location, not "
       "b/x"},
      {"no bucket for logs", R"({"logsConfig":{"s3Logs":{"status":"ENABLED","location":"/"}}})",
       "Invalid logsConfig: s3Logs location / must be the name of a bucket, and what goes before "
       "the logs' names behind a /"},
      {"a token in a location",
       R"({"source":{"type":"GITHUB","location":"https://ghp_0123456789@github.com/o/r"}})",
       "Invalid project source: the location holds a token; give it with ImportSourceCredentials"},
      {"half a vpc", R"({"vpcConfig":{"vpcId":"v"}})",
       "Invalid vpc config: vpcId, subnets and securityGroupIds are required"},
      {"no concurrency", R"({"concurrentBuildLimit":0})",
       "Invalid concurrentBuildLimit: it must be at least 1"},
      {"negative retries", R"({"autoRetryLimit":-1})",
       "Invalid autoRetryLimit: it must not be negative"},
      {"file system twice",
       R"({"fileSystemLocations":[{"type":"EFS","location":"l","mountPoint":"/m","identifier":"i"},
                                  {"type":"EFS","location":"l","mountPoint":"/n","identifier":"i"}]})",
       "Invalid file system location: identifier i is not unique"},
      {"badge on S3", R"({"badgeEnabled":true,"source":{"type":"S3","location":"b/k.zip"}})",
       "Invalid input: build badges are not supported for source type S3"},
  });
}

TEST_F(ProjectErrorTest, WhatAwsTakesIsTaken) {
  expectTaken({
      R"({"source":{"type":"GITHUB","location":"https://github.com/o/r.git","buildspec":null}})",
      R"({"source":{"type":"GITHUB","location":"https://user@github.com/o/r"}})",
      R"({"source":{"type":"GITHUB_ENTERPRISE","location":"https://git.example/o/r","reportBuildStatus":true}})",
      R"({"source":{"type":"GITHUB","location":"CODEBUILD_DEFAULT_WEBHOOK_SOURCE_LOCATION"}})",
      R"({"source":{"type":"S3","location":"arn:aws:s3:::b/k.zip"}})",
      R"({"source":{"type":"CODECOMMIT","location":"http://localhost:4599/v1/repos/r"}})",
      R"({"source":{"buildspec":"arn:aws:s3:::bucket/spec.yml"}})",
      R"({"source":{"buildspec":"{\"version\":0.2}"}})",
      R"({"source":{"type":"CODEPIPELINE"},"artifacts":{"type":"CODEPIPELINE"}})",
      R"({"artifacts":{"encryptionDisabled":false,"overrideArtifactName":false}})",
      R"({"environment":{"type":"ARM_CONTAINER","image":"aws/codebuild/amazonlinux-aarch64-standard:3.0"}})",
      R"({"environment":{"image":"alpine:3","imagePullCredentialsType":"SERVICE_ROLE"}})",
      R"({"serviceRole":"arn:aws-cn:iam::000000000000:role/a/b/c"})",
      R"({"cache":{"type":"LOCAL","modes":["LOCAL_SOURCE_CACHE"]}})",
      R"({"vpcConfig":{}})",
  });
}

}  // namespace
}  // namespace kiln::api
