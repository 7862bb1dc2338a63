// FakeSources: sources that arrive, or do not, as a test says. Any thread.
#pragma once

#include <string>

#include "controller/core/guarded.h"
#include "runtime/sandbox/delivered_sources.h"

namespace kiln::fakes {

class FakeSources final : public runtime::Sources {
 public:
  Result<runtime::DeliveredSources> deliver(
      const Build& build, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) override;

  void setBuildspec(std::string text);  // what lies in every primary source
  void fail(PhaseContext context);      // from now on: the build is to blame
  void failOnce(int times = 1);         // kUnavailable, nothing happened
  int deliveries() const;               // that went well

 private:
  struct State {
    std::string buildspec =
        R"({"version": 0.2, "phases": {"build": {"commands": ["make"]}}, "artifacts": {"files": ["out"]}})";
    std::optional<PhaseContext> failure;
    int failures = 0;
    int deliveries = 0;
  };
  mutable Guarded<State> state_;
};

}  // namespace kiln::fakes
