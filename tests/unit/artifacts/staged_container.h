// StagedContainer: a container that only can be copied out of: trees of entries that come as the tar an engine makes of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/container_runtime.h"

namespace kiln::runtime {

struct StagedEntry {
  std::string name;
  char type = 'f';           // f file, d directory, l symbolic link, h hard link, p pipe
  std::string content = {};  // of a link: its target
  int mode = 0644;
  std::int64_t modified = 1'600'000'000;
};

class StagedContainer final : public ContainerRuntime {
 public:
  // Below `directory`, in this order.
  void stage(const std::string& directory, std::vector<StagedEntry> entries) {
    trees_[directory] = std::move(entries);
  }
  // What is called instead of an answer.
  void insteadOfCopying(std::function<Status(const std::function<Status(std::string_view)>&)> act) {
    instead_ = std::move(act);
  }
  // The stream ends with this error after so many bytes.
  void breakAfter(std::size_t bytes, Error error) { broken_ = {bytes, std::move(error)}; }
  // Nothing comes any more until the copy is stopped; `asked` is called when one begins.
  void fallSilent(std::function<void()> asked) { silent_ = std::move(asked); }
  void setState(ContainerState state) { state_ = state; }
  int copies() const { return copies_; }

  Status copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                 const std::function<Status(std::string_view)>& sink) override;
  Result<ContainerStatus> inspect(const BuildId&) override {
    ContainerStatus status;
    status.state = state_;
    return status;
  }

  Result<EngineInfo> info() override { return none(); }
  Result<bool> hasImage(const std::string&) override { return none(); }
  Status pullImage(const std::string&, std::stop_token,
                   const std::function<void(const PullProgress&)>&) override {
    return none();
  }
  Result<std::string> ensureCreated(const BuildId&, const ContainerSpec&) override {
    return none();
  }
  Status ensureStarted(const BuildId&) override { return none(); }
  Status ensureRemoved(const BuildId&) override { return none(); }
  Result<std::unique_ptr<AttachedStream>> attach(const BuildId&) override { return none(); }
  Status copyIn(const BuildId&, const std::string&,
                const std::function<Result<std::string>()>&) override {
    return none();
  }
  Result<std::vector<OwnedContainer>> listOwned() override { return none(); }
  Status removeOwned(const std::string&) override { return none(); }
  Status followEvents(std::stop_token, const std::function<void(const std::string&)>&) override {
    return none();
  }

 private:
  Status silence(const std::stop_token& stop);
  static Error none() { return {Code::kUnimplemented, "not in this test"}; }
  // As the engine has it: "./…" of a directory's contents, the bare name of one file.
  std::optional<std::string> tarOf(const std::string& path) const;

  std::map<std::string, std::vector<StagedEntry>> trees_;
  std::function<Status(const std::function<Status(std::string_view)>&)> instead_;
  std::function<void()> silent_;
  std::optional<std::pair<std::size_t, Error>> broken_;
  ContainerState state_ = ContainerState::kRunning;
  int copies_ = 0;
};

// A tar of them, each name behind `prefix`.
std::string tarOfEntries(const std::vector<StagedEntry>& entries, const std::string& prefix);

}  // namespace kiln::runtime
