// Where builds' logs go beside the build's own: a service of log groups and streams, and a store of objects. Declared here, joined to
// the embedded services or to ones elsewhere in controller/cli.
//
// Any thread, one call at a time for each build. A call may take as long as its service does; `stop` ends it. Failure: a retryable
// Error is tried again; kNotFound of put(): group or stream is gone; any other will not mend itself.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "controller/engine/log_lines.h"
#include "store/logs/log_event.h"
#include "store/store.h"

namespace kiln::engine {

struct LogTarget {
  Scope scope;
  std::string group;
  std::string stream;
};

class LogDestination {
 public:
  virtual ~LogDestination() = default;

  // put() commits the events and what `also` does as one. If not, the caller commits `also` itself and, after a crash between the two,
  // asks endsWith().
  virtual bool transactional() const = 0;
  virtual BatchLimits limits() const = 0;
  // Group and stream are there when it returns.
  virtual Status open(const LogTarget& target, std::stop_token stop) = 0;
  virtual Status put(const LogTarget& target, std::vector<store::LogEvent> events,
                     const std::function<Status(store::Txn&)>& also, std::stop_token stop) = 0;
  // Are these the last events of the stream?
  virtual Result<bool> endsWith(const LogTarget& target, const std::vector<store::LogEvent>& events,
                                std::stop_token stop) = 0;
};

// The next bytes of a log; "" at its end.
using LogBytes = std::function<Result<std::string>()>;

class LogArchive {
 public:
  virtual ~LogArchive() = default;
  // The whole log as one object, compressed; there whole or not at all. Doing it again is harmless.
  virtual Status write(const Build& build, const LogBytes& bytes, std::stop_token stop) = 0;
};

}  // namespace kiln::engine
