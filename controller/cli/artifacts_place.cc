#include "controller/cli/artifacts_place.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

Error wrongPlace(const fs::path& path, const std::string& why) {
  return {Code::kInvalidArgument, "'" + path.string() + "' " + why};
}

bool isThere(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(path, unknown));
}

// `path` is there.
Status checkDirectory(const fs::path& path, int access, const char* what) {
  std::error_code failed;
  const auto kind = fs::status(path, failed);
  if (!fs::exists(kind) && fs::is_symlink(fs::symlink_status(path, failed)))
    return wrongPlace(path, "is a link to what is not there");
  if (!fs::is_directory(kind)) return wrongPlace(path, "is not a directory");
  if (::faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) == 0) return okStatus();
  return wrongPlace(path, std::string(what) + ": " + std::strerror(errno));
}

Status checkSecondary(const fs::path& path) {
  std::error_code unknown;
  const auto kind = fs::symlink_status(path, unknown);
  if (fs::is_symlink(kind)) return wrongPlace(path, "is a link, which nothing is written through");
  if (!fs::exists(kind)) return okStatus();
  return checkDirectory(path, R_OK | W_OK | X_OK, "cannot be written to");
}

}  // namespace

Status checkArtifactsPlace(const fs::path& place, const std::vector<std::string>& identifiers) {
  auto path = place.has_filename() ? place : place.parent_path();  // no slash at its end
  if (!isThere(path)) {
    while (!isThere(path) && path.has_relative_path()) path = path.parent_path();
    return checkDirectory(path, W_OK | X_OK, "takes no new directory");
  }
  if (auto good = checkDirectory(path, R_OK | W_OK | X_OK, "cannot be written to"); !good.ok())
    return good;
  for (const auto& identifier : identifiers) {
    if (auto good = checkSecondary(path / identifier); !good.ok()) return good;
  }
  return okStatus();
}

}  // namespace kiln::cli
