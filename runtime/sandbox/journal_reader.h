// JournalReader: the records an agent left in its stopped container, in order, from after the last committed one.
//
// The journal may hold hundreds of megabytes when nobody listened for long. It is copied out once, segment by segment, into a file
// that has no name any more, and read from there as the records are wanted: memory holds one segment at most.
// A record that the agent's death cut off is not one. Owner: a Session. One thread at a time.
// Failure: kUnavailable from the engine, kResourceExhausted from a full temporary directory, kCorrupt for a tar or a journal that
// cannot be read. A container without a journal (its agent never ran) has no records.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/result.h"
#include "runtime/agent/protocol.h"
#include "runtime/container_runtime.h"

namespace kiln::runtime {

class JournalReader {
 public:
  // Blocks for as long as the copy takes.
  static Result<std::unique_ptr<JournalReader>> open(ContainerRuntime& runtime, const BuildId& id,
                                                     std::uint64_t resumeAfter);

  // The next record; nullopt at the end.
  std::optional<agent::Record> next();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, CloseFile>;
  struct Segment {
    std::uint64_t first = 0;
    std::int64_t offset = 0;
    std::int64_t size = 0;
  };

  JournalReader() = default;
  static Result<File> makeTemporary();
  Status unpack(std::FILE* tar);
  void order();
  bool loadSegment();

  File spool_;
  std::vector<Segment> segments_;  // ordered
  std::size_t nextSegment_ = 0;
  std::uint64_t resumeAfter_ = 0;
  agent::RecordReader records_;  // of the segment before `nextSegment_`
};

}  // namespace kiln::runtime
