#include "runtime/images/compute.h"

#include <gtest/gtest.h>

namespace kiln::runtime {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

EngineInfo engine(int cpus, std::int64_t memory, const std::string& architecture = "x86_64") {
  EngineInfo info;
  info.architecture = architecture;
  info.operatingSystem = "linux";
  info.cpus = cpus;
  info.memoryBytes = memory;
  return info;
}

TEST(ComputeTest, ALargeEnoughMachineGivesWhatAwsGivesWithoutANotice) {
  struct Row {
    const char* environment;
    const char* compute;
    std::int64_t gib;
    std::int64_t cpus;
    const char* architecture;
  };
  for (const auto& row : {Row{"LINUX_CONTAINER", "BUILD_GENERAL1_SMALL", 4, 2, "x86_64"},
                          Row{"LINUX_CONTAINER", "BUILD_GENERAL1_MEDIUM", 8, 4, "x86_64"},
                          Row{"LINUX_CONTAINER", "BUILD_GENERAL1_LARGE", 16, 8, "x86_64"},
                          Row{"LINUX_CONTAINER", "BUILD_GENERAL1_XLARGE", 72, 36, "x86_64"},
                          Row{"LINUX_CONTAINER", "BUILD_GENERAL1_2XLARGE", 144, 72, "x86_64"},
                          Row{"ARM_CONTAINER", "BUILD_GENERAL1_SMALL", 4, 2, "aarch64"},
                          Row{"ARM_CONTAINER", "BUILD_GENERAL1_XLARGE", 64, 32, "aarch64"},
                          Row{"ARM_CONTAINER", "BUILD_GENERAL1_2XLARGE", 96, 48, "aarch64"}}) {
    auto limits =
        computeFor(row.environment, row.compute, engine(128, 512 * kGiB, row.architecture));
    ASSERT_TRUE(limits.ok()) << row.environment << row.compute;
    EXPECT_EQ(limits->memoryBytes, row.gib * kGiB) << row.compute;
    EXPECT_EQ(limits->nanoCpus, row.cpus * 1'000'000'000) << row.compute;
    EXPECT_EQ(limits->notice, "") << row.compute;
  }
}

TEST(ComputeTest, ASmallerMachineIsTheLimitAndTheLogSaysSo) {
  auto limits =
      computeFor("LINUX_CONTAINER", "BUILD_GENERAL1_LARGE", engine(1, 12 * kGiB + kGiB / 2));
  ASSERT_TRUE(limits.ok());
  EXPECT_EQ(limits->memoryBytes, 12 * kGiB + kGiB / 2);
  EXPECT_EQ(limits->nanoCpus, 1'000'000'000);
  EXPECT_EQ(limits->notice,
            "BUILD_GENERAL1_LARGE is 16 GiB and 8 vCPUs; this build is limited to the 12.5 GiB and "
            "1 vCPU that the "
            "container engine has");
}

TEST(ComputeTest, AnEngineThatDoesNotSayWhatItHasSetsNoLimit) {
  auto limits = computeFor("LINUX_CONTAINER", "BUILD_GENERAL1_SMALL", engine(0, 0));
  ASSERT_TRUE(limits.ok());
  EXPECT_EQ(limits->memoryBytes, 0);
  EXPECT_EQ(limits->nanoCpus, 0);
}

TEST(ComputeTest, WhatCannotRunHereIsRefusedWithTheReason) {
  struct Row {
    const char* environment;
    const char* reason;
  };
  for (const auto& row :
       {Row{"ARM_CONTAINER", "not ARM"}, Row{"ARM_EC2", "not ARM"},
        Row{"LINUX_GPU_CONTAINER", "no GPU"}, Row{"WINDOWS_CONTAINER", "Windows machine"},
        Row{"WINDOWS_SERVER_2019_CONTAINER", "Windows machine"},
        Row{"WINDOWS_SERVER_2022_CONTAINER", "Windows machine"},
        Row{"WINDOWS_EC2", "Windows machine"}, Row{"MAC_ARM", "a Mac"},
        Row{"LINUX_LAMBDA_CONTAINER", "AWS Lambda"}, Row{"ARM_LAMBDA_CONTAINER", "AWS Lambda"},
        Row{"AMIGA_CONTAINER", "does not know it"}}) {
    auto limits = computeFor(row.environment, "BUILD_GENERAL1_SMALL", engine(8, 32 * kGiB));
    ASSERT_FALSE(limits.ok()) << row.environment;
    EXPECT_EQ(limits.error().statusCode, "CLIENT_ERROR");
    EXPECT_NE(limits.error().message.find(row.reason), std::string::npos) << limits.error().message;
    EXPECT_NE(limits.error().message.find(row.environment), std::string::npos);
  }
}

TEST(ComputeTest, AWindowsEngineRunsNoLinuxBuild) {
  auto windows = engine(8, 32 * kGiB);
  windows.operatingSystem = "windows";
  EXPECT_FALSE(computeFor("LINUX_CONTAINER", "BUILD_GENERAL1_SMALL", windows).ok());
}

TEST(ComputeTest, AComputeTypeOfAnotherEnvironmentIsRefused) {
  auto limits = computeFor("LINUX_CONTAINER", "BUILD_LAMBDA_1GB", engine(8, 32 * kGiB));
  ASSERT_FALSE(limits.ok());
  EXPECT_NE(limits.error().message.find("BUILD_LAMBDA_1GB"), std::string::npos);
}

TEST(ComputeTest, WhatRunsDifferentlyFromAwsHasANotice) {
  EXPECT_NE(computeFor("LINUX_EC2", "BUILD_GENERAL1_SMALL", engine(8, 32 * kGiB))
                ->notice.find("runs as a container"),
            std::string::npos);
  auto open = computeFor("LINUX_CONTAINER", "ATTRIBUTE_BASED_COMPUTE", engine(8, 32 * kGiB));
  EXPECT_EQ(open->memoryBytes, 0);
  EXPECT_FALSE(open->notice.empty());
  auto emulated =
      computeFor("LINUX_CONTAINER", "BUILD_GENERAL1_SMALL", engine(8, 32 * kGiB, "aarch64"));
  EXPECT_NE(emulated->notice.find("emulates"), std::string::npos);
}

}  // namespace
}  // namespace kiln::runtime
