#include "runtime/agent/command.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

namespace kiln::agent {
namespace {

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void takeSignals() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_DFL);
}

[[noreturn]] void become(const std::string& directory, char* const* arguments,
                         char* const* environment) {
  takeSignals();
  if (::chdir(directory.c_str()) != 0 && ::chdir("/") != 0) ::_exit(126);
  ::execvpe(arguments[0], arguments, environment);
  int why = errno;
  std::string complaint =
      std::string(arguments[0]) + ": " + (why == ENOENT ? "not found" : std::strerror(why)) + "\n";
  (void)!::write(STDERR_FILENO, complaint.data(), complaint.size());
  ::_exit(why == ENOENT ? 127 : 126);
}

template <typename Prepare>
Result<pid_t> start(const std::string& shell, const Workspace& workspace, Prepare prepare) {
  std::vector<std::string> arguments = {shell, workspace.script()};
  std::vector<std::string> environment = workspace.processEnvironment();
  auto argumentPointers = pointersTo(arguments);
  auto environmentPointers = pointersTo(environment);
  pid_t pid = ::fork();
  if (pid < 0) return systemError("cannot start " + shell);
  if (pid == 0) {
    prepare();
    become(workspace.startDirectory(), argumentPointers.data(), environmentPointers.data());
  }
  return pid;
}

// The words of the service's own agent, which is a Go program.
std::string_view signalName(int signal) {
  switch (signal) {
    case SIGHUP: return "hangup";
    case SIGINT: return "interrupt";
    case SIGQUIT: return "quit";
    case SIGILL: return "illegal instruction";
    case SIGTRAP: return "trace/breakpoint trap";
    case SIGABRT: return "aborted";
    case SIGBUS: return "bus error";
    case SIGFPE: return "floating point exception";
    case SIGKILL: return "killed";
    case SIGUSR1: return "user defined signal 1";
    case SIGSEGV: return "segmentation fault";
    case SIGUSR2: return "user defined signal 2";
    case SIGPIPE: return "broken pipe";
    case SIGALRM: return "alarm clock";
    case SIGTERM: return "terminated";
    default: return {};
  }
}

}  // namespace

void leaveAgent() {
  ::setsid();
  takeSignals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

Result<pid_t> startCommand(const std::string& shell, const Workspace& workspace) {
  return start(shell, workspace, [] { ::setsid(); });
}

Result<pid_t> startCommand(const std::string& shell, const Workspace& workspace, Streams streams) {
  return start(shell, workspace, [streams] {
    ::dup2(streams.output, STDOUT_FILENO);
    ::dup2(streams.errors, STDERR_FILENO);
  });
}

std::string endOf(int waitStatus) {
  if (WIFEXITED(waitStatus)) return "exit status " + std::to_string(WEXITSTATUS(waitStatus));
  int signal = WTERMSIG(waitStatus);
  std::string name(signalName(signal));
  if (name.empty()) name = "signal " + std::to_string(signal);
  return "signal: " + name + (WCOREDUMP(waitStatus) ? " (core dumped)" : "");
}

bool succeeded(int waitStatus) { return WIFEXITED(waitStatus) && WEXITSTATUS(waitStatus) == 0; }

}  // namespace kiln::agent
