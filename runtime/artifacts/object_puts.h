// ObjectPuts: files put as objects of their own, several at once.
//
// What waits is bounded: a few MiB in memory, larger files on the disk. The first failure ends it all. Used by one thread; it has some
// of its own. Owner: a folder's upload; `target` outlives it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "runtime/artifacts/spool.h"
#include "runtime/artifacts/upload_target.h"

namespace kiln::runtime {

class ObjectPuts {
 public:
  using Body = std::variant<std::string, Spool>;  // a spool must have been flushed

  explicit ObjectPuts(const UploadTarget& target);
  ~ObjectPuts();
  ObjectPuts(const ObjectPuts&) = delete;
  ObjectPuts& operator=(const ObjectPuts&) = delete;

  // `name` is the file's in its folder. Waits while enough is under way; false once anything has failed.
  bool submit(std::string name, Body body);
  // Waits until all is put.
  std::optional<UploadFault> finish();

 private:
  struct Put {
    std::string name;
    Body body;
    std::size_t weight() const;  // bytes of memory
  };
  void work(const std::stop_token& stop);
  std::optional<UploadFault> attempt(const Put& put) const;
  std::optional<UploadFault> perform(const Put& put) const;

  const UploadTarget& target_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Behind the lock:
  std::deque<Put> waiting_;
  std::size_t weight_ = 0;  // of what waits
  std::optional<UploadFault> fault_;

  std::vector<std::jthread>
      threads_;  // last: end, when told to and nothing waits, before what they use
};

}  // namespace kiln::runtime
