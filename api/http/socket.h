// Socket: one accepted connection, with calls that block for a bounded time and end when the server stops.
//
// Owner: its connection, one thread. Errors of the system all mean the same here: the client is gone.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http/stop_signal.h"
#include "controller/core/clock.h"

namespace kiln::api {

enum class SocketEnd { kOpen, kGone, kSilent, kStopped };

struct Received {
  SocketEnd end = SocketEnd::kOpen;
  std::size_t size = 0;  // more than 0 when open
};

class Socket {
 public:
  // Takes over `descriptor`, which does not block.
  Socket(int descriptor, const StopSignal& stop);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Until there is something to receive, or the client is gone: that receive() tells.
  SocketEnd awaitBytes(Millis most);
  // What there is, at most `into`; waits for it at most `most`.
  Received receive(std::span<char> into, Millis most);

  // All of `parts`, in order. `silence`: how long the client may take nothing; none: as long as it likes. A stop ends it at once, or,
  // with a grace, that much later.
  using Parts = std::array<std::string_view, 3>;
  SocketEnd send(const Parts& parts, std::optional<Millis> silence, Millis stopGrace);

  // True once the client has closed its side or is gone, or the server stops; waits at most `most`.
  bool waitClosed(Millis most);
  // No more comes from us; what the client sends can still be received.
  void endSending();

  int descriptor() const { return descriptor_; }
  std::string remoteAddress() const;
  bool stopping() const { return stop_.raised(); }

 private:
  enum class Event { kReady, kTimeout, kStopped };
  Event wait(short events, Millis most, bool seeStop);

  const int descriptor_;
  const StopSignal& stop_;
};

}  // namespace kiln::api
