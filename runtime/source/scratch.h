// Scratch: a directory of its own for one fetch, removed with it; and a file in one, written once and then read.
//
// Owner: a FetchedSource. Failure: kResourceExhausted for a full disk, kUnavailable for any other trouble with the file system.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

// The failure of a call that has just set errno.
Error fileSystemError(const std::string& attempted);

class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> make(const std::filesystem::path& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

class ScratchFile {
 public:
  static Result<ScratchFile> create(const std::filesystem::path& path);
  Status append(std::string_view bytes);
  Status flush();
  std::int64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  ScratchFile(std::filesystem::path path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::int64_t size_ = 0;
  std::int64_t checked_ = 0;  // there was room when it had this size
};

// Writes a small file whole.
Status writeFile(const std::filesystem::path& path, std::string_view bytes);

}  // namespace kiln::runtime
