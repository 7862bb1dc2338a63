#include "controller/core/disk.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

namespace kiln {

Status checkRoom(const std::filesystem::path& path, std::uint64_t kept,
                 const std::string& attempted) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0)
    return Error{Code::kUnavailable, attempted + ": looking for room: " + std::strerror(errno)};
  if (disk.f_bavail * disk.f_frsize > kept) return okStatus();
  return Error{Code::kResourceExhausted, attempted + ": the disk is full but for the " +
                                             std::to_string(kept >> 20) + " MB kept free"};
}

}  // namespace kiln
