// Observed: everything a pass has seen of one build's world, as values. What the planner decides from, and nothing else.
#pragma once

#include <optional>
#include <string>

#include "controller/core/build.h"

namespace kiln::plan {

// kUnknown: the engine cannot be asked now. It never means absent: the build waits.
enum class Container { kUnknown, kAbsent, kCreated, kRunning, kExited };

// A long job of this build (image, sources, journal): as the job pool tells it.
enum class Job { kAbsent, kRunning, kSucceeded, kFailed };

// The copies of the build's log in CloudWatch Logs and S3. kHopeless: one of them will never be whole.
enum class Delivery { kDone, kUnderWay, kHopeless };

// The session with the agent.
enum class Link { kNone, kOpening, kAttached, kLost, kDrained };

struct Observed {
  Millis minute{60'000};  // how long a minute of the build's timeouts lasts
  bool admitted = false;  // a slot is this build's

  Job image = Job::kAbsent;
  PhaseContext imageFailure;  // when the image job failed: how PROVISIONING ends

  Job sources = Job::kAbsent;
  PhaseContext sourceFailure;  // when the sources' job failed: how DOWNLOAD_SOURCE ends

  Job upload = Job::kAbsent;
  PhaseContext uploadFailure;  // when the artifacts' job failed: how UPLOAD_ARTIFACTS ends

  Container container = Container::kUnknown;
  std::string containerEnd;  // when exited: the engine's account of it, for a person

  Link link = Link::kNone;
  bool recordsWaiting = false;
  bool phaseEndWaiting = false;
  std::optional<Phase> agentPhase;  // the last phase the agent was asked to run

  Job journal = Job::kAbsent;

  Delivery logs = Delivery::kDone;  // told from FINALIZING on
  std::string logsFailure;          // when hopeless: why
  Millis logsWait{30'000};          // how long FINALIZING waits for them
};

}  // namespace kiln::plan
