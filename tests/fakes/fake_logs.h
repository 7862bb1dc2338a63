// FakeLogs: a service of log streams in memory and a store of whole logs, that fail as a test says. Transactional as the embedded one, or
// as one elsewhere whose answer may be lost. Any thread.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "controller/core/guarded.h"
#include "controller/engine/log_destination.h"

namespace kiln::fakes {

class FakeLogs final : public engine::LogDestination, public engine::LogArchive {
 public:
  enum class Kind { kEmbedded, kElsewhere };
  FakeLogs(store::Store& store, Kind kind) : store_(store), kind_(kind) {}

  bool transactional() const override { return kind_ == Kind::kEmbedded; }
  engine::BatchLimits limits() const override;
  Status open(const engine::LogTarget& target, std::stop_token stop) override;
  Status put(const engine::LogTarget& target, std::vector<store::LogEvent> events,
             const std::function<Status(store::Txn&)>& also, std::stop_token stop) override;
  Result<bool> endsWith(const engine::LogTarget& target, const std::vector<store::LogEvent>& events,
                        std::stop_token stop) override;
  Status write(const Build& build, const engine::LogBytes& bytes, std::stop_token stop) override;

  void setKind(Kind kind) { kind_ = kind; }
  void setLimits(engine::BatchLimits limits);
  // Each of the next `times` calls that put something fails with `error`: before anything happened, or after all of it.
  void failNext(int times, Error error, bool afterwards = false);
  void setRandomFaults(std::uint64_t seed, double before, double after);
  void removeGroup(const std::string& group);

  bool has(const std::string& group, const std::string& stream) const;
  std::vector<store::LogEvent> events(const std::string& group, const std::string& stream) const;
  std::string text(const std::string& group, const std::string& stream) const;
  std::string archiveOf(const BuildId& id) const;  // "" when there is none
  int puts() const;

 private:
  struct State {
    std::map<std::string, std::map<std::string, std::vector<store::LogEvent>>> groups;
    std::map<BuildId, std::string> archives;
    engine::BatchLimits limits;
    int failures = 0;
    bool afterwards = false;
    Error error;
    std::mt19937_64 random;
    double before = 0;
    double after = 0;
    int puts = 0;
  };
  static Status trouble(State& state, bool afterwards);

  store::Store& store_;
  Kind kind_;
  mutable Guarded<State> state_;
};

}  // namespace kiln::fakes
