// Connections: who is connected, each on a thread of its own. There is a most; when it is reached, the connection that is idle longest
// makes room.
//
// Owner: the server. add() and closeIdle(): any thread. join(): after the stop was raised and when nobody adds any more.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>

#include "api/http/connection.h"

namespace kiln::api {

class Connections {
 public:
  explicit Connections(const ServerContext& context) : context_(context) {}
  ~Connections() { join(); }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Takes over `descriptor`. False when there is no room or no thread: the client was told so, and is gone.
  bool add(int descriptor);
  // Closes the connection that is idle longest; false when none is idle.
  bool closeIdle();
  // Until none is left.
  void join();

 private:
  struct Entry {
    Entry(Connections& all, int descriptor) : owner(all) {
      socket.emplace(descriptor, all.context_.stop);
    }
    Connections& owner;
    std::optional<Socket> socket;
    pthread_t thread{};
    std::optional<TimePoint> idleSince = std::nullopt;
    bool evicted = false;
  };
  using Entries = std::list<Entry>;

  static void* main(void* entry);
  void serve(Entry& entry);
  bool closeIdleLocked();
  void joinEnded();

  const ServerContext& context_;
  std::mutex mu_;
  std::condition_variable ended_;
  Entries live_;
  Entries done_;  // threads to join
};

}  // namespace kiln::api
