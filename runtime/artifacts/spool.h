// Spool: bytes that wait on the disk: written once, then read from anywhere. Its file has no name, so that nothing is left of it
// however its owner ends.
//
// Written by one thread; once flushed, read by any. Failure: kResourceExhausted for a full disk, kUnavailable for any other trouble.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

class Spool {
 public:
  static Result<Spool> make(const std::filesystem::path& directory);

  Status append(std::string_view bytes);
  Status flush();
  std::uint64_t size() const { return size_; }

  // Adds the `length` bytes from `at` on to `out`. They must have been flushed.
  Status read(std::uint64_t at, std::size_t length, std::string& out) const;

 private:
  struct CloseFile {
    void operator()(const int* file) const;
  };
  Spool(int file, std::string directory) : file_(new int(file)), directory_(std::move(directory)) {}
  Status write(std::string_view bytes);

  std::unique_ptr<int, CloseFile> file_;
  std::string directory_;
  std::string buffer_;
  std::uint64_t size_ = 0;
};

}  // namespace kiln::runtime
