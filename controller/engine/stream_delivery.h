// StreamDelivery: brings a build's log to its stream in CloudWatch Logs, each line once, in order, whenever the process dies.
//
// Where events and position are one commit, that is all there is to it. Elsewhere the batch is noted before it is put; after a crash the
// stream's last events say whether it arrived. Times of two such batches never overlap, so that equal lines are told apart.
// Nothing is remembered between passes but what the store has. Any thread, one pass for each build at a time. Failure: kGone when the
// build is no more; the destination's and the store's.
#pragma once

#include <stop_token>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/clock.h"
#include "controller/engine/key_loop.h"
#include "controller/engine/log_destination.h"
#include "controller/engine/probe.h"
#include "store/logs/log_delivery.h"
#include "store/logs/log_store.h"
#include "store/store.h"

namespace kiln::engine {

// Writes `delivery` as the note of the build; kGone when there is none. Inside a commit.
Status putDelivery(store::Txn& txn, const BuildId& id, std::string_view note,
                   const store::LogDelivery& delivery);

class StreamDelivery {
 public:
  struct Deps {
    store::Store& store;
    const store::LogStore& logs;
    LogDestination& destination;
    const Clock& clock;
    const Probe& probe;
  };
  // `unfinished`: how long a line that has not ended waits for its end while the build runs.
  StreamDelivery(Deps deps, Millis unfinished) : deps_(deps), unfinished_(unfinished) {}

  // Some of what is there, in one or several batches. `final`: the log grows no more, and its end is the delivery's.
  Result<Again> pass(const BuildId& id, const LogTarget& target, store::LogDelivery delivery,
                     bool final, std::stop_token stop) const;
  // How long the build's log is, as far as it counts.
  Result<std::uint64_t> committedLength(const BuildId& id) const;

 private:
  struct Pass;

  Deps deps_;
  const Millis unfinished_;
};

}  // namespace kiln::engine
