// JobPool: work that takes minutes, started and observed instead of waited for, keyed by (build, step).
//
// A job lives in memory only: after a crash it is absent and is started again, so it must write to a temporary place and
// rename. One job per key; starting one that exists does nothing. Owner: Node. Threads: any; jobs run on the pool's own
// threads (`workers`), and `finished` is told the build when one ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::runtime {

enum class JobStep { kPrepareImage, kFetchSources, kReadJournal, kUploadArtifacts };

// A job's answer: a step-specific text (the image to run), or why not.
using JobResult = Result<std::string>;

struct JobState {
  enum class Progress { kAbsent, kRunning, kDone };
  Progress progress = Progress::kAbsent;
  std::optional<JobResult> result;  // when done
};

class JobPool {
 public:
  JobPool(int workers, std::function<void(const BuildId&)> finished);
  ~JobPool();  // stops
  JobPool(const JobPool&) = delete;
  JobPool& operator=(const JobPool&) = delete;

  void start(const BuildId& id, JobStep step, std::function<JobResult(std::stop_token)> work);
  JobState observe(const BuildId& id, JobStep step) const;
  // Asks every job to stop and waits until the last one has; none is begun after that. What jobs use may go then.
  void stop();
  // Forgets the build's jobs; running ones are asked to stop and their results dropped.
  void forget(const BuildId& id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::runtime
