// Uplink: the agent's end of the byte stream: messages in, records out. Neither direction waits for the other.
//
// Nothing is sent before a `hello`; from then on everything after the number it gave is copied out of the journal, as fast as the
// stream takes it. Owner: Agent. One thread. A stream that has ended is not an error: the journal keeps the records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/agent/journal.h"
#include "runtime/agent/protocol.h"
#include "runtime/agent/system.h"

namespace kiln::agent {

class Uplink {
 public:
  Uplink(Fd in, Fd out, Journal& journal)
      : in_(std::move(in)), out_(std::move(out)), journal_(journal) {}

  int in() const { return in_.get(); }    // -1 once it has ended
  int out() const { return out_.get(); }  // -1 once it has ended

  // Reads what is there; whole messages whose checksum holds.
  std::vector<Message> receive();

  // Answers a hello: sync line, `ready`, then everything after `resumeAfter`.
  void greet(const std::string& nonce, std::uint64_t resumeAfter, std::string_view readyPayload);
  bool wantsToSend() const { return greeted_ && out_ && (!control_.empty() || !journal_.atEnd()); }
  // Sends what the stream takes now. False when the journal was destroyed under us.
  bool send();
  void heartbeat();

 private:
  bool sendControl();

  Fd in_;
  Fd out_;
  Journal& journal_;
  std::string line_;  // of a message that has not come whole yet
  bool lineTooLong_ = false;
  std::string control_;  // what is not in the journal: sync line, ready, heartbeat
  bool greeted_ = false;
};

}  // namespace kiln::agent
