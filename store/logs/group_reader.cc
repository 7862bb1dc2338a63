#include "store/logs/group_reader.h"

#include <algorithm>
#include <set>

namespace kiln::store {
namespace {

constexpr std::size_t kStreamsPerPage = 500;

}  // namespace

GroupReader::GroupReader(const EventLog& log, const LogCatalog& catalog, LogGroup group,
                         std::int64_t from, std::int64_t before, std::optional<GroupPosition> after)
    : log_(log),
      catalog_(catalog),
      group_(std::move(group)),
      from_(after ? std::max(from, after->timestamp) : from),
      before_(before),
      after_(std::move(after)) {}

// Where the stream's part of what follows `after_` begins.
EventPosition GroupReader::begin(const std::string& stream) const {
  if (!after_ || from_ > after_->timestamp || stream > after_->stream) return {from_, 0};
  if (stream == after_->stream) return {after_->timestamp, after_->sequence + 1};
  return {after_->timestamp + 1, 0};
}

Status GroupReader::add(LogStream stream) {
  auto figures = catalog_.figures(stream);
  if (!figures.ok()) return figures.error();
  if (!figures->firstEvent || *figures->firstEvent >= before_ || *figures->lastEvent < from_)
    return okStatus();
  auto source = std::make_unique<Source>();
  source->top = {std::max(*figures->firstEvent, from_), stream.name, 0};
  source->stream = std::move(stream);
  sources_.push_back(std::move(source));
  push(sources_.size() - 1);
  return okStatus();
}

Result<bool> GroupReader::addStream(std::string_view name) {
  auto stream = catalog_.findStream(group_, name);
  if (!stream.ok()) return stream.error();
  if (!*stream) return false;
  if (auto added = add(std::move(**stream)); !added.ok()) return added.error();
  return true;
}

// A stream that gets an event meanwhile moves on in the order of last events, and may be met again.
Status GroupReader::addStreams(const std::function<bool(std::string_view)>& wanted) {
  std::set<std::string, std::less<>> seen;
  std::string cursor;
  do {
    auto page =
        catalog_.listStreamsByTime(group_, cursor, kStreamsPerPage, Order::kAscending, from_);
    if (!page.ok()) return page.error();
    for (const auto& name : page->names) {
      if (!wanted(name) || !seen.insert(name).second) continue;
      if (auto added = addStream(name); !added.ok()) return added.error();
    }
    cursor = std::move(page->next);
  } while (!cursor.empty());
  return okStatus();
}

void GroupReader::push(std::size_t source) {
  heap_.push_back(source);
  std::push_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) {
    return sources_[a]->top > sources_[b]->top;
  });
}

Status GroupReader::advance(Source& source) {
  if (!source.reader) {
    const EventWindow window{begin(source.stream.name), {before_, 0}};
    auto reader = log_.read(group_, source.stream, window, Order::kAscending);
    if (!reader.ok()) return reader.error();
    source.reader.emplace(std::move(*reader));
  }
  auto event = source.reader->next();
  if (!event.ok()) return event.error();
  source.event = std::move(*event);
  if (source.event) {
    source.top = {source.event->at.timestamp, source.stream.name, source.event->at.sequence};
  } else {
    source.reader.reset();
  }
  return okStatus();
}

Result<std::optional<GroupEvent>> GroupReader::next() {
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) {
      return sources_[a]->top > sources_[b]->top;
    });
    const auto at = heap_.back();
    heap_.pop_back();
    Source& source = *sources_[at];
    std::optional<GroupEvent> event;
    if (source.event) event = GroupEvent{&source.stream, std::move(*source.event)};
    if (auto advanced = advance(source); !advanced.ok()) return advanced.error();
    if (source.event) push(at);
    if (event) return event;
  }
  return std::optional<GroupEvent>();
}

}  // namespace kiln::store
