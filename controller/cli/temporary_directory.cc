#include "controller/cli/temporary_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace kiln::cli {

Result<TemporaryDirectory> TemporaryDirectory::make(const std::string& prefix) {
  std::error_code failed;
  const auto parent = std::filesystem::temp_directory_path(failed);
  if (failed)
    return Error{Code::kUnavailable, "there is no place for temporary files: " + failed.message()};
  std::string name = (parent / (prefix + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr)
    return Error{Code::kUnavailable, "cannot make a temporary directory below " + parent.string() +
                                         ": " + std::strerror(errno)};
  return TemporaryDirectory(name);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

void TemporaryDirectory::remove() const {
  if (path_.empty()) return;
  std::error_code ignored;  // what cannot be removed stays, in the place for what nobody needs
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace kiln::cli
