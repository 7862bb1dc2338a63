#include "store/repositories/repository_directory.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include "controller/core/ids.h"

namespace kiln::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNew = "new-";
constexpr std::string_view kGone = "gone-";
constexpr std::string_view kSuffix = ".git";

Error failed(const std::string& attempted, int error) {
  const Code code = error == ENOSPC || error == EDQUOT ? Code::kResourceExhausted : Code::kInternal;
  return {code, attempted + ": " + std::strerror(error)};
}

Status syncPath(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed("opening " + path.string() + " to sync it", errno);
  const int answer = ::fsync(file);
  const int error = errno;
  ::close(file);
  return answer == 0 ? okStatus() : failed("syncing " + path.string(), error);
}

Status writeFile(const fs::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return failed("making " + path.string(), errno);
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = whole && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  return synced ? okStatus() : failed("writing " + path.string(), error);
}

Status removeAll(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? failed("removing " + path.string(), error.value()) : okStatus();
}

Status renamed(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return failed("renaming " + from.string() + " to " + to.filename().string(), errno);
  return syncPath(to.parent_path());
}

Status fillBare(const fs::path& path) {
  std::error_code error;
  for (const char* folder : {"objects/info", "objects/pack", "refs/heads", "refs/tags"}) {
    fs::create_directories(path / folder, error);
    if (error) return failed("making " + (path / folder).string(), error.value());
  }
  if (auto done = writeFile(path / "HEAD", "ref: refs/heads/main\n"); !done.ok()) return done;
  if (auto done = writeFile(path / "config",
                            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n"
                            "\tbare = true\n");
      !done.ok()) {
    return done;
  }
  for (const char* folder : {"objects", "refs", "."}) {
    if (auto done = syncPath(path / folder); !done.ok()) return done;
  }
  return okStatus();
}

// Lock files of killed programs, and what they had not moved into place yet.
bool isLeftover(const fs::path& path, bool objects) {
  const std::string name = path.filename().string();
  if (name.ends_with(".lock")) return true;
  return objects && (name.starts_with("tmp_") || name.starts_with("incoming-") ||
                     name.starts_with("bulk-fsync") || name.starts_with(".tmp-"));
}

void sweepFolder(const fs::path& folder, bool objects, bool deep) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (isLeftover(entry.path(), objects)) {
      if (auto done = removeAll(entry.path()); !done.ok())
        spdlog::warn("event=repository_sweep_failed what=\"{}\"", done.error().message);
    } else if (deep && entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
      sweepFolder(entry.path(), objects, deep);
    }
  }
}

void sweepRepository(const fs::path& path) {
  sweepFolder(path, false, false);
  sweepFolder(path / "refs", false, true);
  sweepFolder(path / "objects", true, false);
  sweepFolder(path / "objects" / "pack", true, false);
}

// Out of sight, and never removed.
Status putAside(const fs::path& path) {
  const fs::path lost = path.parent_path() / "lost";
  std::error_code error;
  fs::create_directories(lost, error);
  if (error) return failed("making " + lost.string(), error.value());
  spdlog::warn("event=repository_without_record name={} kept_in={}", path.filename().string(),
               lost.string());
  return renamed(path, lost / path.filename());
}

}  // namespace

Status RepositoryDirectory::create(const std::string& id) const {
  std::error_code error;
  fs::create_directories(root_, error);
  if (error) return failed("making " + root_.string(), error.value());
  const fs::path made = root_ / (std::string(kNew) + id);
  auto done = fillBare(made);
  if (done.ok()) done = renamed(made, pathOf(id));
  if (!done.ok()) (void)removeAll(made).ok();
  return done;
}

Status RepositoryDirectory::remove(const std::string& id) const {
  const fs::path gone = root_ / (std::string(kGone) + id);
  std::error_code error;
  if (!fs::exists(pathOf(id), error)) return okStatus();
  if (auto done = renamed(pathOf(id), gone); !done.ok()) return done;
  return removeAll(gone);
}

Status RepositoryDirectory::sweep(const std::function<bool(const std::string& id)>& isKnown) const {
  std::error_code error;
  if (!fs::exists(root_, error)) return okStatus();
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root_, error)) found.push_back(entry.path());
  if (error) return failed("reading " + root_.string(), error.value());
  for (const auto& path : found) {
    const std::string name = path.filename().string();
    const std::string id =
        name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : "";
    const bool half = (name.starts_with(kNew) && isUuid(name.substr(kNew.size()))) ||
                      (name.starts_with(kGone) && isUuid(name.substr(kGone.size())));
    if (!half && !isUuid(id)) continue;
    if (!half && isKnown(id)) {
      sweepRepository(path);
      continue;
    }
    if (!half) {  // whole, and nobody's: an older copy of the store may have been put back
      if (auto done = putAside(path); !done.ok()) return done;
      continue;
    }
    spdlog::info("event=repository_leftover_removed name={}", name);
    if (auto done = removeAll(path); !done.ok()) return done;
  }
  return okStatus();
}

Status RepositoryDirectory::syncNames(const std::string& id,
                                      const std::vector<std::string>& references) const {
  const fs::path path = pathOf(id);
  std::set<fs::path> folders{path, path / "refs", path / "objects", path / "objects" / "pack"};
  for (const auto& name : references) {
    for (fs::path at = fs::path(name).parent_path(); at.has_parent_path(); at = at.parent_path())
      folders.insert(path / at);
  }
  std::error_code error;
  for (const auto& folder : folders) {
    if (!fs::is_directory(folder, error)) continue;  // a removed branch took it along
    if (auto done = syncPath(folder); !done.ok()) return done;
  }
  return okStatus();
}

}  // namespace kiln::store
