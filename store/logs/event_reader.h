// EventReader: the events of one stream within a window, one after the other in order of their positions, forwards or backwards.
//
// It reads rows as they are needed and merges those that overlap; what it holds is a few rows and those that overlap where it
// stands. Events that come in meanwhile are seen when they lie ahead.
// Owner and thread: the caller's. The store outlives it. Failure: as the store's reads, and kCorrupt.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "store/logs/event_row.h"
#include "store/store.h"

namespace kiln::store {

class EventReader {
 public:
  // `levels`: a bit for each level that has rows.
  EventReader(const Store& store, ResourceKey events, std::uint32_t levels, EventWindow window,
              Order order);

  // nullopt at the end, and from then on.
  Result<std::optional<StoredEvent>> next();

 private:
  struct Row {
    RowHeader header;
    Note note;
  };
  // The rows of one level, in the reader's order.
  struct Lane {
    RowLevel level = 0;
    NoteRange range;  // what was not read yet
    std::size_t batch = 0;
    bool ended = false;
    std::deque<Row> ahead;
  };
  // A row whose turn has come: `top` is the event it gives next, and before it is opened the one at its end.
  struct Open {
    EventPosition top;
    Row row;
    bool opened = false;
    std::vector<StoredEvent> events;
    std::size_t index = 0;
  };

  bool up() const { return order_ == Order::kAscending; }
  Status refill(Lane& lane);
  Result<Lane*> nextLane();
  EventPosition reach(const Lane& lane) const;
  Status gather();
  Status open(Open& row);
  bool advance(Open& row) const;
  void push(Open row);
  Open pop();

  const Store& store_;
  const ResourceKey events_;
  const EventWindow window_;
  const Order order_;
  std::vector<Lane> lanes_;
  std::vector<Open> heap_;
};

}  // namespace kiln::store
