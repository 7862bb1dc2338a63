#include "runtime/source/scratch.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "controller/core/disk.h"

namespace kiln::runtime {
namespace {

constexpr std::int64_t kLookEvery = std::int64_t{1} << 20;

}  // namespace

Error fileSystemError(const std::string& attempted) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return Error{full ? Code::kResourceExhausted : Code::kUnavailable,
               attempted + ": " + std::strerror(errno)};
}

Result<std::unique_ptr<Scratch>> Scratch::make(const std::filesystem::path& parent) {
  std::string name = (parent / "fetch-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    return fileSystemError("cannot make a directory for a source below " + parent.string());
  return std::unique_ptr<Scratch>(new Scratch(name));
}

Scratch::~Scratch() {
  std::error_code ignored;  // what stays is swept at the next start
  std::filesystem::remove_all(path_, ignored);
}

Result<ScratchFile> ScratchFile::create(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return fileSystemError("cannot create " + path.string());
  return ScratchFile(path, file);
}

Status ScratchFile::append(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
    return fileSystemError("cannot write to " + path_.string());
  size_ += static_cast<std::int64_t>(bytes.size());
  if (size_ - checked_ < kLookEvery) return okStatus();
  checked_ = size_;
  return checkRoom(path_, kKeptFromBodies, "cannot write to " + path_.string());
}

Status ScratchFile::flush() {
  if (std::fflush(file_.get()) == 0) return okStatus();
  return fileSystemError("cannot write to " + path_.string());
}

Status writeFile(const std::filesystem::path& path, std::string_view bytes) {
  auto file = ScratchFile::create(path);
  if (!file) return file.error();
  if (auto written = file->append(bytes); !written) return written;
  return file->flush();
}

}  // namespace kiln::runtime
