// Listener: the sockets that the server listens on, each with a thread that accepts.
//
// Owner: the server. Any thread. When the system has no descriptors left, accepting waits a moment, and idle connections make room.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/http/connections.h"
#include "controller/core/result.h"

namespace kiln::api {

class Listener {
 public:
  Listener(Connections& connections, const StopSignal& stop)
      : connections_(connections), stop_(stop) {}
  ~Listener() { join(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // An address, or a name, of which every address that the machine has is listened on; nothing new when it is listened on already.
  // kUnavailable with the system's reason.
  Status listen(const std::string& host, int port);
  // After the stop was raised: nobody is accepted any more when this returns.
  void join();

 private:
  bool covers(const std::string& address) const;
  void accept(int descriptor);

  Connections& connections_;
  const StopSignal& stop_;
  std::mutex mu_;
  std::set<std::string> addresses_;  // as numbers
  std::vector<std::thread> threads_;
};

}  // namespace kiln::api
