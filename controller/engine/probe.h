// Probe: called by name before and after every effect and commit of a build's life. Empty in production; the crash suite's daemon
// ends itself in it (tests/crash), which shows that the process may die at any of these points.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace kiln::engine {

using Probe = std::function<void(std::string_view point)>;

inline void reach(const Probe& probe, std::string_view when, std::string_view what) {
  if (probe) probe(std::string(when) + ":" + std::string(what));
}

}  // namespace kiln::engine
