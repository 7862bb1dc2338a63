// BuildFacts: what the terminal shows of a build, taken from AWS's JSON of it; and PhaseTracker, which turns the states of a
// build as they come into news, each once.
//
// Values; a tracker belongs to one follower. Text that is not a build gives nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace kiln::cli {

struct PhaseFacts {
  std::string name;
  std::string status;   // empty while it runs, and for COMPLETED
  double start = 0;     // seconds since the epoch
  double end = 0;       // 0 while it runs
  std::string problem;  // "CODE: message", of a phase that failed

  bool ended() const { return end > 0; }
  bool good() const { return status == "SUCCEEDED"; }
};

struct BuildFacts {
  std::string id;
  std::string project;
  std::string region;
  std::int64_t number = 0;
  std::string status;
  std::string phase;
  double start = 0;
  double end = 0;  // 0 until it is complete
  std::vector<PhaseFacts> phases;
  std::uint64_t version = 0;  // resourceVersion

  bool complete() const { return phase == "COMPLETED"; }
  double elapsed(double now) const { return (end > 0 ? end : now) - start; }
};

std::optional<BuildFacts> toBuildFacts(const nlohmann::json& object);

struct PhaseNews {
  PhaseFacts phase;
  bool started = false;  // it runs now; otherwise it has ended
};

class PhaseTracker {
 public:
  // What `build` tells beyond what was told before. States may skip phases: then their ends come together, in order.
  std::vector<PhaseNews> update(const BuildFacts& build);

 private:
  std::size_t ended_ = 0;    // phases whose end was told
  std::size_t started_ = 0;  // phases whose start was told
};

// A line of a watch: {"type", "resourceVersion", "object"}.
struct WatchEvent {
  std::string type;
  std::uint64_t version = 0;
  std::optional<BuildFacts> build;  // of ADDED, MODIFIED, DELETED
  int code = 0;                     // of ERROR
  std::string message;
};
std::optional<WatchEvent> parseWatchLine(std::string_view line);

// A line of a log: {"time", "text", "offset"}.
struct LogLine {
  std::string time;
  std::string text;
  std::uint64_t offset = 0;
  bool partial = false;
};
std::optional<LogLine> parseLogLine(std::string_view line);

// The `message` of a Status body, or the body's first line as it is.
std::string failureText(std::string_view body);

// "0.4s", "59.9s", "2m 03s", "1h 02m".
std::string durationText(double seconds);

}  // namespace kiln::cli
