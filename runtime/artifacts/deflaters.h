// Deflaters: threads that pack blocks of files, each by itself, and give them back in the order in which they came.
//
// A block of a file that is one block is stored when packing gains nothing; the blocks of a longer file are one deflate stream when they
// stand one behind the other. What a sample shows not to shrink is not packed, so that packed data cost little.
// Owner and only user: one upload's thread. The result depends on the bytes alone.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/core/result.h"

namespace kiln::runtime {

inline constexpr std::size_t kMostInABlock = std::size_t{1} << 20;

struct PackedBlock {
  std::string bytes;
  bool deflated = false;
  std::uint32_t crc = 0;   // of what it was made of
  std::uint64_t size = 0;  // likewise
};

class Deflaters {
 public:
  enum class Place { kWholeFile, kWithinFile, kEndOfFile };

  explicit Deflaters(int threads);
  ~Deflaters();
  Deflaters(const Deflaters&) = delete;
  Deflaters& operator=(const Deflaters&) = delete;

  void submit(std::string block, Place place);
  std::size_t pending() const { return jobs_.size(); }
  // More than this many pending gain nothing and only take memory.
  std::size_t enough() const { return threads_.size() * 3 + 1; }
  // The oldest; waits for it. At least one must be pending. kUnavailable: there was no memory to pack it.
  Result<PackedBlock> take();

 private:
  struct Job {
    std::string block;
    Place place;
    std::optional<Result<PackedBlock>> packed = {};
  };
  void work(const std::stop_token& stop);

  std::deque<std::unique_ptr<Job>> jobs_;  // the user's own
  std::mutex mutex_;
  std::condition_variable_any submitted_;
  std::condition_variable done_;
  std::deque<Job*> waiting_;           // behind the lock, as is Job::packed
  std::vector<std::jthread> threads_;  // last: end before what they use
};

}  // namespace kiln::runtime
