#include "store/logs/event_reader.h"

#include <algorithm>

namespace kiln::store {
namespace {

constexpr std::size_t kFirstBatch = 4;
constexpr std::size_t kMostBatch = 32;

// A time so long before (after) `time`, without leaving the numbers.
std::int64_t earlier(std::int64_t time, std::int64_t span) { return time > span ? time - span : 0; }
std::int64_t later(std::int64_t time, std::int64_t span) {
  return time > kLastPosition.timestamp - span ? kLastPosition.timestamp : time + span;
}

}  // namespace

EventReader::EventReader(const Store& store, ResourceKey events, std::uint32_t levels,
                         EventWindow window, Order order)
    : store_(store), events_(std::move(events)), window_(window), order_(order) {
  if (window.from >= window.before) return;
  for (RowLevel level = 0; level < kRowSpans.size(); ++level) {
    if ((levels >> level & 1U) == 0) continue;
    const auto begin = earlier(window.from.timestamp, kRowSpans[level]);
    lanes_.push_back({.level = level,
                      .range = {.prefix = rowPrefix(level),
                                .from = rowName({level, {begin, 0}}),
                                .before = rowName({level, window.before})},
                      .batch = kFirstBatch,
                      .ended = false,
                      .ahead = {}});
  }
}

Status EventReader::refill(Lane& lane) {
  while (lane.ahead.empty() && !lane.ended) {
    auto notes = store_.scanNotes(events_, lane.range, lane.batch, order_);
    if (!notes.ok()) return notes.error();
    lane.ended = notes->size() < lane.batch;
    lane.batch = std::min(lane.batch * 2, kMostBatch);
    if (notes->empty()) return okStatus();
    if (up()) {
      lane.range.from = notes->back().name + '\0';
    } else {
      lane.range.before = notes->back().name;
    }
    for (Note& note : *notes) {
      auto header = readRowHeader(note.name, note.value);
      if (!header.ok()) return header.error();
      if (header->last < window_.from) continue;
      lane.ahead.push_back({*header, std::move(note)});
    }
  }
  return okStatus();
}

// The furthest in the reader's direction that no row which is still ahead in the lane can lie before.
EventPosition EventReader::reach(const Lane& lane) const {
  const auto& first = lane.ahead.front().header.first;
  if (up()) return first;
  return {later(first.timestamp, kRowSpans[lane.level]), kLastPosition.sequence};
}

Result<EventReader::Lane*> EventReader::nextLane() {
  Lane* best = nullptr;
  for (Lane& lane : lanes_) {
    if (auto filled = refill(lane); !filled.ok()) return filled.error();
    if (lane.ahead.empty()) continue;
    if (best == nullptr || (up() ? reach(lane) < reach(*best) : reach(lane) > reach(*best)))
      best = &lane;
  }
  return best;
}

void EventReader::push(Open row) {
  const auto after = [this](const Open& a, const Open& b) {
    return up() ? a.top > b.top : a.top < b.top;
  };
  heap_.push_back(std::move(row));
  std::push_heap(heap_.begin(), heap_.end(), after);
}

EventReader::Open EventReader::pop() {
  const auto after = [this](const Open& a, const Open& b) {
    return up() ? a.top > b.top : a.top < b.top;
  };
  std::pop_heap(heap_.begin(), heap_.end(), after);
  Open row = std::move(heap_.back());
  heap_.pop_back();
  return row;
}

// Brings in every row that may hold an event before the heap's next one.
Status EventReader::gather() {
  for (;;) {
    auto lane = nextLane();
    if (!lane.ok()) return lane.error();
    if (*lane == nullptr) return okStatus();
    if (!heap_.empty()) {
      const auto& top = heap_.front().top;
      if (up() ? top < reach(**lane) : top > reach(**lane)) return okStatus();
    }
    Row row = std::move((*lane)->ahead.front());
    (*lane)->ahead.pop_front();
    const auto top = up() ? row.header.first : row.header.last;
    push({.top = top, .row = std::move(row), .opened = false, .events = {}, .index = 0});
  }
}

Status EventReader::open(Open& row) {
  auto events = readRow(row.row.note.name, row.row.note.value);
  if (!events.ok()) return events.error();
  row.row.note = {};
  row.opened = true;
  const auto before = [](const StoredEvent& event, const EventPosition& at) {
    return event.at < at;
  };
  auto begin = std::lower_bound(events->begin(), events->end(), window_.from, before);
  auto end = std::lower_bound(begin, events->end(), window_.before, before);
  row.events.assign(std::make_move_iterator(begin), std::make_move_iterator(end));
  if (!up()) std::reverse(row.events.begin(), row.events.end());
  return okStatus();
}

// False when the row has no event left.
bool EventReader::advance(Open& row) const {
  if (row.index == row.events.size()) return false;
  row.top = row.events[row.index].at;
  return true;
}

Result<std::optional<StoredEvent>> EventReader::next() {
  for (;;) {
    if (auto gathered = gather(); !gathered.ok()) return gathered.error();
    if (heap_.empty()) return std::optional<StoredEvent>();
    Open row = pop();
    if (!row.opened) {
      if (auto opened = open(row); !opened.ok()) return opened.error();
      if (advance(row)) push(std::move(row));
      continue;
    }
    std::optional<StoredEvent> event = std::move(row.events[row.index++]);
    if (advance(row)) push(std::move(row));
    return event;
  }
}

}  // namespace kiln::store
