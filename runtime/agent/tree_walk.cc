#include "runtime/agent/tree_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

namespace kiln::agent {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

constexpr int kMostLinks = 3;
constexpr std::array<std::string_view, 4> kNotFiles = {".kiln", "dev", "proc", "sys"};

bool isGone(int error) { return error == ENOENT || error == ENOTDIR; }

EntryKind kindOfMode(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::kFile;
  return S_ISDIR(mode) ? EntryKind::kDirectory : EntryKind::kSpecial;
}

}  // namespace

Status TreeWalk::run() {
  const GlobPattern::Positions positions = pattern_.start();
  const std::string prefix = pattern_.absolute() ? "/" : "";
  if (pattern_.accepts(positions)) {
    visitor_.found(pattern_.absolute() ? "/" : ".", EntryKind::kDirectory);
  }
  walk(prefix, positions);
  return failure_;
}

void TreeWalk::walk(const std::string& prefix, const GlobPattern::Positions& positions) {
  if (!failure_.ok() || !pattern_.mayContinue(positions)) return;
  if (const std::string* only = pattern_.onlyName(positions)) {
    const std::string path = prefix + *only;
    struct stat found {};
    if (::lstat(placeOf(path).c_str(), &found) != 0) return;
    const GlobPattern::Positions next = pattern_.after(positions, *only);
    const bool kept = S_ISLNK(found.st_mode) && pattern_.accepts(next) && visitor_.keepsLink(path);
    visit(path, kept ? EntryKind::kKeptLink : kindOf(path, DT_UNKNOWN), next);
    return;
  }
  Identity identity;
  const std::vector<Name> names = namesIn(prefix, identity);
  if (names.empty()) return;
  if (std::ranges::find(within_, identity) != within_.end()) {
    visitor_.found(prefix.substr(0, prefix.size() - 1), EntryKind::kCircle);
    return;
  }
  within_.push_back(identity);
  walkAll(prefix, names, positions);
  within_.pop_back();
}

void TreeWalk::walkAll(const std::string& prefix, const std::vector<Name>& names,
                       const GlobPattern::Positions& positions) {
  for (const Name& name : names) {
    const GlobPattern::Positions next = pattern_.after(positions, name.text);
    if (next.empty()) continue;
    if (prefix == "/" && std::ranges::find(kNotFiles, name.text) != kNotFiles.end()) continue;
    const std::string path = prefix + name.text;
    if (name.type == DT_LNK && visitor_.keepsLink(path)) {
      if (pattern_.accepts(next)) visitor_.found(path, EntryKind::kKeptLink);
      continue;
    }
    if (name.type == DT_LNK && kindOf(path, name.type) == EntryKind::kDirectory) {
      follow(path, next);
    } else {
      visit(path, kindOf(path, name.type), next);
    }
  }
}

void TreeWalk::follow(const std::string& path, const GlobPattern::Positions& positions) {
  if (links_ == kMostLinks) return visitor_.found(path, EntryKind::kBehindLinks);
  ++links_;
  visit(path, EntryKind::kDirectory, positions);
  --links_;
}

void TreeWalk::visit(const std::string& path, EntryKind kind,
                     const GlobPattern::Positions& positions) {
  if (pattern_.accepts(positions)) visitor_.found(path, kind);
  if (kind == EntryKind::kDirectory) walk(path + "/", positions);
}

// Without `.` and `..`, in order. A file system that does not tell the type of an entry is asked for it.
std::vector<TreeWalk::Name> TreeWalk::namesIn(const std::string& prefix, Identity& identity) {
  std::vector<Name> names;
  const std::string place = placeOf(prefix);
  const Directory directory(::opendir(place.c_str()));
  struct stat found {};
  if (!directory || ::fstat(::dirfd(directory.get()), &found) != 0) {
    if (!isGone(errno)) failure_ = systemError("cannot read directory " + place);
    return names;
  }
  identity = {found.st_dev, found.st_ino};
  errno = 0;
  for (const dirent* entry = ::readdir(directory.get()); entry != nullptr;
       entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN &&
        ::fstatat(::dirfd(directory.get()), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
      type = IFTODT(found.st_mode);
    }
    names.push_back({std::string(name), type});
    errno = 0;
  }
  if (errno != 0 && !isGone(errno)) failure_ = systemError("cannot read directory " + place);
  std::ranges::sort(names, {}, &Name::text);
  return names;
}

EntryKind TreeWalk::kindOf(const std::string& path, unsigned char type) const {
  if (type == DT_REG) return EntryKind::kFile;
  if (type == DT_DIR) return EntryKind::kDirectory;
  struct stat found {};
  const bool there = ::stat(placeOf(path).c_str(), &found) == 0;
  return there ? kindOfMode(found.st_mode) : EntryKind::kLeadsNowhere;
}

std::string TreeWalk::placeOf(const std::string& path) const {
  if (path.starts_with('/')) return path;
  return path.empty() ? start_ : start_ + "/" + path;
}

}  // namespace kiln::agent
