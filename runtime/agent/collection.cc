#include "runtime/agent/collection.h"

#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>

#include "runtime/agent/artifact_collector.h"
#include "runtime/agent/command.h"
#include "runtime/agent/expressions.h"

namespace kiln::agent {
namespace {

constexpr std::string_view kRefused = "exit status 1";

void writeLine(const std::string& text) {
  (void)writeAll(STDOUT_FILENO, containerLine(nowMicros(), text), "the log");
}

Result<std::string> collectAll(PhasePlan plan, Workspace& workspace) {
  if (auto evaluated = evaluate(plan.artifacts, plan.shell, workspace); !evaluated) {
    return evaluated.error();
  }
  ArtifactCollector collector(workspace.beginning(), writeLine);
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < plan.artifacts.size(); ++i) {
    const ArtifactToCollect& artifact = plan.artifacts[i];
    const std::string directory = workspace.stagingDirectory() + "/" + std::to_string(i);
    auto files = collector.collect(artifact, directory);
    if (!files) return files.error();
    fields.insert(fields.end(), {artifact.identifier, directory, artifact.name, artifact.s3Prefix,
                                 std::to_string(*files)});
  }
  return encodeFields(fields);
}

}  // namespace

Result<pid_t> Collection::start(const PhasePlan& plan, Workspace& workspace) {
  answer_.reset(::memfd_create("artifacts", MFD_CLOEXEC));
  if (!answer_) return systemError("cannot make room for the list of artifacts");
  const pid_t pid = ::fork();
  if (pid < 0) return systemError("cannot start collecting the artifacts");
  if (pid != 0) return pid;
  leaveAgent();
  const auto payload = collectAll(plan, workspace);
  const std::string& answer = payload ? *payload : payload.error().message;
  const bool written = writeAll(answer_.get(), answer, "the list of artifacts").ok();
  ::_exit(payload && written ? 0 : 1);
}

Result<std::string> Collection::result(int waitStatus) const {
  auto answer = readAll(answer_.get(), "the list of artifacts");
  if (answer && succeeded(waitStatus)) return answer;
  if (answer && !answer->empty() && endOf(waitStatus) == kRefused) {
    return Error{Code::kFailedPrecondition, *answer};
  }
  return Error{Code::kInternal, "collecting the artifacts ended with " + endOf(waitStatus)};
}

}  // namespace kiln::agent
