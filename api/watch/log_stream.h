// LogStream: the committed log of one build, sent to one client; to its present end, or followed until the build is over.
//
// Reads what the build's log progress says is committed, a page at a time: memory does not grow with the log. Following wakes on
// every commit that touches the build or its log, and ends when the build is COMPLETED (or gone) and all of its log is out.
// Owner and thread: the server's thread for this answer. Failure: a log that cannot be read ends the stream early and is logged.
#pragma once

#include <cstdint>
#include <string>

#include "api/http/response.h"
#include "api/watch/log_format.h"
#include "store/store.h"

namespace kiln::api {

struct LogRequest {
  BuildId id;
  LogFormat format = LogFormat::kPlain;
  std::uint64_t offset = 0;  // of the log's text
  bool follow = false;
};

// The committed length of the build's log file; 0 when it has none yet.
Result<std::uint64_t> committedLog(const store::Store& store, const BuildId& id);

class LogStream {
 public:
  LogStream(store::Store& store, const store::LogStore& logs, LogRequest request, Millis slice);

  void run(BodyWriter& out);

 private:
  Result<bool> isOver() const;
  bool sendUpTo(std::uint64_t end, BodyWriter& out);
  bool followOn(BodyWriter& out);

  store::Store& store_;
  const store::LogStore& logs_;
  const LogRequest request_;
  const Millis slice_;
  LogFormatter formatter_;
  std::uint64_t fileOffset_ = 0;
};

}  // namespace kiln::api
