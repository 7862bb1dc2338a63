#include "tests/agent/agent_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <stdexcept>

namespace kiln::agent {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::filesystem::path makeDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "kiln agent XXXXXX").string();
  std::replace(path.begin(), path.end(), ' ', '-');
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  return path;
}

[[noreturn]] void become(int in, int out, const std::vector<std::string>& arguments) {
  ::dup2(in, 0);
  ::dup2(out, 1);
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setenv("IMAGE_VARIABLE", "from the image", 1);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

AgentProcess::AgentProcess(std::vector<std::string> arguments) : root_(makeDirectory()) {
  ::signal(SIGPIPE, SIG_IGN);  // an agent that is gone fails the test, not the whole run
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  std::filesystem::create_directories(root_ / "work");
  arguments.insert(arguments.begin(),
                   {std::string(KILN_BINARY_DIR) + "/kiln-agent", "--root", root_.string()});
  pid_ = ::fork();
  if (pid_ == 0) become(in[0], out[1], arguments);
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
  ::fcntl(out_, F_SETFL, O_NONBLOCK);
}

AgentProcess::~AgentProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  hangUp();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

bool AgentProcess::silent() const {
  pollfd readable{out_, POLLIN, 0};
  return ::poll(&readable, 1, 0) == 0;
}

void AgentProcess::hangUp() {
  for (int* fd : {&in_, &out_}) {
    if (*fd >= 0) ::close(*fd);
    *fd = -1;
  }
}

void AgentProcess::sendRaw(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(in_, bytes.data(), bytes.size());
    if (written < 0) throw std::runtime_error("the agent does not listen");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AgentProcess::send(const Message& message) { sendRaw(encodeMessage(message)); }

std::vector<std::string> AgentProcess::connect(std::uint64_t resumeAfter) {
  std::string nonce = "nonce" + std::to_string(++connections_);
  std::string sync = "\n" + std::string(kSyncPrefix) + nonce + "\n";
  sendRaw("\n");
  send({"hello", {nonce, std::to_string(resumeAfter)}});
  auto until = SteadyClock::now() + kPatience;
  std::size_t found = unsynchronized_.find(sync);
  while (found == std::string::npos) {
    std::array<char, 65536> chunk{};
    pollfd readable{out_, POLLIN, 0};
    if (SteadyClock::now() > until) return {};
    if (::poll(&readable, 1, 100) <= 0) continue;
    ssize_t got = ::read(out_, chunk.data(), chunk.size());
    if (got <= 0) return {};
    unsynchronized_.append(chunk.data(), static_cast<std::size_t>(got));
    found = unsynchronized_.find(sync);
  }
  reader_ = RecordReader();
  reader_.push(std::string_view(unsynchronized_).substr(found + sync.size()));
  unsynchronized_.clear();
  for (;;) {
    if (auto record = reader_.next())
      return record->type == RecordType::kReady ? record->fields() : std::vector<std::string>();
    if (!fill(until)) return {};
  }
}

bool AgentProcess::fill(SteadyClock::time_point until) {
  static std::array<char, std::size_t{1} << 20> chunk;
  while (SteadyClock::now() < until) {
    pollfd readable{out_, POLLIN, 0};
    if (::poll(&readable, 1, 50) <= 0) continue;
    ssize_t got = ::read(out_, chunk.data(), chunk.size());
    if (got <= 0) return false;
    reader_.push({chunk.data(), static_cast<std::size_t>(got)});
    return !reader_.broken();
  }
  return false;
}

std::optional<Record> AgentProcess::next(std::chrono::seconds patience) {
  auto until = SteadyClock::now() + patience;
  for (;;) {
    if (auto record = reader_.next()) {
      if (record->sequence != 0) return record;
      continue;
    }
    if (reader_.broken() || !fill(until)) return std::nullopt;
  }
}

std::vector<Record> AgentProcess::untilPhaseEnd() {
  std::vector<Record> records;
  while (auto record = next()) {
    records.push_back(std::move(*record));
    if (records.back().type == RecordType::kPhaseFinished) break;
  }
  return records;
}

void AgentProcess::discard(std::size_t bytes) {
  std::array<char, 4096> chunk{};
  while (bytes > 0) {
    pollfd readable{out_, POLLIN, 0};
    if (::poll(&readable, 1, 20) <= 0) return;
    ssize_t got = ::read(out_, chunk.data(), std::min(chunk.size(), bytes));
    if (got <= 0) return;
    bytes -= static_cast<std::size_t>(got);
  }
}

std::optional<int> AgentProcess::waitForExit(std::chrono::seconds patience) {
  int status = 0;
  bool ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, patience);
  if (!ended) return std::nullopt;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience) {
  auto until = SteadyClock::now() + patience;
  while (!holds()) {
    if (SteadyClock::now() > until) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

bool gone(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(stat, text);
  return text.empty() || text.substr(text.rfind(')')).starts_with(") Z");
}

std::string logOf(const std::vector<Record>& records) {
  std::string log;
  for (const auto& record : records) {
    if (record.type == RecordType::kOutput) log += record.payload;
  }
  return log;
}

std::string plainLogOf(const std::vector<Record>& records) {
  static const std::regex kTime(R"(\[Container\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} )");
  return std::regex_replace(logOf(records), kTime, "[Container] ");
}

PhasePlan planFor(const AgentProcess& process, std::string phase,
                  std::vector<std::string> commands) {
  PhasePlan plan;
  plan.phase = std::move(phase);
  plan.commands = std::move(commands);
  if (plan.phase == "INSTALL") plan.workingDirectory = process.root() / "work";
  return plan;
}

}  // namespace kiln::agent
