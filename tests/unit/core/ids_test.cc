#include "controller/core/ids.h"

#include <gtest/gtest.h>

#include <set>

namespace kiln {
namespace {

const Scope kScope{"123456789012", "us-east-1"};
constexpr const char* kUuid = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";

TEST(IdsTest, ABuildIdAndItsArnParseToTheSameId) {
  const std::string name = std::string("proj:") + kUuid;
  const auto fromName = BuildId::parseIdOrArn(kScope, name);
  const auto fromArn =
      BuildId::parseIdOrArn(kScope, "arn:aws:codebuild:us-east-1:123456789012:build/" + name);
  ASSERT_TRUE(fromName && fromArn);
  EXPECT_EQ(*fromName, *fromArn);
  EXPECT_EQ(fromName->arn(), "arn:aws:codebuild:us-east-1:123456789012:build/" + name);
  EXPECT_EQ(BuildId::parseArn(fromName->arn()), fromName);
  EXPECT_EQ(BuildId::fromKey(fromName->key()), *fromName);
}

TEST(IdsTest, WhatIsNotABuildIdIsNotParsed) {
  for (const char* text :
       {"", ":", "proj", "proj:", "proj:123", ":0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "proj:0A1B2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D", "a/b:0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "proj:0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4", "proj:0a1b2c3d+4e5f-4a6b-8c7d-9e0f1a2b3c4d"}) {
    EXPECT_FALSE(BuildId::parse(kScope, text)) << text;
  }
}

TEST(IdsTest, AnArnOfAnotherRegionIsNotOurs) {
  const std::string arn =
      std::string("arn:aws:codebuild:eu-west-1:123456789012:build/proj:") + kUuid;
  EXPECT_FALSE(BuildId::parseIdOrArn(kScope, arn));
  const auto anywhere = BuildId::parseArn(arn);
  ASSERT_TRUE(anywhere);
  EXPECT_EQ(anywhere->scope.region, "eu-west-1");
}

TEST(IdsTest, WhatIsNotAnArnOfABuildIsNotParsed) {
  for (const char* text : {"", "arn:aws:codebuild:", "arn:aws:codebuild:r", "arn:aws:codebuild:r:a",
                           "arn:aws:s3:::b", "arn:aws:codebuild:r:a:project/p"}) {
    EXPECT_FALSE(BuildId::parseArn(text)) << text;
  }
}

TEST(IdsTest, FreshUuidsAreVersionFourAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto uuid = newUuid();
    ASSERT_TRUE(isUuid(uuid)) << uuid;
    EXPECT_EQ(uuid[14], '4');
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(IdsTest, TheSameNameHasTheSameUuidAlways) {
  EXPECT_EQ(nameUuid("a"), nameUuid("a"));
  EXPECT_NE(nameUuid("a"), nameUuid("b"));
  EXPECT_TRUE(isUuid(nameUuid("a")));
  EXPECT_EQ(nameUuid("a")[14], '5');
}

}  // namespace
}  // namespace kiln
