// Periodic: a thread that does one thing again and again, with ±20 % jitter, until it is destroyed. A first run comes after the first interval.
//
// `work` gets the stop token, so that something long can end early. Exceptions are logged and the next round comes all the same.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "controller/core/clock.h"

namespace kiln::engine {

class Periodic {
 public:
  Periodic(std::string name, Millis interval, std::function<void(std::stop_token)> work);

 private:
  void loop(const std::stop_token& stop);

  const std::string name_;
  const Millis interval_;
  const std::function<void(std::stop_token)> work_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace kiln::engine
