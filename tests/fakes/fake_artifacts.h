// FakeArtifacts: artifacts that are uploaded, or are not, as a test says. Any thread.
#pragma once

#include <map>

#include "controller/core/guarded.h"
#include "runtime/sandbox/artifacts.h"

namespace kiln::fakes {

class FakeArtifacts final : public runtime::Artifacts {
 public:
  Result<runtime::UploadedArtifacts> upload(
      const Build& build, const runtime::CollectedArtifacts& collected, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) override;

  void fail(std::optional<PhaseContext>
                context);        // from now on: the place they go to is to blame; nullopt: not
  void failOnce(int times = 1);  // kUnavailable, nothing happened
  int uploadsOf(const BuildId& id) const;  // that went well

 private:
  struct State {
    std::optional<PhaseContext> failure;
    int failures = 0;
    std::map<BuildId, int> uploads;
  };
  mutable Guarded<State> state_;
};

}  // namespace kiln::fakes
