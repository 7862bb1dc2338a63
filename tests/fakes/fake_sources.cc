#include "tests/fakes/fake_sources.h"

namespace kiln::fakes {

Result<runtime::DeliveredSources> FakeSources::deliver(
    const Build& build, std::stop_token /*stop*/,
    const std::function<void(const std::string& line)>& progress) {
  progress("Fetching");
  return state_.with([&](State& state) -> Result<runtime::DeliveredSources> {
    if (state.failures > 0) {
      --state.failures;
      return Error{Code::kUnavailable, "fetching the sources: the engine is away"};
    }
    runtime::DeliveredSources all;
    all.failure = state.failure;
    if (all.failure) return all;
    for (const SourceInput& source : build.spec.sources) {
      all.sources.push_back({source.identifier,
                             "/arrived/" + std::to_string(state.deliveries) + source.identifier,
                             "version-of-" + source.location});
    }
    all.buildspec = state.buildspec;
    all.buildspecLocation = build.state.sourceDirectory + "/buildspec.yml";
    ++state.deliveries;
    return all;
  });
}

void FakeSources::setBuildspec(std::string text) {
  state_.with([&](State& state) { state.buildspec = std::move(text); });
}
void FakeSources::fail(PhaseContext context) {
  state_.with([&](State& state) { state.failure = std::move(context); });
}
void FakeSources::failOnce(int times) {
  state_.with([&](State& state) { state.failures = times; });
}
int FakeSources::deliveries() const {
  return state_.with([](const State& state) { return state.deliveries; });
}

}  // namespace kiln::fakes
