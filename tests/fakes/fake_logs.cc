#include "tests/fakes/fake_logs.h"

#include <algorithm>
#include <utility>

namespace kiln::fakes {

Status FakeLogs::trouble(State& state, bool afterwards) {
  if (state.failures > 0 && state.afterwards == afterwards) {
    --state.failures;
    return state.error;
  }
  std::uniform_real_distribution<double> dice(0, 1);
  if (dice(state.random) >= (afterwards ? state.after : state.before)) return okStatus();
  return Error{Code::kUnavailable, afterwards ? "the answer was lost" : "the service is away"};
}

engine::BatchLimits FakeLogs::limits() const {
  return state_.with([](const State& state) { return state.limits; });
}

Status FakeLogs::open(const engine::LogTarget& target, std::stop_token) {
  return state_.with([&](State& state) -> Status {
    if (auto wrong = trouble(state, false); !wrong.ok()) return wrong;
    state.groups[target.group][target.stream];
    return trouble(state, true);
  });
}

// The embedded one's commit cannot be lost half.
Status FakeLogs::put(const engine::LogTarget& target, std::vector<store::LogEvent> events,
                     const std::function<Status(store::Txn&)>& also, std::stop_token) {
  const bool one = transactional();
  return state_.with([&](State& state) -> Status {
    ++state.puts;
    if (auto wrong = trouble(state, false); !wrong.ok()) return wrong;
    const auto group = state.groups.find(target.group);
    if (group == state.groups.end()) return Error{Code::kNotFound, "no group " + target.group};
    if (one) {
      auto done = store_.commit(store::Durability::kBuffered, also);
      if (!done.ok()) return done.error();
    }
    auto& stream = group->second[target.stream];
    std::move(events.begin(), events.end(), std::back_inserter(stream));
    return trouble(state, true);
  });
}

Result<bool> FakeLogs::endsWith(const engine::LogTarget& target,
                                const std::vector<store::LogEvent>& events, std::stop_token) {
  return state_.with([&](State& state) -> Result<bool> {
    if (auto wrong = trouble(state, false); !wrong.ok()) return wrong.error();
    const auto group = state.groups.find(target.group);
    if (group == state.groups.end()) return Error{Code::kNotFound, "no group " + target.group};
    const auto& stream = group->second[target.stream];
    const auto same = [](const store::LogEvent& a, const store::LogEvent& b) {
      return a.timestamp == b.timestamp && a.message == b.message;
    };
    return stream.size() >= events.size() &&
           std::equal(events.rbegin(), events.rend(), stream.rbegin(), same);
  });
}

Status FakeLogs::write(const Build& build, const engine::LogBytes& bytes, std::stop_token) {
  std::string all;
  for (;;) {
    auto piece = bytes();
    if (!piece.ok()) return piece.error();
    if (piece->empty()) break;
    all += *piece;
  }
  return state_.with([&](State& state) -> Status {
    if (auto wrong = trouble(state, false); !wrong.ok()) return wrong;
    state.archives[build.id] = std::move(all);
    return trouble(state, true);
  });
}

void FakeLogs::setLimits(engine::BatchLimits limits) {
  state_.with([&](State& state) { state.limits = limits; });
}

void FakeLogs::failNext(int times, Error error, bool afterwards) {
  state_.with([&](State& state) {
    state.failures = times;
    state.error = std::move(error);
    state.afterwards = afterwards;
  });
}

void FakeLogs::setRandomFaults(std::uint64_t seed, double before, double after) {
  state_.with([&](State& state) {
    state.random.seed(seed);
    state.before = before;
    state.after = after;
  });
}

void FakeLogs::removeGroup(const std::string& group) {
  state_.with([&](State& state) { state.groups.erase(group); });
}

bool FakeLogs::has(const std::string& group, const std::string& stream) const {
  return state_.with([&](const State& state) {
    const auto found = state.groups.find(group);
    return found != state.groups.end() && found->second.contains(stream);
  });
}

std::vector<store::LogEvent> FakeLogs::events(const std::string& group,
                                              const std::string& stream) const {
  return state_.with([&](const State& state) -> std::vector<store::LogEvent> {
    const auto found = state.groups.find(group);
    if (found == state.groups.end() || !found->second.contains(stream)) return {};
    return found->second.at(stream);
  });
}

std::string FakeLogs::text(const std::string& group, const std::string& stream) const {
  std::string all;
  for (const auto& event : events(group, stream)) all += event.message;
  return all;
}

std::string FakeLogs::archiveOf(const BuildId& id) const {
  return state_.with([&](const State& state) {
    const auto found = state.archives.find(id);
    return found == state.archives.end() ? std::string() : found->second;
  });
}

int FakeLogs::puts() const {
  return state_.with([](const State& state) { return state.puts; });
}

}  // namespace kiln::fakes
