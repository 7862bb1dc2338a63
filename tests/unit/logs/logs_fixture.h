// Logs on a store in memory, and a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <memory>
#include <string>
#include <vector>

#include "store/logs/event_log.h"
#include "store/logs/log_cleaner.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::store {

class LogsTest : public testing::Test {
 protected:
  LogsTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) { open(); }

  void open() {
    cleaner_.reset();
    log_.reset();
    catalog_.reset();
    store_.reset();
    auto opened = openRocksStore({.directory = "/kiln/db", .feedWindow = 1000, .env = env_.get()});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    catalog_ = std::make_unique<LogCatalog>(*store_, clock_);
    log_ = std::make_unique<EventLog>(*store_, *catalog_, clock_);
    cleaner_ = std::make_unique<LogCleaner>(*store_, *catalog_, *log_);
  }

  Status createGroup(const std::string& name) {
    LogGroup group;
    group.scope = scope_;
    group.name = name;
    return catalog_->createGroup(group);
  }
  void keepDays(const std::string& name, int days) {
    auto done = catalog_->changeGroup(scope_, name, [&](LogGroup& group) {
      group.retentionInDays = days;
      return okStatus();
    });
    ASSERT_TRUE(done.ok());
  }
  LogGroup group(const std::string& name = "g") { return **catalog_->findGroup(scope_, name); }
  LogStream stream(const std::string& name = "s", const std::string& of = "g") {
    return **catalog_->findStream(group(of), name);
  }
  StreamFigures figures(const std::string& name = "s") { return *catalog_->figures(stream(name)); }
  Status append(std::vector<LogEvent> events, const std::string& name = "s",
                const std::string& of = "g") {
    return log_->append(scope_, of, name, std::move(events));
  }
  std::vector<StoredEvent> read(EventWindow window = {}, Order order = Order::kAscending,
                                const std::string& name = "s") {
    auto reader = log_->read(group(), stream(name), window, order);
    if (!reader.ok()) throw std::runtime_error(reader.error().message);
    std::vector<StoredEvent> events;
    for (;;) {
      auto event = reader->next();
      if (!event.ok()) throw std::runtime_error(event.error().message);
      if (!*event) return events;
      events.push_back(std::move(**event));
    }
  }
  std::vector<std::string> messages(EventWindow window = {}, Order order = Order::kAscending) {
    std::vector<std::string> texts;
    for (auto& event : read(window, order)) texts.push_back(event.message);
    return texts;
  }
  std::int64_t now() const { return toUnixMillis(clock_.now()); }
  // Notes of {log-data, uid}: all that is left of something.
  std::size_t left(const ResourceKey& data) {
    return store_->scanNotes(data, {}, 100'000, Order::kAscending)->size();
  }

  const Scope scope_{"000000000000", "eu-west-1"};
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<LogCatalog> catalog_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<LogCleaner> cleaner_;
};

}  // namespace kiln::store
