// Metrics: what /_kiln/metrics shows, in Prometheus' words. Any thread; cheap. Owner: main().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controller/core/build.h"

namespace kiln::engine {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void phaseEnded(const PhaseRecord& record);
  void buildEnded(BuildStatus outcome);
  void passTook(double seconds, bool failed);

  // Gauges read when asked: name, help, value.
  void gauge(const std::string& name, const std::string& help, std::function<double()> value);

  std::string text() const;  // Prometheus text exposition format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::engine
