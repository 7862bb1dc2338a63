#include "tests/fakes/fake_artifacts.h"

namespace kiln::fakes {

Result<runtime::UploadedArtifacts> FakeArtifacts::upload(
    const Build& build, const runtime::CollectedArtifacts& collected, std::stop_token /*stop*/,
    const std::function<void(const std::string& line)>& progress) {
  progress("Uploading");
  return state_.with([&](State& state) -> Result<runtime::UploadedArtifacts> {
    if (state.failures > 0) {
      --state.failures;
      return Error{Code::kUnavailable, "uploading the artifacts: the engine is away"};
    }
    runtime::UploadedArtifacts all;
    all.failure = state.failure;
    if (all.failure) return all;
    for (const auto& one : collected) {
      all.artifacts.push_back(
          {one.identifier, "arn:aws:s3:::bucket" + one.directory, "md5", "sha256"});
    }
    ++state.uploads[build.id];
    return all;
  });
}

void FakeArtifacts::fail(std::optional<PhaseContext> context) {
  state_.with([&](State& state) { state.failure = std::move(context); });
}
void FakeArtifacts::failOnce(int times) {
  state_.with([&](State& state) { state.failures = times; });
}
int FakeArtifacts::uploadsOf(const BuildId& id) const {
  return state_.with([&](const State& state) {
    const auto found = state.uploads.find(id);
    return found == state.uploads.end() ? 0 : found->second;
  });
}

}  // namespace kiln::fakes
