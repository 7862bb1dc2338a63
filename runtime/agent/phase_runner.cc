#include "runtime/agent/phase_runner.h"

#include <algorithm>
#include <array>

#include "runtime/agent/command.h"

namespace kiln::agent {
namespace {

// In the order of the controller's phases; those the agent can be asked to run.
constexpr std::array<std::string_view, 6> kPhases = {
    "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"};

constexpr std::string_view kCollectingPhase = kPhases.back();
constexpr std::string_view kCommandError = "COMMAND_EXECUTION_ERROR";

// 0 for "" and for a name that is no phase.
std::size_t rankOf(std::string_view phase) {
  auto found = std::find(kPhases.begin(), kPhases.end(), phase);
  return found == kPhases.end() ? 0 : static_cast<std::size_t>(found - kPhases.begin()) + 1;
}

}  // namespace

bool PhaseRunner::request(PhasePlan plan) {
  if (abandoned_ || rankOf(plan.phase) <= rankOf(lastAsked_)) return false;
  lastAsked_ = plan.phase;
  requested_.push_back(std::move(plan));
  return true;
}

void PhaseRunner::step() {
  while (!journal_.blocked()) {
    switch (state_) {
      case State::kIdle:
        if (requested_.empty()) return;
        beginPhase();
        break;
      case State::kChoosing: chooseCommand(); break;
      case State::kRecorded: launch(); break;
      case State::kExecuting: return;
      case State::kDraining:
        if (unread_ > 0) return;
        workspace_.adoptState();
        if (collects()) {
          finishCollecting(collection_.result(waitStatus_));
        } else {
          finishCommand(endOf(waitStatus_), succeeded(waitStatus_));
        }
        break;
    }
  }
}

void PhaseRunner::beginPhase() {
  plan_ = std::move(requested_.front());
  requested_.pop_front();
  next_ = 0;
  failure_.reset();
  state_ = State::kChoosing;
  record(RecordType::kPhaseStarted, {plan_.phase});
  for (const auto& text : plan_.logLines) log_.line(text);
  if (plan_.announce) log_.line("Entering phase " + plan_.phase);
  if (auto prepared = workspace_.prepare(plan_); !prepared) {
    fail("prepare phase " + plan_.phase, prepared.error().message);
    next_ = plan_.commands.size() + plan_.finallyCommands.size();
  }
}

const std::string& PhaseRunner::command() const {
  std::size_t commands = plan_.commands.size();
  return next_ < commands ? plan_.commands[next_] : plan_.finallyCommands[next_ - commands];
}

void PhaseRunner::chooseCommand() {
  if (abandoned_) {  // it was ended from outside: how the phase would have gone nobody knows
    state_ = State::kIdle;
    return;
  }
  if (collects()) {
    collect();
    return;
  }
  if (next_ == plan_.commands.size() + plan_.finallyCommands.size()) {
    finishPhase();
    return;
  }
  log_.line("Running command " + command());
  record(RecordType::kCommandStarted, {std::to_string(next_), command()});
  state_ = State::kRecorded;
}

void PhaseRunner::launch() {
  if (abandoned_) {
    state_ = State::kChoosing;
    return;
  }
  log_.beginCommand();
  auto written = workspace_.writeScript(command(), plan_.isolated);
  if (!written) {
    finishCommand(written.error().message, false);
    return;
  }
  auto started = startCommand(plan_.shell, workspace_);
  if (!started) {
    finishCommand(started.error().message, false);
    return;
  }
  process_ = *started;
  state_ = State::kExecuting;
}

void PhaseRunner::exited(int waitStatus, std::size_t unread) {
  process_ = 0;
  waitStatus_ = waitStatus;
  unread_ = unread;
  state_ = State::kDraining;
}

void PhaseRunner::outputRead(std::size_t bytes) { unread_ -= std::min(unread_, bytes); }

void PhaseRunner::finishCommand(const std::string& end, bool success) {
  log_.endCommand();
  record(RecordType::kCommandFinished, {std::to_string(next_), end});
  state_ = State::kChoosing;
  if (abandoned_) return;
  if (success) {
    ++next_;
    return;
  }
  log_.line("Command did not exit successfully " + command() + " " + end);
  bool inCommands = next_ < plan_.commands.size();
  fail(command(), end);
  next_ = plan_.commands.size() + (inCommands ? 0 : plan_.finallyCommands.size());
}

void PhaseRunner::fail(std::string_view command, std::string_view reason) {
  if (failure_) return;
  failure_ = Failure{std::string(command), std::string(reason)};
  workspace_.keepFailure(plan_.shell);
  // What later commands see; when it cannot be written they cannot run either, and say so.
  (void)workspace_.setVariables({{"CODEBUILD_BUILD_SUCCEEDING", "0"}});
}

void PhaseRunner::finishPhase() {
  std::string status = failure_ ? "FAILED" : "SUCCEEDED";
  Failure shown = failure_.value_or(Failure{});
  log_.line("Phase complete: " + plan_.phase + " State: " + status);
  log_.line("Phase context status code: " + std::string(failure_ ? kCommandError : "") +
            " Message: " + (failure_ ? commandErrorMessage(shown.command, shown.reason) : ""));
  record(RecordType::kPhaseFinished, {plan_.phase, status, shown.command, shown.reason});
  state_ = State::kIdle;
}

bool PhaseRunner::collects() const { return plan_.phase == kCollectingPhase; }

void PhaseRunner::collect() {
  if (failure_) return finishCollecting(Error{Code::kFailedPrecondition, failure_->reason});
  if (plan_.artifacts.empty()) return finishCollecting(std::string());
  log_.startLine();
  auto started = collection_.start(plan_, workspace_);
  if (!started) return finishCollecting(started.error());
  process_ = *started;
  state_ = State::kExecuting;
}

void PhaseRunner::finishCollecting(const Result<std::string>& collected) {
  state_ = State::kIdle;
  if (abandoned_) return;
  if (collected) journal_.append(RecordType::kArtifacts, nowMicros(), *collected);
  record(RecordType::kPhaseFinished, {plan_.phase, collected ? "SUCCEEDED" : "FAILED", "",
                                      collected ? "" : collected.error().message});
}

void PhaseRunner::abandon() {
  abandoned_ = true;
  requested_.clear();
}

void PhaseRunner::record(RecordType type, const std::vector<std::string>& fields) {
  journal_.append(type, nowMicros(), encodeFields(fields));
}

}  // namespace kiln::agent
