// The event log against the simplest model there is: a sorted list. Puts out of order, windows and both directions at random.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/unit/logs/logs_fixture.h"

namespace kiln::store {
namespace {

struct Modelled {
  EventPosition at;
  std::string message;
};

class EventLogProperty : public LogsTest {
 protected:
  std::int64_t pick(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
  }

  void put() {
    static constexpr std::int64_t kSpreads[] = {0, 5, 900, 50'000, 3'000'000, 80'000'000};
    const auto base = pick(0, 200'000'000);
    const auto spread = kSpreads[pick(0, 5)];
    std::vector<LogEvent> events;
    for (auto left = pick(1, 60); left > 0; --left) {
      events.push_back(
          {base + pick(0, spread),
           std::string(static_cast<std::size_t>(pick(0, pick(0, 9) == 0 ? 9'000 : 40)), 'a') +
               std::to_string(pick(0, 999'999))});
    }
    auto sorted = events;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](auto& a, auto& b) { return a.timestamp < b.timestamp; });
    for (const auto& event : sorted)
      model_.push_back({{event.timestamp, sequence_++}, event.message});
    ASSERT_TRUE(append(std::move(events)).ok());
  }

  EventPosition somewhere() {
    if (pick(0, 3) == 0) return {pick(0, 200'000'000), static_cast<std::uint64_t>(pick(0, 50))};
    auto at =
        model_[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(model_.size()) - 1))].at;
    if (pick(0, 1) == 0) ++at.sequence;
    return at;
  }

  void compare() {
    EventWindow window;
    if (pick(0, 3) != 0) window.from = somewhere();
    if (pick(0, 3) != 0) window.before = somewhere();
    const auto order = pick(0, 1) == 0 ? Order::kAscending : Order::kDescending;
    std::vector<Modelled> expected;
    for (const auto& event : model_) {
      if (event.at >= window.from && event.at < window.before) expected.push_back(event);
    }
    std::sort(expected.begin(), expected.end(), [](auto& a, auto& b) { return a.at < b.at; });
    if (order == Order::kDescending) std::reverse(expected.begin(), expected.end());
    const auto got = read(window, order);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].at, expected[i].at) << i;
      ASSERT_EQ(got[i].message, expected[i].message) << i;
    }
  }

  std::mt19937_64 random_;
  std::vector<Modelled> model_;
  std::uint64_t sequence_ = 0;
};

TEST_F(EventLogProperty, ReadsWhatTheModelHoldsWhateverTheOrderOfPutsAndTheWindow) {
  const char* asked = std::getenv("KILN_LOG_SEED");
  const auto seed = asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("KILN_LOG_SEED=" + std::to_string(seed));
  random_.seed(seed);
  for (int round = 0; round < 12 && !HasFatalFailure(); ++round) {
    for (auto puts = pick(1, 25); puts > 0; --puts) put();
    if (pick(0, 3) == 0) open();
    for (int i = 0; i < 25 && !HasFatalFailure(); ++i) compare();
  }
}

}  // namespace
}  // namespace kiln::store
