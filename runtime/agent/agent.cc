#include "runtime/agent/agent.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <limits>

namespace kiln::agent {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHeartbeatEvery = 10 * kSecond;
constexpr std::int64_t kDiskRetryEvery = kSecond / 5;
constexpr std::int64_t kDeadlineGrace = 60 * kSecond;
constexpr std::int64_t kTermGrace = kSecond / 2;
constexpr std::int64_t kFarewell = kSecond / 2;
constexpr std::size_t kOutputBytes = std::size_t{1} << 20;
constexpr int kDeadlineStatus = 124;
constexpr int kTerminatedStatus = 143;  // 128 + SIGTERM, as a shell would say
constexpr int kJournalLostStatus = 3;

Fd duplicate(int fd) { return Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

Result<Fd> openSignals() {
  sigset_t taken;
  sigemptyset(&taken);
  for (int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM})
    sigaddset(&taken, signal);
  ::sigprocmask(SIG_BLOCK, &taken, nullptr);
  for (int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  Fd fd(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return systemError("cannot make a signalfd");
  return fd;
}

}  // namespace

Agent::Agent(const AgentOptions& options)
    : options_(options),
      workspace_(options.root),
      journal_(workspace_.journalDirectory()),
      log_(journal_),
      runner_(journal_, log_, workspace_),
      uplink_(duplicate(STDIN_FILENO), duplicate(STDOUT_FILENO), journal_),
      buffer_(kOutputBytes, '\0') {}

Status Agent::prepare() {
  if (auto opened = journal_.open(); !opened) return opened;
  auto signals = openSignals();
  if (!signals) return signals.error();
  signals_ = std::move(*signals);
  for (int fd : {uplink_.in(), uplink_.out()}) {
    if (auto set = setNonBlocking(fd); !set) return set;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return systemError("cannot make the output pipe");
  output_.reset(ends[0]);
  Fd writeEnd(ends[1]);
  ::fcntl(output_.get(), F_SETPIPE_SZ, static_cast<int>(kOutputBytes));  // as large as we may
  ::fcntl(uplink_.out(), F_SETPIPE_SZ, static_cast<int>(kOutputBytes));
  if (auto set = setNonBlocking(output_.get()); !set) return set;
  Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return systemError("cannot open /dev/null");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  bool moved = ::dup2(nothing.get(), STDIN_FILENO) >= 0 &&
               ::dup2(writeEnd.get(), STDOUT_FILENO) >= 0 &&
               ::dup2(writeEnd.get(), STDERR_FILENO) >= 0;
  return moved ? okStatus() : Status(systemError("cannot move descriptors"));
}

int Agent::run() {
  while (!ended()) {
    waitForSomething();
    onTimers();
    if (polled_[kSignals].revents != 0) onSignals();
    if (polled_[kMessages].revents != 0) onMessages();
    if (polled_[kOutput].fd >= 0) readOutput();
    credentials_.attend(polled_.data() + kFixed, polled_.size() - kFixed);
    runner_.step();
    if (uplink_.wantsToSend() && !uplink_.send()) {
      exitStatus_ = kJournalLostStatus;
      break;
    }
  }
  killEverything();
  return exitStatus_;
}

// Output is not read while the journal cannot take more: the commands then wait, as for any slow reader.
void Agent::waitForSomething() {
  bool room = !journal_.blocked() && !journal_.full();
  polled_.clear();
  polled_.push_back({signals_.get(), POLLIN, 0});
  polled_.push_back({uplink_.in(), POLLIN, 0});
  polled_.push_back({uplink_.wantsToSend() ? uplink_.out() : -1, POLLOUT, 0});
  polled_.push_back({room ? output_.get() : -1, POLLIN, 0});
  credentials_.addTo(polled_);
  std::int64_t now = nowMicros();
  std::int64_t wait = std::clamp<std::int64_t>(nextTimer(now) - now, 0, kHeartbeatEvery);
  if (::poll(polled_.data(), polled_.size(), static_cast<int>((wait + 999) / 1000)) < 0) {
    for (auto& entry : polled_) entry.revents = 0;
  }
}

std::int64_t Agent::nextTimer(std::int64_t now) const {
  std::int64_t next = now + kHeartbeatEvery;
  if (journal_.blocked()) next = std::min(next, now + kDiskRetryEvery);
  if (goAt_ != 0) return std::min(next, runner_.process() != 0 ? killAt_ : goAt_);
  if (options_.deadlineMicros != 0) next = std::min(next, options_.deadlineMicros + kDeadlineGrace);
  return next;
}

void Agent::onTimers() {
  std::int64_t now = nowMicros();
  journal_.retry();
  if (now - lastHeartbeat_ >= kHeartbeatEvery) {
    lastHeartbeat_ = now;
    uplink_.heartbeat();
  }
  if (options_.deadlineMicros != 0 && now >= options_.deadlineMicros + kDeadlineGrace)
    end(kDeadlineStatus);
  if (goAt_ != 0 && now >= killAt_) killEverything();
}

void Agent::onSignals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    // The engine's SIGTERM comes from outside our process namespace: no sender. A build's own `kill 1` changes nothing.
    if (info.ssi_signo == SIGTERM && (info.ssi_pid == 0 || ::getpid() != 1)) end(kTerminatedStatus);
  }
  reap();
}

void Agent::reap() {
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0;
       pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid == runner_.process()) runner_.exited(status, unreadOutput());
  }
}

