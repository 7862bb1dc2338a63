// HttpLimits: how much and how long the server lets a client take. The defaults are the daemon's; tests take smaller ones.
#pragma once

#include <cstddef>

#include "controller/core/clock.h"

namespace kiln::api {

struct HttpLimits {
  std::size_t connections =
      1024;  // beyond: the one that is idle longest is closed, or the new one answered 503
  std::size_t requestLine = 16 << 10;  // beyond: 414
  std::size_t head = 64 << 10;         // request line and headers; beyond: 431
  std::size_t wholeBody =
      12 << 20;                    // of a JSON or form call (7 MB of files in base64); beyond: 413
  std::size_t bodies = 256 << 20;  // of all such calls together (body_budget.h); beyond: 503
  std::size_t drained = 16 << 20;  // of a body that the handler left, to keep the connection
  Millis idle = Seconds(75);       // until the first byte of a request
  Millis headTime = Seconds(30);   // from its first byte to the end of its headers; beyond: 408
  Millis silence =
      Seconds(120);  // of a client that should send a body, or take an answer that has an end
  Millis linger = Seconds(5);      // for the rest of a body that was answered before its end
  Millis stopGrace = Millis(500);  // for answers that are under way when the server stops
};

}  // namespace kiln::api
