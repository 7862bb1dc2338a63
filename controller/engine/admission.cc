#include "controller/engine/admission.h"

#include <tuple>
#include <vector>

namespace kiln::engine {

Admission::Admission(std::size_t capacity, std::function<void(const BuildId&)> wake)
    : capacity_(capacity), wake_(std::move(wake)) {}

void Admission::take(State& state, const BuildId& id) {
  state.waiting.erase(id);
  if (state.running.insert(id).second) ++state.perProject[{id.scope, id.project}];
}

std::optional<BuildId> Admission::choose(const State& state) {
  using Rank = std::tuple<std::size_t, TimePoint, BuildId>;
  std::optional<Rank> best;
  for (const auto& [id, since] : state.waiting) {
    const auto project = state.perProject.find({id.scope, id.project});
    Rank rank{project == state.perProject.end() ? 0 : project->second, since, id};
    if (!best || rank < *best) best = std::move(rank);
  }
  if (!best) return std::nullopt;
  return std::get<BuildId>(*best);
}

void Admission::hold(const BuildId& id) {
  state_.with([&](State& state) { take(state, id); });
}

bool Admission::request(const BuildId& id, TimePoint since) {
  return state_.with([&](State& state) {
    if (state.running.contains(id)) return true;
    state.waiting[id] = since;
    if (state.running.size() >= capacity_ || choose(state) != id) return false;
    take(state, id);
    return true;
  });
}

void Admission::release(const BuildId& id) {
  const auto freed = state_.with([&](State& state) {
    std::vector<BuildId> next;
    state.waiting.erase(id);
    if (state.running.erase(id) != 0) {
      const auto project = state.perProject.find({id.scope, id.project});
      if (--project->second == 0) state.perProject.erase(project);
    }
    while (state.running.size() < capacity_) {
      auto chosen = choose(state);
      if (!chosen) break;
      take(state, *chosen);
      next.push_back(*std::move(chosen));
    }
    return next;
  });
  for (const auto& build : freed) wake_(build);
}

std::size_t Admission::running() const {
  return state_.with([](const State& state) { return state.running.size(); });
}

std::size_t Admission::waiting() const {
  return state_.with([](const State& state) { return state.waiting.size(); });
}

}  // namespace kiln::engine
