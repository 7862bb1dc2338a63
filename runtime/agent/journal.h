// Journal: the agent's numbered records on disk, in segments, until the controller has acknowledged them.
//
// append() numbers a record and writes it at once; when the disk has no room the record waits in memory, in order, and
// `blocked()` tells the owner to produce nothing more until retry() has got rid of it. Every segment stays open, so commands that
// delete the directory lose nothing that was written. What is sent is copied from here, file to pipe.
// Owner: Agent. One thread. Failure: open() fails when the directory cannot be made or already has records (the container was
// started a second time; its commands must not run again); nothing else fails for good.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "runtime/agent/protocol.h"
#include "runtime/agent/system.h"

namespace kiln::agent {

class Journal {
 public:
  static constexpr off_t kSegmentBytes = off_t{4} << 20;
  static constexpr off_t kMaxHeldBytes = off_t{256} << 20;

  explicit Journal(std::string directory) : directory_(std::move(directory)) {}

  Status open();

  void append(RecordType type, std::int64_t unixMicros, std::string_view payload);
  std::uint64_t lastSequence() const { return lastSequence_; }

  // Records wait for room on the disk.
  bool blocked() const { return !waiting_.empty(); }
  void retry();
  // As much as may be held is unacknowledged.
  bool full() const { return heldBytes_ >= kMaxHeldBytes; }

  // Deletes the segments that hold nothing after `sequence`.
  void acknowledge(std::uint64_t sequence);

  // The reading end, for the one stream there is: seek() puts it before the first record after `sequence`, and copyTo() moves it on.
  void seek(std::uint64_t sequence);
  bool atEnd() const;
  // Copies what `out` takes without blocking. Bytes copied; 0: nothing now; -1: errno says why (ESTALE: the journal was destroyed).
  ssize_t copyTo(int out);

 private:
  struct Segment {
    std::uint64_t first = 0;
    std::string path;
    Fd file;
    off_t size = 0;
  };

  Status startSegment(std::uint64_t first);
  bool write(std::uint64_t sequence, std::string_view head, std::string_view payload);
  off_t offsetAfter(const Segment& segment, std::uint64_t sequence) const;
  const Segment& readingSegment() const;

  std::string directory_;
  std::deque<Segment> segments_;  // oldest first; never empty once open
  off_t heldBytes_ = 0;
  std::uint64_t lastSequence_ = 0;
  struct Unwritten {
    std::uint64_t sequence = 0;
    std::string bytes;
  };
  std::deque<Unwritten> waiting_;
  std::uint64_t readFirst_ = 0;  // the segment that is read, and where
  off_t readOffset_ = 0;
};

}  // namespace kiln::agent
