#include <map>
#include <thread>

#include "tests/unit/watch/watch_fixture.h"

namespace kiln::api {
namespace {

constexpr int kWatchers = 50;
constexpr std::chrono::minutes kPatience{3};  // under a sanitizer, beside other tests
constexpr int kBuilds = 200;
constexpr int kWriters = 4;

// The phases that a client saw of each build, in the order they came.
std::map<std::string, std::vector<std::string>> historyOf(const std::string& text) {
  std::map<std::string, std::vector<std::string>> history;
  for (const json& line : jsonLines(text)) {
    if (line["type"] == "BOOKMARK") continue;
    history[line["object"]["id"]].push_back(line["object"]["currentPhase"]);
  }
  return history;
}

std::vector<std::string> wholeLife() {
  std::vector<std::string> phases;
  for (const Phase phase : kAllPhases) {
    if (phase != Phase::kSubmitted) phases.emplace_back(name(phase));
  }
  return phases;
}

class WatchLoadTest : public WatchTest {
 protected:
  void runBuilds() {
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([this, w] {
        for (int i = w; i < kBuilds; i += kWriters) {
          complete(create("project" + std::to_string(i), 1).id);
        }
      });
    }
    for (auto& writer : writers) writer.join();
  }
  void expectWhole(const std::string& text) {
    const auto history = historyOf(text);
    ASSERT_EQ(history.size(), static_cast<std::size_t>(kBuilds));
    for (const auto& [id, phases] : history) ASSERT_EQ(phases, wholeLife()) << id;
  }
  static bool allComplete(const std::string& text) { return completeIn(text) >= kBuilds; }
  static std::size_t completeIn(const std::string& text) {
    std::size_t count = 0;
    const std::string mark = "\"buildComplete\":true";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) ++count;
    return count;
  }
};

TEST_F(WatchLoadTest, FiftyWatchersOverTwoHundredBuildsSeeEveryTransitionInOrderOnce) {
  std::vector<std::unique_ptr<Running>> watchers;
  for (int i = 0; i < kWatchers; ++i) {
    watchers.push_back(std::make_unique<Running>(get("/_kiln/watch/builds")));
    ASSERT_TRUE(watchers.back()->client.waitForText("BOOKMARK"));
  }
  runBuilds();
  for (const auto& watcher : watchers) ASSERT_TRUE(watcher->client.waitFor(allComplete, kPatience));
  const std::string first = watchers.front()->client.text();
  expectWhole(first);
  for (const auto& watcher : watchers) ASSERT_TRUE(watcher->client.text() == first);
}

// Joins in the middle of it, leaves after a few lines, comes back with the last version it saw, again and again.
TEST_F(WatchLoadTest, AWatcherThatReconnectsAllTheTimeSeesTheSameAsOneThatStays) {
  create("seed");
  std::uint64_t last = store_->version();
  std::thread work([this] { runBuilds(); });
  std::string all;
  for (std::size_t complete = 0; complete < kBuilds;) {
    Running watch(get("/_kiln/watch/builds?resourceVersion=" + std::to_string(last)));
    const auto enough = [&](const std::string& text) {
      return std::count(text.begin(), text.end(), '\n') >= 5 ||
             complete + completeIn(text) >= kBuilds;
    };
    EXPECT_TRUE(watch.client.waitFor(enough, kPatience));
    watch.end();
    const std::string text = watch.client.text();
    if (text.empty()) break;
    last = jsonLines(text).back()["resourceVersion"];
    complete += completeIn(text);
    all += text;
  }
  work.join();
  expectWhole(all);
}

// A list is taken while builds change: what it shows and what comes after make one history.
TEST_F(WatchLoadTest, AListTakenDuringChangesNeitherSkipsNorRepeats) {
  std::thread work([this] { runBuilds(); });
  std::vector<std::unique_ptr<Running>> watchers;
  for (int i = 0; i < 10; ++i) {
    watchers.push_back(std::make_unique<Running>(get("/_kiln/watch/builds")));
    EXPECT_TRUE(watchers.back()->client.waitForText("BOOKMARK"));
  }
  work.join();
  const std::vector<std::string> whole = wholeLife();
  for (const auto& watcher : watchers) {
    ASSERT_TRUE(watcher->client.waitFor(allComplete, kPatience));
    const auto history = historyOf(watcher->client.text());
    ASSERT_EQ(history.size(), static_cast<std::size_t>(kBuilds));
    for (const auto& [id, phases] : history) {
      const std::vector<std::string> tail(
          whole.end() - static_cast<std::ptrdiff_t>(std::min(phases.size(), whole.size())),
          whole.end());
      ASSERT_EQ(phases, tail) << id;
    }
  }
}

}  // namespace
}  // namespace kiln::api
