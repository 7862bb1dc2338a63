// Readiness: the checks behind /_kiln/ready, run at most once a second however often they are asked for.
//
// Owner: the routes. Threads: any; one runs the checks while the others wait for its answer. A check that fails says why.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"

namespace kiln::api {

struct ReadyCheck {
  std::string name;  // "store", "engine"
  std::function<Status()> run;
};

struct ReadyReport {
  bool ready = true;
  std::string
      json;  // {"status":"ready|not ready","checks":{"store":{"ok":true},"engine":{"ok":false,"reason":"…"}}}
};

class Readiness {
 public:
  Readiness(std::vector<ReadyCheck> checks, const Clock& clock, Millis keep = Millis(1000));

  ReadyReport report();

 private:
  ReadyReport check() const;

  const std::vector<ReadyCheck> checks_;
  const Clock& clock_;
  const Millis keep_;
  std::mutex mutex_;
  std::optional<ReadyReport> last_;
  TimePoint lastAt_;
};

}  // namespace kiln::api
