#include "controller/engine/outbox_dispatcher.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <chrono>
#include <condition_variable>

#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::engine {
namespace {

struct Inbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> ids;
  int failures = 0;  // so many deliveries fail first
  bool refuse = false;

  bool waitFor(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), [&] { return ids.size() >= count; });
  }
};

class InboxSink final : public EventSink {
 public:
  InboxSink(std::string name, Inbox& inbox) : name_(std::move(name)), inbox_(inbox) {}
  const std::string& name() const override { return name_; }
  Status deliver(const store::OutboxEntry& entry) override {
    std::lock_guard lock(inbox_.mutex);
    if (inbox_.refuse || inbox_.failures-- > 0) return Error{Code::kUnavailable, "refused"};
    inbox_.ids.push_back(entry.id);
    inbox_.changed.notify_all();
    return okStatus();
  }

 private:
  const std::string name_;
  Inbox& inbox_;
};

class OutboxDispatcherTest : public testing::Test {
 protected:
  void SetUp() override {
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    auto opened =
        store::openRocksStore({.directory = "/store", .feedWindow = 1000, .env = env_.get()});
    ASSERT_TRUE(opened.ok());
    store_ = std::move(*opened);
  }

  void emit(const std::string& id) {
    auto done = store_->commit(store::Durability::kBuffered, [&](store::Txn& txn) {
      txn.emit({0, id, {"build", {"1", "r"}, "b"}, "{}"});
      return okStatus();
    });
    ASSERT_TRUE(done.ok());
  }

  std::unique_ptr<OutboxDispatcher> dispatcher(
      std::vector<std::pair<std::string, Inbox*>> inboxes) {
    std::vector<std::unique_ptr<EventSink>> sinks;
    for (auto& [name, inbox] : inboxes) sinks.push_back(std::make_unique<InboxSink>(name, *inbox));
    OutboxDispatcher::Options options{
        .backoffBase = Millis(1), .backoffCap = Millis(2), .giveUpAfter = Millis(1000)};
    return std::make_unique<OutboxDispatcher>(*store_, clock_, std::move(sinks), options, probe_);
  }

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<store::Store> store_;
  fakes::FakeClock clock_;
  Probe probe_;
};

TEST_F(OutboxDispatcherTest, EventsComeInOrderToEverySink) {
  Inbox one;
  Inbox two;
  auto running = dispatcher({{"one", &one}, {"two", &two}});
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back("e" + std::to_string(i));
    emit(expected.back());
    running->wake();
  }
  ASSERT_TRUE(one.waitFor(200) && two.waitFor(200));
  EXPECT_EQ(one.ids, expected);
  EXPECT_EQ(two.ids, expected);
}

TEST_F(OutboxDispatcherTest, AFailedDeliveryIsTriedAgainBeforeTheNextEvent) {
  Inbox inbox;
  inbox.failures = 3;
  emit("a");
  emit("b");
  auto running = dispatcher({{"one", &inbox}});
  ASSERT_TRUE(inbox.waitFor(2));
  EXPECT_EQ(inbox.ids, (std::vector<std::string>{"a", "b"}));
}

TEST_F(OutboxDispatcherTest, ASinkThatRefusesDelaysNoOtherAndKeepsItsEvents) {
  Inbox good;
  Inbox bad;
  bad.refuse = true;
  emit("a");
  auto running = dispatcher({{"good", &good}, {"bad", &bad}});
  ASSERT_TRUE(good.waitFor(1));
  EXPECT_EQ(running->lag(), 1U);
  {
    std::lock_guard lock(bad.mutex);
    bad.refuse = false;
  }
  ASSERT_TRUE(bad.waitFor(1));
}

TEST_F(OutboxDispatcherTest, ARestartGoesOnWhereTheCursorStands) {
  Inbox first;
  emit("a");
  {
    auto running = dispatcher({{"one", &first}});
    ASSERT_TRUE(first.waitFor(1));
  }
  emit("b");
  Inbox second;
  auto running = dispatcher({{"one", &second}});
  ASSERT_TRUE(second.waitFor(1));
  EXPECT_EQ(second.ids, std::vector<std::string>{"b"});
}

TEST_F(OutboxDispatcherTest, AnEventThatIsRefusedTooLongIsGivenUpForThatSink) {
  Inbox inbox;
  inbox.refuse = true;
  emit("poison");
  auto running = dispatcher({{"one", &inbox}});
  while (running->lag() > 0) clock_.advance(Millis(500));
  {
    std::lock_guard lock(inbox.mutex);
    inbox.refuse = false;
  }
  emit("next");
  running->wake();
  ASSERT_TRUE(inbox.waitFor(1));
  EXPECT_EQ(inbox.ids, std::vector<std::string>{"next"});
}

}  // namespace
}  // namespace kiln::engine
