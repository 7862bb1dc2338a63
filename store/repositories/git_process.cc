#include "store/repositories/git_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace kiln::store {
namespace {

constexpr std::size_t kMostComplaint = 4096;
constexpr std::size_t kPiece = 64 * 1024;
constexpr Millis kGrace{2000};

// Where `git` is on the PATH, or empty.
std::string findGit() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/git";
    if (candidate.front() == '/' && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return {};
}

class Pipes {
 public:
  Pipes() {
    ok_ = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) == 0 &&
          ::pipe2(ends_ + 2, O_CLOEXEC) == 0 && ::pipe2(ends_ + 4, O_CLOEXEC) == 0;
  }
  ~Pipes() {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;

  bool ok() const { return ok_; }
  int childInput() const { return ends_[1]; }
  int childOutput() const { return ends_[3]; }
  int childErrors() const { return ends_[5]; }
  int take(int at) { return std::exchange(ends_[at], -1); }

 private:
  int ends_[6] = {-1, -1, -1, -1, -1, -1};  // ours and the child's of input; ours and the child's…
  bool ok_ = false;
};

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Launch {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  pid_t parent;
  bool background;
};

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void becomeGit(const Launch& launch, const Pipes& pipes) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);
  if (launch.background) (void)!::nice(10);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool joined = ::dup2(pipes.childInput(), 0) == 0 && ::dup2(pipes.childOutput(), 1) == 1 &&
                      ::dup2(pipes.childErrors(), 2) == 2;
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  if (joined && ::chdir(launch.directory) == 0)
    ::execve(launch.program, launch.arguments, launch.environment);
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<GitProcess>> GitProcess::start(const GitCommand& command) {
  const std::string program = findGit();
  if (program.empty())
    return Error{Code::kUnavailable, "starting git: there is no program git on the PATH"};
  std::vector<std::string> words{"git"};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  auto environment = gitEnvironment(command.protocol);
  const auto arguments = pointersTo(words);
  const auto variables = pointersTo(environment);
  const std::string directory = command.repository.string();
  Pipes pipes;
  if (!pipes.ok())
    return Error{Code::kUnavailable, std::string("starting git: ") + std::strerror(errno)};
  const Launch launch{program.c_str(),   arguments.data(), variables.data(),
                      directory.c_str(), ::getpid(),       command.background};
  const pid_t child = ::fork();
  if (child == 0) becomeGit(launch, pipes);
  if (child < 0)
    return Error{Code::kUnavailable, std::string("starting git: ") + std::strerror(errno)};
  ::setpgid(child, child);  // whichever of the two comes first
  return std::unique_ptr<GitProcess>(
      new GitProcess(child, pipes.take(0), pipes.take(2), pipes.take(4)));
}

GitProcess::GitProcess(pid_t process, int input, int output, int errors)
    : process_(process),
      ended_(static_cast<int>(::syscall(SYS_pidfd_open, process, 0))),
      input_(input),
      output_(output),
      errors_(errors) {}

GitProcess::~GitProcess() {
  stop();
  (void)wait();
  for (const int end : {input_, output_, errors_, ended_}) {
    if (end >= 0) ::close(end);
  }
}

bool GitProcess::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void GitProcess::closeInput() { ::shutdown(input_, SHUT_WR); }

void GitProcess::readComplaint() {
  char piece[4096];
  const ssize_t got = ::read(errors_, piece, sizeof piece);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) {
    ::close(errors_);
    errors_ = -1;
    return;
  }
  const std::size_t room = kMostComplaint - std::min(complaint_.size(), kMostComplaint);
  complaint_.append(piece, std::min(room, static_cast<std::size_t>(got)));
}

std::optional<std::string> GitProcess::read(Millis most) {
  if (output_ < 0) return std::string();
  while (true) {
    pollfd waiting[2] = {{output_, POLLIN, 0}, {errors_, POLLIN, 0}};
    const int ready = ::poll(waiting, 2, static_cast<int>(most.count()));
    if (ready == 0) return std::nullopt;
    if (ready < 0 && errno != EINTR) return std::string();
    if (ready > 0 && waiting[1].revents != 0) readComplaint();
    if (ready <= 0 || waiting[0].revents == 0) continue;
    std::string piece(kPiece, '\0');
    const ssize_t got = ::read(output_, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    piece.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return piece;
  }
}

int GitProcess::wait() {
  if (status_) return *status_;
  pollfd waiting{errors_, POLLIN, 0};  // what it said last, of what is there already
  while (errors_ >= 0 && ::poll(&waiting, 1, 0) > 0) readComplaint();
  int status = 0;
  pid_t answer = 0;
  pollfd gone{ended_, POLLIN, 0};
  while (ended_ >= 0 && ::poll(&gone, 1, -1) < 0 && errno == EINTR) continue;
  if (ended_ >= 0) ::kill(-process_, SIGKILL);  // children that outlived it
  do {
    answer = ::waitpid(process_, &status, 0);
  } while (answer < 0 && errno == EINTR);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (answer < 0) status_ = 127;
  reaped_ = true;
  return *status_;
}

bool GitProcess::endsWithin(Millis most) const {
  pollfd waiting{ended_, POLLIN, 0};
  return ended_ >= 0 && ::poll(&waiting, 1, static_cast<int>(most.count())) > 0;
}

void GitProcess::stop() {
  if (reaped_ || endsWithin(Millis{0})) return;
  ::kill(-process_, SIGTERM);  // git takes its lock files along
  if (!endsWithin(kGrace)) ::kill(-process_, SIGKILL);
}

}  // namespace kiln::store
