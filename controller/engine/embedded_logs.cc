#include "controller/engine/embedded_logs.h"

#include <utility>

namespace kiln::engine {

// What one commit should hold, not what PutLogEvents takes.
BatchLimits EmbeddedLogs::limits() const {
  return {.bytes = 4 << 20, .events = SIZE_MAX, .spanMillis = INT64_MAX};
}

Status EmbeddedLogs::open(const LogTarget& target, std::stop_token) {
  return dropValue(log_.ensureStream(target.scope, target.group, target.stream));
}

// Buffered: what is lost with the machine is put again, from the build's own log, because the position is lost with it.
Status EmbeddedLogs::put(const LogTarget& target, std::vector<store::LogEvent> events,
                         const std::function<Status(store::Txn&)>& also, std::stop_token) {
  auto stream = log_.ensureStream(target.scope, target.group, target.stream);
  if (!stream.ok()) return stream.error();
  return log_.append(*stream, std::move(events), store::Durability::kBuffered, also);
}

Result<bool> EmbeddedLogs::endsWith(const LogTarget&, const std::vector<store::LogEvent>&,
                                    std::stop_token) {
  return Error{Code::kInternal, "events and position of an embedded log are one commit"};
}

}  // namespace kiln::engine
