// Groups, streams and events in a real store: order, windows, figures, deletion, retention.
#include "tests/unit/logs/logs_fixture.h"

namespace kiln::store {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kDay = 24LL * 3'600'000;

EventWindow between(std::int64_t from, std::int64_t before) { return {{from, 0}, {before, 0}}; }

TEST_F(LogsTest, EventsPutOutOfOrderAreReadInOrderTiesAsTheyCameIn) {
  ASSERT_TRUE(append({{50, "e"}, {60, "f"}}).ok());
  ASSERT_TRUE(append({{10, "a"}, {50, "e2"}, {100'000, "z"}}).ok());
  ASSERT_TRUE(append({{50, "e3"}, {20, "b"}}).ok());
  EXPECT_THAT(messages(), ElementsAre("a", "b", "e", "e2", "e3", "f", "z"));
  EXPECT_THAT(messages({}, Order::kDescending), ElementsAre("z", "f", "e3", "e2", "e", "b", "a"));
}

TEST_F(LogsTest, AWindowTakesItsBeginAndLeavesItsEnd) {
  ASSERT_TRUE(append({{10, "a"}, {20, "b"}, {30, "c"}, {90'000, "d"}, {kDay, "x"}}).ok());
  EXPECT_THAT(messages(between(20, 90'000)), ElementsAre("b", "c"));
  EXPECT_THAT(messages(between(20, 90'001), Order::kDescending), ElementsAre("d", "c", "b"));
  EXPECT_THAT(messages(between(31, 80'000)), ElementsAre());
  EXPECT_THAT(messages(between(50, 50)), ElementsAre());
  EXPECT_THAT(messages({{20, 1}, {30, 3}}), ElementsAre("b", "c"));
  EXPECT_THAT(messages({{20, 2}, {30, 2}}), ElementsAre());
}

TEST_F(LogsTest, WhatWasAppendedIsThereAfterTheStoreIsOpenedAgain) {
  ASSERT_TRUE(append({{10, "a"}}).ok());
  ASSERT_TRUE(append({{5, "b"}}, "s/t/u").ok());
  open();
  EXPECT_THAT(messages(), ElementsAre("a"));
  EXPECT_EQ(read({}, Order::kAscending, "s/t/u").size(), 1U);
}

TEST_F(LogsTest, TheFiguresOfStreamAndGroupAreKeptWithEveryAppend) {
  ASSERT_TRUE(append({{30, "abc"}}).ok());
  clock_.advance(Millis(5));
  ASSERT_TRUE(append({{10, "a"}, {20, "b"}}).ok());
  ASSERT_TRUE(append({{99, "other"}}, "t").ok());
  const auto f = figures();
  EXPECT_EQ(f.firstEvent, 10);
  EXPECT_EQ(f.lastEvent, 30);
  EXPECT_EQ(f.lastIngestion, now());
  EXPECT_EQ(f.nextSequence, 3U);
  EXPECT_EQ(*catalog_->storedBytes(group()), 5 + 5 + 4 * kEventOverhead);
}

TEST_F(LogsTest, StreamsAreListedByNameAndByTheTimeOfTheirLastEvent) {
  ASSERT_TRUE(append({{30, "x"}}, "b").ok());
  ASSERT_TRUE(append({{10, "x"}}, "c").ok());
  ASSERT_TRUE(append({{20, "x"}}, "a").ok());
  ASSERT_TRUE(append({{40, "x"}}, "c").ok());
  ASSERT_TRUE(catalog_->createStream(group(), "empty").ok());
  const auto byName = catalog_->listStreams(group(), "", "", 10, Order::kAscending);
  EXPECT_THAT(byName->names, ElementsAre("a", "b", "c", "empty"));
  auto page = catalog_->listStreamsByTime(group(), "", 3, Order::kDescending);
  EXPECT_THAT(page->names, ElementsAre("c", "b", "a"));
  page = catalog_->listStreamsByTime(group(), page->next, 3, Order::kDescending);
  EXPECT_THAT(page->names, ElementsAre("empty"));
  EXPECT_EQ(page->next, "");
}

TEST_F(LogsTest, AGroupOrStreamThatIsThereIsNotMadeAgain) {
  ASSERT_TRUE(createGroup("g").ok());
  EXPECT_EQ(createGroup("g").error().code, Code::kAlreadyExists);
  ASSERT_TRUE(catalog_->createStream(group(), "s").ok());
  EXPECT_EQ(catalog_->createStream(group(), "s").error().code, Code::kAlreadyExists);
}

TEST_F(LogsTest, ADeletedStreamIsGoneAtOnceAndOneOfItsNameBeginsEmpty) {
  std::vector<LogEvent> many;
  for (int i = 0; i < 40'000; ++i) many.push_back({i * 10, std::string(50, 'm')});
  ASSERT_TRUE(append(many).ok());
  const auto old = stream();
  ASSERT_TRUE(catalog_->removeStream(group(), "s").ok());
  EXPECT_FALSE(catalog_->findStream(group(), "s")->has_value());
  EXPECT_EQ(*catalog_->storedBytes(group()), 0U);
  EXPECT_EQ(log_->append(old, {{1, "late"}}).error().code, Code::kNotFound);
  ASSERT_TRUE(append({{1, "new"}}).ok());
  open();  // a crash before anything was cleared
  EXPECT_THAT(messages(), ElementsAre("new"));
  EXPECT_GT(left(old.data()), 0U);
  ASSERT_TRUE(cleaner_->clear().ok());
  EXPECT_EQ(left(old.data()), 0U);
  EXPECT_THAT(messages(), ElementsAre("new"));
}

TEST_F(LogsTest, ADeletedGroupGoesWithAllItsStreamsAndOneOfItsNameBeginsEmpty) {
  for (int i = 0; i < 120; ++i) {
    ASSERT_TRUE(append({{i, "x"}}, "s" + std::to_string(i)).ok());
  }
  const auto old = stream("s7");
  const auto oldGroup = group();
  ASSERT_TRUE(catalog_->removeGroup(scope_, "g").ok());
  EXPECT_EQ(catalog_->removeGroup(scope_, "g").error().code, Code::kNotFound);
  EXPECT_EQ(log_->append(old, {{1, "late"}}).error().code, Code::kNotFound);
  EXPECT_EQ(catalog_->createStream(oldGroup, "late").error().code, Code::kNotFound);
  ASSERT_TRUE(createGroup("g").ok());
  EXPECT_FALSE(catalog_->findStream(group(), "s7")->has_value());
  EXPECT_EQ(log_->append(old, {{1, "late"}}).error().code, Code::kNotFound);
  ASSERT_TRUE(cleaner_->clear().ok());
  EXPECT_EQ(left(old.data()) + left(oldGroup.data()), 0U);
  EXPECT_TRUE(store_->scanIndex(kLogGarbageIndex, "", 10, Order::kAscending)->entries.empty());
  EXPECT_FALSE((*store_->find(old.key())).has_value());
}

TEST_F(LogsTest, AProtectedGroupIsNotDeleted) {
  ASSERT_TRUE(createGroup("g").ok());
  ASSERT_TRUE(catalog_
                  ->changeGroup(scope_, "g",
                                [](LogGroup& group) {
                                  group.deletionProtected = true;
                                  return okStatus();
                                })
                  .ok());
  EXPECT_EQ(catalog_->removeGroup(scope_, "g").error().code, Code::kFailedPrecondition);
}

TEST_F(LogsTest, WhatHasExpiredIsNotShownAndIsRemovedByTheNextTrim) {
  const auto t = now();
  ASSERT_TRUE(append({{t - 5 * kDay, "old"}, {t - 5 * kDay + 1, "old2"}}).ok());
  ASSERT_TRUE(
      append({{t - 2 * kDay, "edge"}, {t - kDay - 1, "mixed"}, {t - kDay + 7, "young"}}).ok());
  keepDays("g", 1);
  EXPECT_THAT(messages(), ElementsAre("young"));
  EXPECT_EQ(figures().firstEvent, t - 5 * kDay);
  ASSERT_TRUE(cleaner_->trim(clock_.now()).ok());
  EXPECT_THAT(messages(), ElementsAre("young"));
  EXPECT_EQ(figures().firstEvent, t - kDay + 7);
  EXPECT_LT(*catalog_->storedBytes(group()), 4 * (kEventOverhead + 5));
  clock_.advance(Minutes(24 * 60 * 3));
  EXPECT_THAT(messages(), ElementsAre());
  ASSERT_TRUE(cleaner_->trim(clock_.now()).ok());
  EXPECT_EQ(figures().firstEvent, std::nullopt);
  EXPECT_EQ(*catalog_->storedBytes(group()), 0U);
  EXPECT_EQ(left(stream().data()), 1U);  // its figures
}

TEST_F(LogsTest, AGroupWithoutRetentionIsNeverTrimmed) {
  ASSERT_TRUE(append({{1, "ancient"}}).ok());
  ASSERT_TRUE(cleaner_->trim(clock_.now()).ok());
  EXPECT_THAT(messages(), ElementsAre("ancient"));
}

TEST_F(LogsTest, AFollowerIsToldWhatIsAppendedWhileItStays) {
  std::vector<std::string> heard;
  auto seat = log_->follow([&](const LiveEvents& live) {
    for (const auto& event : live.events) heard.push_back(live.stream.name + ":" + event.message);
  });
  ASSERT_TRUE(append({{2, "b"}, {1, "a"}}).ok());
  seat.reset();
  ASSERT_TRUE(append({{3, "c"}}).ok());
  EXPECT_THAT(heard, ElementsAre("s:a", "s:b"));
}

TEST_F(LogsTest, ATimeBefore1970IsRefused) {
  EXPECT_EQ(append({{-1, "x"}}).error().code, Code::kInvalidArgument);
}

TEST_F(LogsTest, AppendsLeaveTheChangeFeedAlone) {
  ASSERT_TRUE(append({{1, "a"}}).ok());
  const auto version = store_->version();
  ASSERT_TRUE(append({{2, "b"}}).ok());
  EXPECT_TRUE(store_->readFeed(version, 10)->empty());
}

}  // namespace
}  // namespace kiln::store
