// Tidier: packs the git data of a repository together when pushes have left too many packs in it, one repository at a time, in the
// background.
//
// It drops nothing: objects that no reference reaches any more stay, so nobody who still reads them is in its way. Owner: main(), after
// Repositories. Threads: add() from any; the work is done by one of its own, which ends its git with it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace kiln::store {

class Tidier {
 public:
  Tidier();
  ~Tidier();
  Tidier(const Tidier&) = delete;
  Tidier& operator=(const Tidier&) = delete;

  // Look at this repository when there is time. A hint.
  void add(const std::filesystem::path& repository);

 private:
  void run(const std::stop_token& stop);
  static bool tidy(const std::filesystem::path& repository, const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::filesystem::path> waiting_;  // under mutex_
  std::jthread worker_;                      // last: it uses the others
};

}  // namespace kiln::store
