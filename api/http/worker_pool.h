// WorkerPool: the threads that handlers run on, so that a handler that waits for the disk never holds up the sockets.
//
// Owner: the server. post(): any thread. close() lets what was posted run, then joins.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kiln::api {

class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // `work` does not throw. After close() it is dropped.
  void post(std::function<void()> work);
  void close();

 private:
  void run();

  std::mutex mu_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kiln::api
