// Step: the one thing a pass does next. Each names an effect and is idempotent; the executor carries it out, then the build is looked
// at again.
#pragma once

#include <optional>
#include <variant>

#include "controller/core/build.h"

namespace kiln::plan {

struct Wait {  // nothing to do before `until`, or before something happens
  std::optional<TimePoint> until;
};
struct PrepareImage {};  // start the job that finds or pulls the image
struct RecordImage {};   // what the job found is what will run
struct CreateContainer {};
struct OpenLink {};  // attach to the agent
struct StartContainer {};
struct FetchSources {};     // start the job that brings the sources into the container
struct RecordSources {};    // what the job brought is what the build has
struct RunPhase {};         // tell the agent to run the current phase
struct AbsorbRecords {};    // commit what the agent has told, and the transition it means
struct ReadJournal {};      // start the job that reads a stopped container's journal
struct UploadArtifacts {};  // start the job that brings what the agent has collected to S3
struct RecordArtifacts {};  // where the job has put it: the phase is done
struct Finish {             // end the current phase
  PhaseStatus status = PhaseStatus::kSucceeded;
  PhaseContext context;
};
struct StopBuild {};         // record the requested stop
struct TimeOutBuild {};      // record the passed deadline
struct RemoveContainer {};   // undo what kContainerFinalizer guards
struct ReleaseContainer {};  // it is seen gone: drop the finalizer
struct ReleaseLogs {};       // nothing is to come of what kLogDeliveryFinalizer guards: drop it
struct EraseLog {};          // undo what kLogFinalizer guards, then drop it
struct EraseRecord {};       // nothing guards the record any more

using Step =
    std::variant<Wait, PrepareImage, RecordImage, CreateContainer, OpenLink, StartContainer,
                 FetchSources, RecordSources, RunPhase, AbsorbRecords, ReadJournal, UploadArtifacts,
                 RecordArtifacts, Finish, StopBuild, TimeOutBuild, RemoveContainer,
                 ReleaseContainer, ReleaseLogs, EraseLog, EraseRecord>;

const char* name(const Step& step);

}  // namespace kiln::plan
