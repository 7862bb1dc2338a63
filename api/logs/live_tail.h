// Live tails: what comes into some log groups, sent to a client once a second as it comes.
//
// StartLiveTail opens a session under the request's id; the same request is then answered by the session's event stream: begin().
// A session hears every event from the moment it is opened on, at most 500 a second; of more it sends 500 and says so.
// Owner: the daemon; log and clock outlive it. Any thread; a session's stream runs on the thread of its answer.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/http/response.h"
#include "api/logs/deps.h"
#include "api/logs/filter_pattern.h"

namespace kiln::api::logs {

struct TailRequest {
  std::vector<store::LogGroup> groups;
  std::vector<std::string> identifiers;  // of the groups, as asked
  std::vector<std::string> streams;      // none: all
  std::vector<std::string> prefixes;     // none: all
  std::string patternText;
  FilterPattern pattern;
};

class TailSession;

class LiveTails {
 public:
  LiveTails(store::EventLog& events, const Clock& clock) : events_(events), clock_(clock) {}

  void open(const std::string& requestId, TailRequest request);
  Response begin(const std::string& requestId);

 private:
  store::EventLog& events_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<TailSession>> opened_;  // under mutex_
};

}  // namespace kiln::api::logs
