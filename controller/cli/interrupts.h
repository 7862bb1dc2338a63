// Interrupts: the signals that ask a command to end (Ctrl-C, Ctrl-\, SIGTERM, a closed terminal), and the terminal's change of size, taken out
// of the way of the threads.
//
// To be made before the process has any other thread: it blocks the signals in its own, and later ones inherit that. Each ending signal
// is counted and told to the listener, on a thread of its own. Owner: the command.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace kiln::cli {

class Interrupts {
 public:
  // `count`: 1 for the first one.
  using Listener = std::function<void(int count)>;

  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Told at once, on the caller's thread, when one has come already. An empty one: none. Returns when no earlier one is being told.
  void listen(Listener listener);

  int count() const { return count_; }
  int exitStatus() const {
    return 128 + first_;
  }  // of a command that ended because of the first one

  // Readable once an ending signal has come, and then for good; and whenever the terminal may have changed its size (to be read empty).
  int ended() const { return ended_; }
  int resized() const { return resized_; }

 private:
  void watch(const std::stop_token& stop);
  void tell(int signal);

  int signals_ = -1;
  int ended_ = -1;
  int resized_ = -1;
  std::atomic<int> count_ = 0;
  std::atomic<int> first_ = 0;
  std::mutex telling_;
  Listener listener_;
  std::jthread thread_;
};

}  // namespace kiln::cli
