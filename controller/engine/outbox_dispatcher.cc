#include "controller/engine/outbox_dispatcher.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace kiln::engine {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::string_view kCursorNote = "cursor";

ResourceKey cursorOf(const EventSink& sink) { return {"event-sink", {}, sink.name()}; }

}  // namespace

OutboxDispatcher::OutboxDispatcher(store::Store& store, const Clock& clock,
                                   std::vector<std::unique_ptr<EventSink>> sinks, Options options,
                                   const Probe& probe)
    : store_(store), clock_(clock), options_(options), probe_(probe) {
  for (auto& sink : sinks) {
    auto lane = std::make_unique<Lane>();
    lane->sink = std::move(sink);
    auto cursor = store_.findNote(cursorOf(*lane->sink), kCursorNote);
    if (cursor.ok() && cursor->has_value())
      lane->delivered = std::strtoull((*cursor)->c_str(), nullptr, 10);
    lanes_.push_back(std::move(lane));
  }
  for (auto& lane : lanes_) {
    threads_.emplace_back(
        [this, one = lane.get()](const std::stop_token& stop) { run(*one, stop); });
  }
}

OutboxDispatcher::~OutboxDispatcher() = default;

void OutboxDispatcher::wake() {
  std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

std::uint64_t OutboxDispatcher::lowest() const {
  std::uint64_t least = UINT64_MAX;
  for (const auto& lane : lanes_) least = std::min(least, lane->delivered.load());
  return lanes_.empty() ? 0 : least;
}

std::uint64_t OutboxDispatcher::lag() const {
  auto waiting = store_.readOutbox(lowest(), kMostCounted);
  return waiting.ok() ? waiting->size() : 0;
}

void OutboxDispatcher::run(Lane& lane, const std::stop_token& stop) {
  constexpr Millis kLookAnyway{5'000};
  while (!stop.stop_requested()) {
    const auto seen = [&] {
      std::lock_guard lock(mutex_);
      return wakes_;
    }();
    try {
      while (!stop.stop_requested() && deliverBatch(lane, stop)) continue;
    } catch (const std::exception& e) {
      spdlog::error("event=dispatch-failed sink=\"{}\" error=\"{}\"", lane.sink->name(), e.what());
    }
    pause(kLookAnyway, stop, seen);
  }
}

bool OutboxDispatcher::deliverBatch(Lane& lane, const std::stop_token& stop) {
  auto batch = store_.readOutbox(lane.delivered, kBatch);
  if (!batch.ok()) {
    spdlog::warn("event=outbox-unreadable error=\"{}\"", batch.error().message);
    return false;
  }
  if (batch->empty()) return false;
  for (const auto& entry : *batch) {
    if (!deliver(lane, entry, stop)) break;
    lane.delivered = entry.position;
  }
  saveCursor(lane);
  trim();
  return true;
}

bool OutboxDispatcher::deliver(Lane& lane, const store::OutboxEntry& entry,
                               const std::stop_token& stop) {
  const TimePoint first = clock_.now();
  Millis delay = options_.backoffBase;
  while (!stop.stop_requested()) {
    reach(probe_, "before", "deliver-event");
    auto delivered = lane.sink->deliver(entry);
    reach(probe_, "after", "deliver-event");
    if (delivered.ok()) return true;
    if (clock_.now() - first >= options_.giveUpAfter) {
      spdlog::error("event=event-dropped sink=\"{}\" id={} error=\"{}\"", lane.sink->name(),
                    entry.id, delivered.error().message);
      return true;
    }
    spdlog::warn("event=delivery-failed sink=\"{}\" id={} again_ms={} error=\"{}\"",
                 lane.sink->name(), entry.id, delay.count(), delivered.error().message);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, delay, [] { return false; });
    delay = std::min(options_.backoffCap, delay * 2);
  }
  return false;
}

void OutboxDispatcher::saveCursor(Lane& lane) {
  auto saved = store_.commit(store::Durability::kBuffered, [&](store::Txn& txn) {
    return txn.putNote(cursorOf(*lane.sink), kCursorNote, std::to_string(lane.delivered.load()));
  });
  if (!saved.ok())
    spdlog::warn("event=cursor-not-saved sink=\"{}\" error=\"{}\"", lane.sink->name(),
                 saved.error().message);
}

void OutboxDispatcher::trim() {
  if (auto trimmed = store_.trimOutbox(lowest()); !trimmed.ok()) {
    spdlog::warn("event=outbox-not-trimmed error=\"{}\"", trimmed.error().message);
  }
}

bool OutboxDispatcher::pause(Millis most, const std::stop_token& stop, std::uint64_t seen) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, stop, most, [&] { return wakes_ != seen; });
}

}  // namespace kiln::engine
