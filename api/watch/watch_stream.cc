#include "api/watch/watch_stream.h"

#include <algorithm>
#include <utility>

#include "api/watch/build_pages.h"

namespace kiln::api {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::string_view kReconnectDelay = "retry: 1000\n\n";

}  // namespace

WatchStream::WatchStream(const store::Store& store, FeedHub& hub, const Clock& clock,
                         WatchLimits limits, BuildSelector selector, WatchFormat format)
    : store_(store),
      hub_(hub),
      clock_(clock),
      limits_(limits),
      selector_(std::move(selector)),
      format_(format),
      lastWrite_(clock.now()) {}

void WatchStream::run(std::optional<std::uint64_t> from, BodyWriter& out) {
  if (!begin(from, out)) return;
  for (bool current = false;;) {
    Seat seat(hub_, selector_, limits_.seat);
    if (!catchUp(seat.start(), out)) return;
    if (from && !current) bookmark();
    current = true;
    if (!follow(seat, out)) return;
  }
}

bool WatchStream::begin(std::optional<std::uint64_t> from, BodyWriter& out) {
  if (format_ == WatchFormat::kEvents) buffer_ += kReconnectDelay;
  if (!from) return list(out);
  cursor_ = *from;
  return true;
}

bool WatchStream::list(BodyWriter& out) {
  cursor_ = store_.version();
  std::string next;
  do {
    auto page = readBuilds(store_, selector_, next, limits_.page, store::Order::kAscending);
    if (!page.ok()) return fail(page.error(), out);
    for (const store::Resource& build : page->builds) {
      auto object = renderBuild(build);
      if (!object) continue;
      appendLine(buffer_, format_, "ADDED", 0, *object);
      if (build.meta.resourceVersion > cursor_) {
        listed_.emplace(build.meta.key, build.meta.resourceVersion);
      }
    }
    next = page->next;
    if (!flush(out)) return false;
  } while (!next.empty());
  bookmark();
  return flush(out);
}

bool WatchStream::catchUp(std::uint64_t target, BodyWriter& out) {
  while (cursor_ < target) {
    auto page = readChanges(store_, cursor_, limits_.page);
    if (!page.ok()) return fail(page.error(), out);
    for (const SharedChanges& set : page->sets) {
      deliver(*set);
      if (buffer_.size() >= kChunk && !flush(out)) return false;
    }
    cursor_ = std::max(cursor_, page->end ? target : page->version);
  }
  return flush(out);
}

bool WatchStream::follow(Seat& seat, BodyWriter& out) {
  for (;;) {
    if (!flush(out)) return false;
    const Seat::Taken taken = seat.take(limits_.slice);
    if (taken.lagging) return true;
    for (const SharedChanges& set : taken.sets) {
      deliver(*set);
      if (buffer_.size() >= kChunk && !flush(out)) return false;
    }
    cursor_ = std::max(cursor_, taken.position);
    if (!buffer_.empty()) continue;
    if (out.waitClosed(Millis(0))) return false;
    if (clock_.now() - lastWrite_ >= limits_.bookmarkEvery) bookmark();
  }
}

void WatchStream::deliver(const ChangeSet& set) {
  if (set.version <= cursor_) return;
  std::vector<const BuildChange*> news;
  for (const BuildChange& change : set.changes) {
    if (selector_.matches(change.key) && isNews(set, change)) news.push_back(&change);
  }
  for (const BuildChange* change : news) {
    const std::uint64_t resume = change == news.back() ? set.version : set.version - 1;
    appendLine(buffer_, format_, changeName(change->type), resume, change->object);
  }
  cursor_ = set.version;
}

bool WatchStream::isNews(const ChangeSet& set, const BuildChange& change) {
  if (auto listed = listed_.find(change.key); listed != listed_.end()) {
    if (set.version <= listed->second) return false;
    listed_.erase(listed);
  }
  switch (change.removal) {
    case Removal::kNone: return true;
    case Removal::kAsked: return removed_.insert(change.key).second;
    case Removal::kDone: removed_.erase(change.key); return false;
  }
  unreachable();
}

void WatchStream::bookmark() { appendBookmark(buffer_, format_, cursor_); }

bool WatchStream::fail(const Error& error, BodyWriter& out) {
  const bool gone = error.code == Code::kGone;
  appendLine(buffer_, format_, "ERROR", cursor_,
             statusObject(gone ? 410 : 500, gone ? "Gone" : "InternalError", error.message));
  flush(out);
  return false;
}

bool WatchStream::flush(BodyWriter& out) {
  if (buffer_.empty()) return true;
  const bool written = out.write(buffer_);
  buffer_.clear();
  lastWrite_ = clock_.now();
  return written;
}

}  // namespace kiln::api
