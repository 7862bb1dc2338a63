#include "api/watch/log_stream.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "store/records/build_record.h"

namespace kiln::api {
namespace {

constexpr std::size_t kLogPage = 256 * 1024;

// Raised by any commit that touches the build, taken by its one follower.
class Signal {
 public:
  void raise(bool record) {
    {
      std::lock_guard lock(mutex_);
      raised_ = true;
      record_ = record_ || record;
    }
    changed_.notify_one();
  }
  // False when only the build's notes changed meanwhile.
  bool wait(Millis most) {
    std::unique_lock lock(mutex_);
    const bool timeUp = !changed_.wait_for(lock, most, [this] { return raised_; });
    raised_ = false;
    return std::exchange(record_, false) || timeUp;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
  bool record_ = false;
};

void report(const BuildId& id, const Error& error) {
  spdlog::error("event=log-read build={} error=\"{}\"", id.name(), error.message);
}

}  // namespace

Result<std::uint64_t> committedLog(const store::Store& store, const BuildId& id) {
  auto note = store.findNote(id.key(), store::kLogProgressNote);
  if (!note.ok()) return note.error();
  if (!*note) return std::uint64_t{0};
  auto progress = store::decodeLogProgress(**note);
  if (!progress.ok()) return progress.error();
  return progress->bytes;
}

LogStream::LogStream(store::Store& store, const store::LogStore& logs, LogRequest request,
                     Millis slice)
    : store_(store),
      logs_(logs),
      request_(std::move(request)),
      slice_(slice),
      formatter_(request_.format, request_.offset) {}

void LogStream::run(BodyWriter& out) {
  if (request_.follow) {
    if (!followOn(out)) return;
  } else {
    auto end = committedLog(store_, request_.id);
    if (!end.ok()) return report(request_.id, end.error());
    if (!sendUpTo(*end, out)) return;
  }
  std::string rest;
  formatter_.finish(rest);
  if (!rest.empty()) out.write(rest);
}

bool LogStream::followOn(BodyWriter& out) {
  auto signal = std::make_shared<Signal>();
  auto subscription =
      store_.subscribe([signal, key = request_.id.key()](const store::Change& change) {
        if (change.key == key) signal->raise(!change.note);
      });
  for (bool look = true;;) {
    // In this order: a build that is over has committed all of its log.
    auto over = look ? isOver() : false;
    if (!over.ok()) return report(request_.id, over.error()), false;
    auto end = committedLog(store_, request_.id);
    if (!end.ok()) return report(request_.id, end.error()), false;
    if (!sendUpTo(*end, out)) return false;
    if (*over) return true;
    look = signal->wait(slice_);
    if (out.waitClosed(Millis(0))) return false;
  }
}

Result<bool> LogStream::isOver() const {
  auto found = store_.find(request_.id.key());
  if (!found.ok()) return found.error();
  if (!*found) return true;
  auto build = store::toBuild(**found);
  if (!build.ok()) return build.error();
  return build->complete();
}

bool LogStream::sendUpTo(std::uint64_t end, BodyWriter& out) {
  std::string text;
  while (fileOffset_ < end) {
    auto page = logs_.read(request_.id, fileOffset_, end, kLogPage);
    if (!page.ok()) return report(request_.id, page.error()), false;
    if (page->next <= fileOffset_) {
      report(request_.id, {Code::kCorrupt, "the log ends at " + std::to_string(fileOffset_) +
                                               " of " + std::to_string(end) + " bytes"});
      return false;
    }
    fileOffset_ = page->next;
    text.clear();
    for (const store::LogFrame& frame : page->frames) formatter_.add(frame, text);
    if (!text.empty() && !out.write(text)) return false;
  }
  return true;
}

}  // namespace kiln::api
