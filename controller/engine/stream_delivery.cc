#include "controller/engine/stream_delivery.h"

#include <algorithm>
#include <utility>

namespace kiln::engine {
namespace {

constexpr std::size_t kPageBytes = 1 << 20;
constexpr int kBatchesInAPass = 16;  // then other builds have their turn

using State = store::LogDelivery::State;

// The frames up to `to`, the last of them cut there.
void cutAt(std::vector<store::LogFrame>& frames, std::uint64_t first, store::LogPosition to) {
  std::size_t whole = 0;
  for (; whole < frames.size() && first < to.frame; ++whole)
    first += store::LogStore::lengthOf(frames[whole]);
  if (whole < frames.size() && to.bytes > 0) frames[whole++].bytes.resize(to.bytes);
  frames.resize(whole);
}

}  // namespace

Status putDelivery(store::Txn& txn, const BuildId& id, std::string_view note,
                   const store::LogDelivery& delivery) {
  auto build = txn.find(id.key());
  if (!build.ok()) return build.error();
  if (!*build) return Error{Code::kGone, "build " + id.name() + " is gone"};
  return txn.putNote(id.key(), note, store::encode(delivery));
}

// One pass over one build.
struct StreamDelivery::Pass {
  const Deps& deps;
  const BuildId& id;
  const LogTarget& target;
  const std::stop_token stop;
  const std::uint64_t length;  // of the log
  const bool final;
  store::LogDelivery delivery;

  Status save() const {
    const auto durability = deps.destination.transactional() ? store::Durability::kBuffered
                                                             : store::Durability::kSynced;
    return dropValue(deps.store.commit(durability, [&](store::Txn& txn) {
      return putDelivery(txn, id, store::kStreamDeliveryNote, delivery);
    }));
  }

  Status open() {
    reach(deps.probe, "before", "open-log-stream");
    if (auto opened = deps.destination.open(target, stop); !opened.ok()) return opened;
    reach(deps.probe, "after", "open-log-stream");
    if (delivery.state != State::kNew) return okStatus();
    delivery.state = State::kUnderWay;
    return save();
  }

  bool atEnd() const { return delivery.at.frame >= length; }

  Status put(const LineBatch& batch) {
    delivery.at = batch.end;
    delivery.lastTime = batch.events.back().timestamp;
    delivery.intended.reset();
    if (final && atEnd()) delivery.state = State::kDelivered;
    reach(deps.probe, "before", "put-log-events");
    const auto once = [&] {
      return deps.destination.put(
          target, batch.events,
          [&](store::Txn& txn) {
            return putDelivery(txn, id, store::kStreamDeliveryNote, delivery);
          },
          stop);
    };
    auto done = once();
    if (!done.ok() && done.error().code == Code::kNotFound) {  // somebody has deleted it meanwhile
      if (auto opened = open(); !opened.ok()) return opened;
      done = once();
      if (!done.ok() && done.error().code == Code::kNotFound)  // made, and not seen there yet
        done = Error{Code::kUnavailable, done.error().message};
    }
    reach(deps.probe, "after", "put-log-events");
    if (!done.ok() || deps.destination.transactional()) return done;
    return save();
  }

  Status putNoted(const LineBatch& batch, std::int64_t now) {
    if (!deps.destination.transactional()) {
      delivery.intended = {batch.end, now};
      if (auto noted = save(); !noted.ok()) return noted;
    }
    return put(batch);
  }

  LineOptions options(std::int64_t latest) const {
    LineOptions wanted{.limits = deps.destination.limits(),
                       .earliest = delivery.lastTime,
                       .latest = latest,
                       .unfinishedSince = {}};
    if (!deps.destination.transactional() && delivery.lastTime > 0) ++wanted.earliest;
    return wanted;
  }

  Error beyondTheLog() const {
    return {Code::kCorrupt, "log of build " + id.name() + ", " + std::to_string(length) +
                                " bytes: what was noted of its delivery is not in it"};
  }

