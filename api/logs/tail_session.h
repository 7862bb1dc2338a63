// TailSession: one client's live tail. Private to the live tails.
//
// heard() is called by whoever appends, on any thread, and only notes what the next second's message will hold; run() is the thread
// of the client's answer.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/logs/live_tail.h"

namespace kiln::api::logs {

class TailSession {
 public:
  TailSession(std::string requestId, TailRequest request, const Clock& clock);

  void follow(store::EventLog& events);
  void heard(const store::LiveEvents& live);
  // Until the client goes, the server stops or the session has lasted three hours.
  void run(BodyWriter& out);

 private:
  struct Heard {
    std::string group;
    std::string stream;
    std::int64_t timestamp;
    std::int64_t ingestionTime;
    std::string message;
  };
  // The identifier of the event's group, nullptr when the session does not want the stream.
  const std::string* wants(const store::LogStream& stream) const;
  std::string startText() const;
  std::string updateText();

  const std::string requestId_;
  const std::string id_;
  const TailRequest request_;
  const Clock& clock_;
  const TimePoint end_;
  std::mutex mutex_;
  std::vector<Heard> heard_;  // under mutex_
  bool sampled_ = false;      // under mutex_
  std::shared_ptr<void> seat_;
};

}  // namespace kiln::api::logs