std::size_t Agent::unreadOutput() const {
  int bytes = 0;
  return ::ioctl(output_.get(), FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

void Agent::onMessages() {
  for (const auto& message : uplink_.receive()) {
    if (message.verb == "hello") onHello(message);
    if (message.verb == "run") onRun(message);
    if (message.verb == "stop") end(0);
    if (message.verb == "ack" && message.fields.size() == 1) {
      std::uint64_t sequence = 0;
      const std::string& text = message.fields[0];
      std::from_chars(text.data(), text.data() + text.size(), sequence);
      journal_.acknowledge(std::min(sequence, journal_.lastSequence()));
    }
  }
}

void Agent::onHello(const Message& message) {
  if (message.fields.size() != 2) return;
  std::uint64_t resumeAfter = 0;
  const std::string& text = message.fields[1];
  std::from_chars(text.data(), text.data() + text.size(), resumeAfter);
  uplink_.greet(message.fields[0], resumeAfter,
                encodeFields({message.fields[0], std::to_string(journal_.lastSequence()),
                              runner_.lastAsked(), runner_.idle() ? "idle" : "running"}));
}

void Agent::onRun(const Message& message) {
  auto plan = phasePlanFrom(message);
  if (!plan) return;
  std::string credentials = plan->credentials;
  if (!runner_.request(std::move(*plan)) || credentials.empty()) return;
  if (auto serving = credentials_.serve(std::move(credentials)); !serving)
    log_.line(serving.error().message);
}

void Agent::readOutput() {
  ssize_t got = ::read(output_.get(), buffer_.data(), buffer_.size());
  if (got > 0) log_.output({buffer_.data(), static_cast<std::size_t>(got)});
  if (got < 0 && errno == EINTR) return;
  runner_.outputRead(got > 0 ? static_cast<std::size_t>(got)
                             : std::numeric_limits<std::size_t>::max());
}

void Agent::end(int exitStatus) {
  if (goAt_ != 0) return;
  exitStatus_ = exitStatus;
  killAt_ = nowMicros() + kTermGrace;
  goAt_ = killAt_ + kFarewell;
  runner_.abandon();
  if (runner_.process() != 0) ::kill(-runner_.process(), SIGTERM);
}

void Agent::killEverything() const {
  if (::getpid() == 1) {
    ::kill(-1, SIGKILL);
  } else if (runner_.process() != 0) {
    ::kill(-runner_.process(), SIGKILL);
  }
}

bool Agent::ended() const {
  if (goAt_ == 0) return false;
  return nowMicros() >= goAt_ || (runner_.idle() && (uplink_.out() < 0 || !uplink_.wantsToSend()));
}

}  // namespace kiln::agent
