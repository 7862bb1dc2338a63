// RecordQueue: the records of one session that are not committed yet, in order, without gaps or doubles.
//
// A plain value; its owner locks. What is told of it (bytes, phase ends) is counted as records come and go, so asking is cheap.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/agent/protocol.h"

namespace kiln::runtime {

class RecordQueue {
 public:
  explicit RecordQueue(std::uint64_t resumeAfter = 0) : last_(resumeAfter) {}

  enum class Taken { kNew, kDouble, kGap };
  Taken push(agent::Record record);

  bool empty() const { return records_.empty(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t phaseEnds() const { return phaseEnds_; }
  std::uint64_t last() const { return last_; }  // the newest that ever came

  // Records after `sequence`, about `maxBytes` (at least one), none behind one that ends a phase.
  std::vector<agent::Record> after(std::uint64_t sequence, std::size_t maxBytes) const;

  struct Dropped {
    std::size_t bytes = 0;
    bool phaseEnd = false;
  };
  Dropped dropUpTo(std::uint64_t sequence);

 private:
  std::deque<agent::Record> records_;
  std::uint64_t last_;
  std::size_t bytes_ = 0;
  std::size_t phaseEnds_ = 0;
};

}  // namespace kiln::runtime
