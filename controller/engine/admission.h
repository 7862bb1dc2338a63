// Admission: which queued builds may run. At most `capacity` at once; the rest wait in fair order: first the project that has the
// fewest running, then the build that asked first.
//
// A cache of what the store says, rebuilt at start by hold() and request() for every active build; losing it loses nothing. A slot is
// held from request() answering true until release(). Any thread; `wake` is called outside the lock with a build that
// may go now. Owner: main().
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "controller/core/build.h"
#include "controller/core/guarded.h"

namespace kiln::engine {

class Admission {
 public:
  Admission(std::size_t capacity, std::function<void(const BuildId&)> wake);

  // A build that is past QUEUED already: it has its slot, whatever the capacity.
  void hold(const BuildId& id);
  // A build in QUEUED asks. True: the slot is its own. False: it will be woken.
  bool request(const BuildId& id, TimePoint since);
  // It is over, or gone.
  void release(const BuildId& id);

  std::size_t running() const;
  std::size_t waiting() const;

 private:
  struct State {
    std::set<BuildId> running;
    std::map<BuildId, TimePoint> waiting;
    std::map<std::pair<Scope, std::string>, std::size_t> perProject;
  };
  static void take(State& state, const BuildId& id);
  static std::optional<BuildId> choose(const State& state);

  const std::size_t capacity_;
  const std::function<void(const BuildId&)> wake_;
  Guarded<State> state_;
};

}  // namespace kiln::engine
