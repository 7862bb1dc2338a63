// LogStore: the log of each build as an append-only file of frames; how much of it counts is committed with the build.
//
// A frame is the bytes that arrived at one instant. append() writes at `offset`, cutting off whatever a crash left behind it,
// and answers the new length; the caller commits that length together with the agent's sequence number in one store
// transaction (DESIGN §4), and readers are given only what is committed. So each line is there once, in order.
// Threads: any; one appender per build (the reconciler's one worker per key). Failure: kResourceExhausted when the disk is
// full, kCorrupt when a frame does not parse, kUnavailable for other I/O errors. Files live under the data directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::store {

struct LogFrame {
  TimePoint time;
  std::string bytes;  // any bytes; a line may span frames
};

struct LogPage {
  std::vector<LogFrame> frames;
  std::uint64_t next = 0;  // offset to go on from
};

// What the store holds of a build's log, as the note `kLogProgressNote` of its key. Encoded by store/records.
struct LogProgress {
  std::uint64_t bytes = 0;          // committed length of the file
  std::uint64_t agentSequence = 0;  // last record of the agent that is in it
};
inline constexpr std::string_view kLogProgressNote = "log";
std::string encode(const LogProgress& progress);
Result<LogProgress> decodeLogProgress(std::string_view text);

class LogStore {
 public:
  explicit LogStore(std::filesystem::path directory);

  Result<std::uint64_t> append(const BuildId& id, std::uint64_t offset,
                               std::span<const LogFrame> frames);
  // Frames from `offset` up to the committed length `end`, about `maxBytes` of them.
  Result<LogPage> read(const BuildId& id, std::uint64_t offset, std::uint64_t end,
                       std::size_t maxBytes) const;
  // On disk when it returns: called before the agent is told that it may forget (a lost machine loses no acknowledged line).
  Status sync(const BuildId& id);
  // kResourceExhausted when the disk has no room for what builds print; what is appended nevertheless has the rest.
  Status checkRoom() const;
  Status erase(const BuildId& id);
  // What a frame that was read takes in the file: the next one begins so much later.
  static std::uint64_t lengthOf(const LogFrame& frame);

 private:
  Result<std::filesystem::path> fileOf(
      const BuildId& id) const;  // kInvalidArgument: not a name of a file
  std::filesystem::path directory_;
};

}  // namespace kiln::store