  // What a process that died had noted and may have put.
  Status settleIntention() {
    const auto [to, now] = *delivery.intended;
    std::vector<store::LogFrame> frames;
    for (auto at = delivery.at.frame; at < to.frame || (at == to.frame && to.bytes > 0);) {
      if (stop.stop_requested()) return Error{Code::kUnavailable, "delivering a log was stopped"};
      auto page = deps.logs.read(id, at, length, kPageBytes);
      if (!page.ok()) return page.error();
      if (page->next == at) return beyondTheLog();
      std::move(page->frames.begin(), page->frames.end(), std::back_inserter(frames));
      at = page->next;
    }
    cutAt(frames, delivery.at.frame, to);
    auto wanted = options(now);
    wanted.limits = {SIZE_MAX, SIZE_MAX, INT64_MAX};
    wanted.unfinishedSince = TimePoint::max();
    const auto batch = takeLines(frames, delivery.at, wanted);
    if (batch.events.empty()) return beyondTheLog();
    auto there = deps.destination.endsWith(target, batch.events, stop);
    if (!there.ok() && there.error().code != Code::kNotFound) return there.error();
    if (!there.ok() || !*there) return put(batch);
    delivery.at = to;
    delivery.lastTime = batch.events.back().timestamp;
    delivery.intended.reset();
    return save();
  }

  // One batch; when there is none, why not.
  struct Taken {
    bool any = false;
    std::optional<TimePoint> unfinished;
  };
  Result<Taken> putNext(Millis unfinished) {
    const auto now = deps.clock.now();
    for (std::size_t bytes = kPageBytes;; bytes *= 2) {
      auto page = deps.logs.read(id, delivery.at.frame, length, bytes);
      if (!page.ok()) return page.error();
      auto wanted = options(toUnixMillis(now));
      const bool all = page->next >= length;
      if (all) wanted.unfinishedSince = final ? TimePoint::max() : now - unfinished;
      const auto batch = takeLines(page->frames, delivery.at, wanted);
      if (batch.events.empty() && !all) continue;  // a line that is longer than what was read
      if (batch.events.empty()) return Taken{false, batch.unfinished};
      if (auto done = putNoted(batch, toUnixMillis(now)); !done.ok()) return done.error();
      return Taken{true, {}};
    }
  }
};

Result<std::uint64_t> StreamDelivery::committedLength(const BuildId& id) const {
  auto note = deps_.store.findNote(id.key(), store::kLogProgressNote);
  if (!note.ok()) return note.error();
  if (!*note) return std::uint64_t{0};
  auto progress = store::decodeLogProgress(**note);
  if (!progress.ok()) return progress.error();
  return progress->bytes;
}

Result<Again> StreamDelivery::pass(const BuildId& id, const LogTarget& target,
                                   store::LogDelivery delivery, bool final,
                                   std::stop_token stop) const {
  auto length = committedLength(id);
  if (!length.ok()) return length.error();
  Pass pass{deps_, id, target, stop, *length, final, std::move(delivery)};
  if (pass.delivery.state == State::kNew) {
    if (auto opened = pass.open(); !opened.ok()) return opened.error();
  }
  if (pass.delivery.intended) {
    if (auto settled = pass.settleIntention(); !settled.ok()) return settled.error();
  }
  for (int batch = 0; !pass.atEnd(); ++batch) {
    if (batch == kBatchesInAPass || stop.stop_requested()) return Again(Millis::zero());
    if (auto room = deps_.logs.checkRoom(); !room.ok()) return room.error();
    auto taken = pass.putNext(unfinished_);
    if (!taken.ok()) return taken.error();
    if (taken->any) continue;
    if (!taken->unfinished) break;
    const auto left = *taken->unfinished + unfinished_ - deps_.clock.now();
    return Again(std::clamp(std::chrono::ceil<Millis>(left), Millis(1), unfinished_));
  }
  if (!final || pass.delivery.state == State::kDelivered) return Again();
  pass.delivery.state = State::kDelivered;
  if (auto saved = pass.save(); !saved.ok()) return saved.error();
  return Again();
}

}  // namespace kiln::engine
