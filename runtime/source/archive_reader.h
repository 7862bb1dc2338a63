// ArchiveReader: libarchive's reader as values: raw entries and their bytes, with holes filled.
//
// Reads tar and zip only, never through a program of the host, and names as the bytes they are whatever the process' locale.
// One thread. Failure: a sentence about the archive (`ArchiveFault`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/result.h"
#include "runtime/source/tree_names.h"

struct archive;

namespace kiln::runtime {

struct ArchiveFault {
  std::string what;
};

struct RawEntry {
  std::string name;               // as the archive has it
  std::optional<EntryKind> kind;  // unset: a device, a fifo, a socket
  int mode = 0644;
  std::int64_t modified = 0;
  std::optional<std::int64_t> size;  // as it claims
  std::string target;
  bool encrypted = false;
};

class ArchiveReader {
 public:
  static Result<std::unique_ptr<ArchiveReader>, ArchiveFault> open(
      const std::filesystem::path& path);
  // A tar that comes as a stream: `source` answers the next bytes, "" at the end.
  static Result<std::unique_ptr<ArchiveReader>, ArchiveFault> openTar(
      std::function<Result<std::string>()> source);

  Result<std::optional<RawEntry>, ArchiveFault> next();
  // More of the entry's bytes, at most `kMostAtOnce`, good until the next call; empty at its end.
  static constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;
  Result<std::string_view, ArchiveFault> data();

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  ArchiveReader() = default;
  ArchiveFault fault(const std::string& attempted) const;
  std::string_view hole();

  std::function<Result<std::string>()> source_;  // of a stream
  std::string piece_;                            // of it
  std::unique_ptr<archive, Free> reader_;
  std::string name_;
  bool empty_ = false;  // a zip of no entries, which libarchive does not know
  std::string zeros_;
  std::string_view block_;        // read and not handed over yet
  std::int64_t blockOffset_ = 0;  // of its first byte
  std::int64_t offset_ = 0;       // handed over so far
  std::int64_t size_ = -1;        // claimed; holes reach to it
  bool ended_ = true;
};

}  // namespace kiln::runtime
