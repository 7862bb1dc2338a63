// Many threads at once: appends to the same and to other streams, readers, followers, deletion and clearing.
#include <atomic>
#include <set>
#include <thread>

#include "tests/unit/logs/logs_fixture.h"

namespace kiln::store {
namespace {

TEST_F(LogsTest, AppendsOfManyThreadsAreAllThereOnceWhileOthersReadFollowAndDelete) {
  constexpr int kThreads = 4;
  constexpr int kAppends = 40;
  ASSERT_TRUE(append({{0, "first"}}).ok());
  std::atomic<bool> done = false;
  std::atomic<std::size_t> heard = 0;
  auto seat = log_->follow([&](const LiveEvents& live) {
    if (live.stream.name == "s") heard += live.events.size();
  });
  std::vector<std::jthread> appenders;
  for (int thread = 0; thread < kThreads; ++thread) {
    appenders.emplace_back([this, thread] {
      for (int i = 0; i < kAppends; ++i) {
        const auto text = std::to_string(thread) + "/" + std::to_string(i);
        EXPECT_TRUE(append({{i, text}, {i + 1, text}}).ok());
      }
    });
  }
  std::jthread reader([&] {
    while (!done) EXPECT_GE(read().size(), 1U);
  });
  std::jthread remover([&] {
    while (!done) {
      EXPECT_TRUE(append({{1, "x"}}, "gone", "h").ok());
      auto passing = log_->follow([](const LiveEvents&) {});
      EXPECT_TRUE(catalog_->removeGroup(scope_, "h").ok());
      EXPECT_TRUE(cleaner_->clear().ok());
    }
  });
  appenders.clear();
  done = true;
  reader.join();
  remover.join();
  const auto events = read();
  EXPECT_EQ(events.size(), 1U + 2 * kThreads * kAppends);
  EXPECT_EQ(heard, 2U * kThreads * kAppends);
  std::set<std::uint64_t> sequences;
  for (const auto& event : events) sequences.insert(event.at.sequence);
  EXPECT_EQ(sequences.size(), events.size());
}

}  // namespace
}  // namespace kiln::store
