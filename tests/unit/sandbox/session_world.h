// A container engine of one container, for sessions: the test plays the agent at the other end of the attached stream.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/container_runtime.h"
#include "runtime/sandbox/sessions.h"

namespace kiln::runtime {

// One attached stream, from the agent's side. Threads: any.
class FakeConnection {
 public:
  void say(const std::string& bytes);  // the agent writes
  void end();                          // the engine ends the stream
  void hang();                         // writes to the agent block from now on
  // The next whole message from the session, once it comes; nullopt when the stream ended first.
  std::optional<agent::Message> hear();
  bool ended() const;

  Result<std::string> read();
  Status write(std::string_view bytes);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> said_;
  std::string heard_;
  bool ended_ = false;
  bool hanging_ = false;
};

class SessionWorld final : public ContainerRuntime {
 public:
  // The latest connection; waits for nothing.
  std::shared_ptr<FakeConnection> connection() const;
  int attachments() const;
  void refuse(Error error);  // attach and copyOut fail so
  void whileCopying(std::function<void()> act);
  void setJournal(std::string tar);  // what copyOut gives, in small pieces

  // Plays an agent that answers hello with ready and `records`.
  void answerHello(const std::string& lastPhase, const std::vector<agent::Record>& records);

  Result<std::unique_ptr<AttachedStream>> attach(const BuildId& id) override;
  Status copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                 const std::function<Status(std::string_view)>& sink) override;

  Result<EngineInfo> info() override { return unused(); }
  Result<bool> hasImage(const std::string&) override { return unused(); }
  Status pullImage(const std::string&, std::stop_token,
                   const std::function<void(const PullProgress&)>&) override {
    return unused();
  }
  Result<ContainerStatus> inspect(const BuildId&) override { return unused(); }
  Result<std::string> ensureCreated(const BuildId&, const ContainerSpec&) override {
    return unused();
  }
  Status ensureStarted(const BuildId&) override { return unused(); }
  Status ensureRemoved(const BuildId&) override { return unused(); }
  Status copyIn(const BuildId&, const std::string&,
                const std::function<Result<std::string>()>&) override {
    return unused();
  }
  Result<std::vector<OwnedContainer>> listOwned() override { return unused(); }
  Status removeOwned(const std::string&) override { return unused(); }
  Status followEvents(std::stop_token, const std::function<void(const std::string&)>&) override {
    return unused();
  }

 private:
  static Error unused() { return Error{Code::kUnimplemented, "sessions do not call this"}; }

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<FakeConnection>> connections_;
  std::optional<Error> refusal_;
  std::string tar_;
  std::function<void()> act_;
};

agent::Record outputRecord(std::uint64_t sequence, std::string bytes);
agent::Record phaseEndRecord(std::uint64_t sequence, const std::string& phase);
agent::PhasePlan planOf(const std::string& phase);
std::string wire(const std::vector<agent::Record>& records);

}  // namespace kiln::runtime
