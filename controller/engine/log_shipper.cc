#include "controller/engine/log_shipper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "store/records/build_logs.h"
#include "store/records/build_record.h"

namespace kiln::engine {
namespace {

constexpr std::size_t kReadAtOnce = 1 << 20;

bool followed(const Build& build) {
  return !build.deleted && guardedBy(build, kLogDeliveryFinalizer);
}

// Nothing is added to the log from here on.
bool whole(const Build& build) { return build.phase() >= Phase::kFinalizing; }

bool wants(const store::LogPlaces& places, std::string_view note) {
  return note == store::kStreamDeliveryNote ? !places.group.empty() : !places.s3Path.empty();
}

// The log from its beginning, as `read` goes on reading it.
LogBytes bytesOf(const store::LogStore& logs, const BuildId& id, std::uint64_t length) {
  auto at = std::make_shared<std::uint64_t>(0);
  return [&logs, id, length, at]() -> Result<std::string> {
    std::string bytes;
    while (bytes.empty() && *at < length) {
      auto page = logs.read(id, *at, length, kReadAtOnce);
      if (!page.ok()) return page.error();
      for (const auto& frame : page->frames) bytes += frame.bytes;
      *at = page->next;
    }
    return bytes;
  };
}

std::string inOneLine(std::string words) {
  std::ranges::replace_if(
      words, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return words;
}

}  // namespace

LogShipper::LogShipper(Deps deps, Options options)
    : deps_(std::move(deps)),
      options_(options),
      delivery_({deps_.store, deps_.logs, deps_.streams, deps_.clock, deps_.probe},
                options.unfinished),
      streams_(deps_.clock,
               {"log-stream", options.streamWorkers, options.backoffBase, options.backoffCap},
               [this](const ResourceKey& key, std::stop_token stop) {
                 return stream(key, std::move(stop));
               }),
      archives_(deps_.clock,
                {"log-archive", options.archiveWorkers, options.backoffBase, options.backoffCap},
                [this](const ResourceKey& key, std::stop_token stop) {
                  return deliver(key, store::kArchiveDeliveryNote, std::move(stop));
                }) {}

void LogShipper::changed(const store::Change& change) {
  if (change.key.kind != kBuildKind) return;
  if (change.note && streams_.failing(change.key)) return;  // its turn comes with the backoff
  behind_.with([&](auto& all) { all.try_emplace(change.key, deps_.clock.now()); });
  streams_.lookAfter(change.key, change.note ? options_.gather : Millis::zero());
  if (!change.note) archives_.look(change.key);
}

void LogShipper::look(const BuildId& id) {
  streams_.look(id.key());
  archives_.look(id.key());
}

bool LogShipper::step() {
  const bool any = streams_.step();
  return archives_.step() || any;
}

Result<store::LogDelivery> LogShipper::deliveryOf(const BuildId& id, std::string_view note) const {
  auto found = deps_.store.findNote(id.key(), note);
  if (!found.ok()) return found.error();
  if (!*found) return store::LogDelivery{};
  return store::decodeLogDelivery(**found);
}

Result<LogsSeen> LogShipper::observe(const Build& build) const {
  LogsSeen seen;
  const auto places = store::logPlaces(build);
  for (const auto note : {store::kStreamDeliveryNote, store::kArchiveDeliveryNote}) {
    if (!wants(places, note)) continue;
    auto delivery = deliveryOf(build.id, note);
    if (!delivery.ok()) return delivery.error();
    if (!delivery->ended()) return LogsSeen{plan::Delivery::kUnderWay, {}};
    if (delivery->state == store::LogDelivery::State::kDelivered) continue;
    seen.state = plan::Delivery::kHopeless;
    seen.failure += (seen.failure.empty() ? "" : "; ") + delivery->failure;
  }
  return seen;
}

Result<Again> LogShipper::stream(const ResourceKey& key, std::stop_token stop) {
  const auto since = behind_.with([&](auto& all) -> std::optional<TimePoint> {
    auto found = all.extract(key);
    return found.empty() ? std::nullopt : std::optional(found.mapped());
  });
  auto done = deliver(key, store::kStreamDeliveryNote, std::move(stop));
  const bool more = !done.ok() || *done == Millis::zero();
  if (more && since) behind_.with([&](auto& all) { all.insert_or_assign(key, *since); });
  return done;
}

Result<Again> LogShipper::deliver(const ResourceKey& key, std::string_view note,
                                  std::stop_token stop) {
  auto resource = deps_.store.find(key);
  if (!resource.ok()) return resource.error();
  if (!*resource) return Again();
  auto build = store::toBuild(**resource);
  if (!build.ok()) return build.error();
  if (!followed(*build) || !wants(store::logPlaces(*build), note)) return Again();
  auto delivery = deliveryOf(build->id, note);
  if (!delivery.ok()) return delivery.error();
  if (delivery->ended()) return Again();
  auto done = pass(*build, note, *delivery, stop);
  if (!done.ok() && done.error().code == Code::kGone) return Again();
  if (!done.ok() && stop.stop_requested()) return done;
  if (!done.ok() && hopeless(*build, done.error())) {
    if (auto told = giveUp(*build, note, *std::move(delivery), done.error()); !told.ok())
      return told.error();
    done = Again();
  }
  if (done.ok() && !*done && whole(*build)) deps_.onEnded(build->id);
  return done;
}

Result<Again> LogShipper::pass(const Build& build, std::string_view note,
                               store::LogDelivery delivery, std::stop_token stop) {
  if (note == store::kArchiveDeliveryNote)
    return archive(build, std::move(delivery), std::move(stop));
  const auto places = store::logPlaces(build);
  return delivery_.pass(build.id, {build.id.scope, places.group, places.stream},
                        std::move(delivery), whole(build), std::move(stop));
}

Result<Again> LogShipper::archive(const Build& build, store::LogDelivery delivery,
                                  std::stop_token stop) {
  if (!whole(build)) return Again();
  auto length = delivery_.committedLength(build.id);
  if (!length.ok()) return length.error();
  reach(deps_.probe, "before", "archive-log");
  auto written =
      deps_.archive.write(build, bytesOf(deps_.logs, build.id, *length), std::move(stop));
  reach(deps_.probe, "after", "archive-log");
  if (!written.ok()) return written.error();
  delivery.state = store::LogDelivery::State::kDelivered;
  auto saved = deps_.store.commit(store::Durability::kBuffered, [&](store::Txn& txn) {
    return putDelivery(txn, build.id, store::kArchiveDeliveryNote, delivery);
  });
  if (!saved.ok()) return saved.error();
  return Again();
}

bool LogShipper::hopeless(const Build& build, const Error& error) const {
  if (!whole(build)) return false;
  if (!error.retryable()) return true;
  return build.complete() && deps_.clock.now() - build.current().start >= options_.giveUpAfter;
}

Status LogShipper::giveUp(const Build& build, std::string_view note, store::LogDelivery delivery,
                          const Error& error) {
  spdlog::warn("event=log-not-delivered build={} where=\"{}\" code=\"{}\" error=\"{}\"",
               build.id.name(), note, name(error.code), inOneLine(error.message));
  delivery.state = store::LogDelivery::State::kHopeless;
  delivery.failure = error.message;
  return dropValue(deps_.store.commit(store::Durability::kBuffered, [&](store::Txn& txn) {
    return putDelivery(txn, build.id, note, delivery);
  }));
}

std::size_t LogShipper::behind() const {
  return behind_.with([](const auto& all) { return all.size(); });
}

Millis LogShipper::lag() const {
  const TimePoint now = deps_.clock.now();
  return behind_.with([&](const auto& all) {
    Millis most{0};
    for (const auto& [key, since] : all)
      most = std::max(most, std::chrono::duration_cast<Millis>(now - since));
    return most;
  });
}

}  // namespace kiln::engine
