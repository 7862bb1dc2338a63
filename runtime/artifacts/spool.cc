#include "runtime/artifacts/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "controller/core/disk.h"
#include "runtime/source/scratch.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kSpoolBuffer = std::size_t{1} << 20;

}  // namespace

void Spool::CloseFile::operator()(const int* file) const {
  ::close(*file);
  delete file;
}

Result<Spool> Spool::make(const std::filesystem::path& directory) {
  std::string name = (directory / "spool-XXXXXX").string();
  const int file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return fileSystemError("cannot make a file for artifacts in " + directory.string());
  ::unlink(name.c_str());
  return Spool(file, directory.string());
}

Status Spool::append(std::string_view bytes) {
  size_ += bytes.size();
  if (buffer_.size() + bytes.size() <= kSpoolBuffer) {
    buffer_.append(bytes);
    return okStatus();
  }
  if (auto room = checkRoom(directory_, kKeptFromBodies, "cannot keep artifacts in " + directory_);
      !room)
    return room;
  if (auto flushed = flush(); !flushed) return flushed;
  if (bytes.size() >= kSpoolBuffer) return write(bytes);
  buffer_.append(bytes);
  return okStatus();
}

Status Spool::flush() {
  auto written = write(buffer_);
  buffer_.clear();
  return written;
}

Status Spool::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(*file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fileSystemError("cannot keep artifacts in " + directory_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return okStatus();
}

Status Spool::read(std::uint64_t at, std::size_t length, std::string& out) const {
  const std::size_t before = out.size();
  out.resize(before + length);
  for (std::size_t done = 0; done < length;) {
    const auto got =
        ::pread(*file_, out.data() + before + done, length - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fileSystemError("cannot read artifacts kept in " + directory_);
    if (got == 0) return Error{Code::kCorrupt, "artifacts kept in " + directory_ + " are cut off"};
    done += static_cast<std::size_t>(got);
  }
  return okStatus();
}

}  // namespace kiln::runtime
