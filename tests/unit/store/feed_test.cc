#include <atomic>
#include <set>
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace kiln::store {
namespace {

using FeedTest = StoreTest;
using IndexTest = StoreTest;
using OutboxTest = StoreTest;
using SubscribeTest = StoreTest;

TEST_F(FeedTest, TellsEachChangeWithTheObjectAsItWas) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  ASSERT_TRUE(update("a", Half::kStatus, [](Resource& r) { r.status = "later"; }).ok());
  ASSERT_TRUE(erase("a").ok());
  open();
  auto feed = store_->readFeed(0, 10);
  ASSERT_TRUE(feed.ok());
  ASSERT_EQ(feed->size(), 3u);
  EXPECT_EQ((*feed)[0].type, ChangeType::kAdded);
  EXPECT_EQ((*feed)[0].resource.status, R"({"seen":0})");
  EXPECT_EQ((*feed)[1].type, ChangeType::kModified);
  EXPECT_EQ((*feed)[1].resource.status, "later");
  EXPECT_EQ((*feed)[2].type, ChangeType::kDeleted);
  EXPECT_EQ((*feed)[2].resource.status, "later");
  EXPECT_EQ((*feed)[2].resourceVersion, store_->version());
}

TEST_F(FeedTest, ResumesAfterAnyVersionInPagesThatNeverCutACommit) {
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(commit([&](Txn& txn) -> Status {
                  for (int part = 0; part <= i % 4; ++part) {
                    auto made = txn.create(resourceOf(std::to_string(i * 10 + part)));
                    if (!made) return made;
                  }
                  return okStatus();
                }).ok());
  }
  for (std::size_t limit = 1; limit < 9; ++limit) {
    std::set<std::string> seen;
    for (std::uint64_t at = 0; at < store_->version();) {
      auto page = store_->readFeed(at, limit);
      ASSERT_TRUE(page.ok());
      ASSERT_FALSE(page->empty());
      EXPECT_LE(page->size(), std::max<std::size_t>(limit, 4));
      for (const auto& entry : *page) EXPECT_TRUE(seen.insert(entry.resource.meta.key.name).second);
      at = page->back().resourceVersion;
    }
    EXPECT_EQ(seen.size(), 30u / 4 * 10 + 1 + 2);
  }
  EXPECT_TRUE(store_->readFeed(store_->version(), 5)->empty());
}

TEST_F(FeedTest, KeepsTheWindowAndAnswersGoneBeforeItAlsoAfterReopening) {
  constexpr std::uint64_t kWindow = 64;
  open(kWindow);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(create(resourceOf(std::to_string(i))).ok());
  for (int round = 0; round < 2; ++round, open(kWindow)) {
    auto kept = store_->readFeed(store_->version() - kWindow, 1000);
    ASSERT_TRUE(kept.ok()) << kept.error().message;
    EXPECT_EQ(kept->size(), kWindow);
    EXPECT_EQ(codeOf(store_->readFeed(0, 1)), Code::kGone);
    EXPECT_EQ(codeOf(store_->readFeed(store_->version() - kWindow * 5 / 4, 1)), Code::kGone);
  }
}

TEST_F(FeedTest, NotesTakeNothingOfTheWindow) {
  open(16);
  ASSERT_TRUE(create(resourceOf("a")).ok());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(commit([](Txn& txn) { return txn.putNote(keyOf("a"), "log", "x"); }).ok());
  }
  EXPECT_EQ(store_->readFeed(0, 10)->size(), 1u);
}

TEST_F(FeedTest, AVersionThatWasNeverGivenIsGone) {
  EXPECT_EQ(codeOf(store_->readFeed(store_->version() + 1, 1)), Code::kGone);
}

std::vector<std::string> keysOf(const IndexPage& page) {
  std::vector<std::string> keys;
  for (const auto& [indexKey, key] : page.entries) keys.push_back(indexKey + "=" + key.name);
  return keys;
}

TEST_F(IndexTest, FollowsTheKeysOfAResource) {
  ASSERT_TRUE(create(resourceOf("a", {"x/1", "y/1"})).ok());
  ASSERT_TRUE(update("a", Half::kStatus, [](Resource& r) {
                r.meta.indexKeys = {"x/2", "x/2"};
              }).ok());
  EXPECT_EQ(keysOf(*store_->scanIndex("x/", "", 9, Order::kAscending)),
            std::vector<std::string>{"x/2=a"});
  EXPECT_TRUE(store_->scanIndex("y/", "", 9, Order::kAscending)->entries.empty());
  ASSERT_TRUE(erase("a").ok());
  EXPECT_TRUE(store_->scanIndex("x/", "", 9, Order::kAscending)->entries.empty());
}

