#include "controller/engine/admission.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kiln::engine {
namespace {

BuildId build(const std::string& project, int number) {
  return {{"1", "r"}, project, "00000000-0000-4000-8000-" + std::to_string(100000000000 + number)};
}
TimePoint at(int ms) { return TimePoint(Millis(ms)); }

class AdmissionTest : public testing::Test {
 protected:
  std::vector<BuildId> woken_;
  Admission admission_{2, [this](const BuildId& id) { woken_.push_back(id); }};
};

TEST_F(AdmissionTest, BuildsAreAdmittedUpToTheCapacityAndTheOthersWait) {
  EXPECT_TRUE(admission_.request(build("p", 1), at(1)));
  EXPECT_TRUE(admission_.request(build("p", 2), at(2)));
  EXPECT_FALSE(admission_.request(build("p", 3), at(3)));
  EXPECT_EQ(admission_.running(), 2U);
  EXPECT_EQ(admission_.waiting(), 1U);
}

TEST_F(AdmissionTest, AskingAgainTakesNoSecondSlot) {
  EXPECT_TRUE(admission_.request(build("p", 1), at(1)));
  EXPECT_TRUE(admission_.request(build("p", 1), at(1)));
  EXPECT_EQ(admission_.running(), 1U);
}

TEST_F(AdmissionTest, AFreedSlotGoesToTheOldestOfTheProjectAndWakesIt) {
  for (int i = 1; i <= 4; ++i) (void)admission_.request(build("p", i), at(10 - i));
  admission_.release(build("p", 1));
  EXPECT_EQ(woken_, std::vector{build("p", 4)});
  EXPECT_TRUE(admission_.request(build("p", 4), at(6)));
  EXPECT_FALSE(admission_.request(build("p", 3), at(7)));
}

TEST_F(AdmissionTest, AProjectWithNothingRunningGoesBeforeTheOneThatFillsTheQueue) {
  for (int i = 1; i <= 4; ++i) (void)admission_.request(build("busy", i), at(i));
  EXPECT_FALSE(admission_.request(build("late", 9), at(100)));
  admission_.release(build("busy", 1));
  EXPECT_EQ(woken_, std::vector{build("late", 9)});
}

TEST_F(AdmissionTest, BuildsFoundRunningAtStartHoldTheirSlotsBeyondTheCapacity) {
  for (int i = 1; i <= 3; ++i) admission_.hold(build("p", i));
  EXPECT_FALSE(admission_.request(build("q", 4), at(1)));
  admission_.release(build("p", 1));
  EXPECT_TRUE(woken_.empty()) << "two still run";
  admission_.release(build("p", 2));
  EXPECT_EQ(woken_, std::vector{build("q", 4)});
}

TEST_F(AdmissionTest, AWaitingBuildThatIsStoppedLeavesTheQueue) {
  for (int i = 1; i <= 3; ++i) (void)admission_.request(build("p", i), at(i));
  admission_.release(build("p", 3));
  EXPECT_EQ(admission_.waiting(), 0U);
  admission_.release(build("p", 1));
  EXPECT_TRUE(woken_.empty());
}

TEST(AdmissionZeroTest, WithoutCapacityNothingIsAdmitted) {
  Admission admission(0, [](const BuildId&) { FAIL(); });
  EXPECT_FALSE(admission.request(build("p", 1), at(1)));
  admission.release(build("p", 1));
}

}  // namespace
}  // namespace kiln::engine
