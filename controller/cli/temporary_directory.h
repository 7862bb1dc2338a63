// TemporaryDirectory: a directory nobody else can look into, locked as long as it is in use, removed with all that is in it. One that is
// not locked was left by a process that was killed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controller/core/result.h"

namespace kiln::cli {

class TemporaryDirectory {
 public:
  // "<the system's place for such>/<prefix>XXXXXX".
  static Result<TemporaryDirectory> make(const std::string& prefix);
  // Those of this user with that prefix that nobody uses any more; the caller does, now.
  static std::vector<TemporaryDirectory> leftBehind(const std::string& prefix);

  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::filesystem::path& path() const { return path_; }
  // It stays for somebody later, unlocked.
  void leave() { path_.clear(); }

 private:
  void remove() const;
  TemporaryDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

}  // namespace kiln::cli
