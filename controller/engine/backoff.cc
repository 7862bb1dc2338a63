#include "controller/engine/backoff.h"

#include <algorithm>

namespace kiln::engine {

Backoff::Backoff(Millis base, Millis cap, std::uint64_t seed)
    : base_(base), cap_(cap), state_(State{{}, std::mt19937_64(seed)}) {}

Millis Backoff::next(const ResourceKey& key, std::string error) {
  return state_.with([&](State& state) {
    Failure& failure = state.failing[key];
    failure.error = std::move(error);
    constexpr int kMostDoublings = 20;
    const int doublings = std::min(failure.attempts++, kMostDoublings);
    const Millis plain = std::min(cap_, base_ * (std::int64_t{1} << doublings));
    std::uniform_real_distribution<double> jitter(0.8, 1.2);
    return Millis(
        static_cast<std::int64_t>(static_cast<double>(plain.count()) * jitter(state.random)));
  });
}

void Backoff::forget(const ResourceKey& key) {
  state_.with([&](State& state) { state.failing.erase(key); });
}

std::optional<std::string> Backoff::lastError(const ResourceKey& key) const {
  return state_.with([&](const State& state) -> std::optional<std::string> {
    const auto it = state.failing.find(key);
    if (it == state.failing.end()) return std::nullopt;
    return it->second.error;
  });
}

}  // namespace kiln::engine
