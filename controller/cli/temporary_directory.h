// TemporaryDirectory: a directory nobody else can look into, removed with all that is in it.
#pragma once

#include <filesystem>
#include <string>

#include "controller/core/result.h"

namespace kiln::cli {

class TemporaryDirectory {
 public:
  // "<the system's place for such>/<prefix>XXXXXX".
  static Result<TemporaryDirectory> make(const std::string& prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() { remove(); }

  const std::filesystem::path& path() const { return path_; }
  void remove() const;

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace kiln::cli