TEST_F(IndexTest, PagesInBothOrdersGiveEachEntryOnceAlsoAmongEqualKeys) {
  std::set<std::string> all;
  for (int i = 0; i < 40; ++i) {
    std::string key = "x/" + std::string(1, static_cast<char>(i / 3)) + (i % 2 ? "\xff" : "");
    all.insert(std::to_string(i));
    ASSERT_TRUE(create(resourceOf(std::to_string(i), {key, "w/z", "x"})).ok());
  }
  for (auto order : {Order::kAscending, Order::kDescending}) {
    for (std::size_t limit : {1, 3, 7, 40, 41}) {
      std::set<std::string> seen;
      std::vector<std::string> keys;
      std::string cursor;
      do {
        auto page = store_->scanIndex("x/", cursor, limit, order);
        ASSERT_TRUE(page.ok());
        ASSERT_LE(page->entries.size(), limit);
        for (const auto& [indexKey, key] : page->entries) {
          EXPECT_TRUE(seen.insert(key.name).second) << key.name;
          keys.push_back(indexKey);
        }
        cursor = page->next;
      } while (!cursor.empty());
      EXPECT_EQ(seen, all);
      if (order == Order::kDescending) std::reverse(keys.begin(), keys.end());
      EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    }
  }
}

TEST_F(IndexTest, AnIndexKeyIsACursorTooAndOneOutsideThePrefixIsHarmless) {
  for (auto name : {"1", "2", "3"})
    ASSERT_TRUE(create(resourceOf(name, {std::string("x/") + name})).ok());
  const auto scan = [&](std::string_view cursor, Order order) {
    return keysOf(*store_->scanIndex("x/", cursor, 9, order));
  };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(scan("x/2", Order::kAscending), Keys{"x/3=3"});
  EXPECT_EQ(scan("x/2", Order::kDescending), Keys{"x/1=1"});
  EXPECT_EQ(scan("a", Order::kAscending).size(), 3u);
  EXPECT_TRUE(scan("z", Order::kAscending).empty());
  EXPECT_TRUE(scan("a", Order::kDescending).empty());
  EXPECT_EQ(codeOf(store_->scanIndex("x/", "", 0, Order::kAscending)), Code::kInvalidArgument);
}

TEST_F(IndexTest, CountingStopsAtTheLimit) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(create(resourceOf(std::to_string(i), {"x/a"})).ok());
  ASSERT_TRUE(commit([](Txn& txn) -> Status {
                EXPECT_EQ(*txn.countIndex("x/", 3), 3u);
                EXPECT_EQ(*txn.countIndex("x/", 30), 5u);
                EXPECT_EQ(*txn.countIndex("x/", 0), 0u);
                return okStatus();
              }).ok());
}

TEST_F(OutboxTest, EventsComeInOrderAndPositionsGoOnAfterTrimmingAndReopening) {
  const auto emit = [&](const std::string& id) {
    return commit([&](Txn& txn) {
             txn.emit({.id = id, .subject = keyOf("a"), .body = "{}"});
             return okStatus();
           })
        .ok();
  };
  for (int i = 1; i <= 3000; ++i) ASSERT_TRUE(emit(std::to_string(i)));
  auto page = store_->readOutbox(10, 2);
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ((*page)[0].id, "11");
  EXPECT_EQ((*page)[0].position, 11u);
  EXPECT_EQ((*page)[1].subject, keyOf("a"));
  ASSERT_TRUE(store_->trimOutbox(2999).ok());
  EXPECT_EQ(store_->readOutbox(0, 9)->size(), 1u);
  ASSERT_TRUE(store_->trimOutbox(5000).ok());
  EXPECT_TRUE(store_->readOutbox(0, 9)->empty());
  ASSERT_TRUE(emit("again"));
  open();
  ASSERT_TRUE(emit("more"));
  auto rest = store_->readOutbox(0, 9);
  ASSERT_EQ(rest->size(), 2u);
  EXPECT_EQ((*rest)[0].position, 3001u);
  EXPECT_EQ((*rest)[1].position, 3002u);
}

TEST_F(SubscribeTest, TellsOfEachResourceOnceACommitInOrderAndNotAfterItIsGone) {
  std::vector<std::string> told;
  auto subscription = store_->subscribe([&](const Change& change) {
    told.push_back(change.key.name + (change.note ? " note " : " ") +
                   std::to_string(change.resourceVersion));
  });
  ASSERT_TRUE(create(resourceOf("a")).ok());
  ASSERT_TRUE(commit([](Txn& txn) { return txn.putNote(keyOf("a"), "n", "v"); }).ok());
  ASSERT_FALSE(create(resourceOf("a")).ok());
  subscription.reset();
  ASSERT_TRUE(create(resourceOf("b")).ok());
  EXPECT_EQ(told, (std::vector<std::string>{"a 1", "a note 2"}));
}

TEST_F(SubscribeTest, AListenerMayCommitAndMayUnsubscribe) {
  std::unique_ptr<Subscription> subscription;
  subscription = store_->subscribe([&](const Change&) {
    subscription.reset();
    EXPECT_TRUE(create(resourceOf("b")).ok());
  });
  ASSERT_TRUE(create(resourceOf("a")).ok());
  EXPECT_TRUE(exists("b"));
}

TEST_F(SubscribeTest, ManyCommittersAreToldOfInVersionOrder) {
  std::vector<std::uint64_t> versions;
  auto subscription =
      store_->subscribe([&](const Change& change) { versions.push_back(change.resourceVersion); });
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(create(resourceOf(std::to_string(t * 1000 + i))).ok());
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_EQ(versions.size(), 800u);
  for (std::size_t i = 0; i < versions.size(); ++i) EXPECT_EQ(versions[i], i + 1);
}

}  // namespace
}  // namespace kiln::store
