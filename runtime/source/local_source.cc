#include "runtime/source/local_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "runtime/source/source_words.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLocalPiece = std::size_t{256} << 10;
constexpr std::int64_t kMegabyte = std::int64_t{1} << 20;

// Not retryable: somebody has to change something.
Error localError(const std::string& attempted) {
  return {Code::kFailedPrecondition, attempted + ": " + std::strerror(errno)};
}

const char* specialKind(mode_t mode) {
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISFIFO(mode)) return "a pipe";
  return "a device";
}

struct LocalEntry {
  std::string name;  // below the root
  struct stat about {};
};

// Every entry of a tree, a directory before what is in it, by name. What goes away meanwhile is passed over.
class LocalWalk {
 public:
  explicit LocalWalk(fs::path root) : root_(std::move(root)) {}

  fs::path pathOf(const std::string& name) const { return root_ / name; }

  Result<std::optional<LocalEntry>> next() {
    if (!std::exchange(begun_, true)) {
      if (auto entered = enter(""); !entered.ok()) return entered.error();
    }
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.names.empty()) {
        levels_.pop_back();
        continue;
      }
      LocalEntry entry{.name = level.prefix + level.names.back()};
      level.names.pop_back();
      if (::lstat(pathOf(entry.name).c_str(), &entry.about) != 0) {
        if (errno == ENOENT) continue;
        return localError("cannot look at " + pathOf(entry.name).string());
      }
      if (S_ISDIR(entry.about.st_mode)) {
        if (auto entered = enter(entry.name + "/"); !entered.ok()) return entered.error();
      }
      return std::optional(std::move(entry));
    }
    return std::optional<LocalEntry>();
  }

 private:
  struct Level {
    std::string prefix;
    std::vector<std::string> names;  // in reverse
  };

  Status enter(const std::string& prefix) {
    Level level{prefix, {}};
    std::error_code failed;
    for (fs::directory_iterator at(root_ / prefix, failed), end; !failed && at != end;
         at.increment(failed))
      level.names.push_back(at->path().filename().string());
    if (failed && failed != std::errc::no_such_file_or_directory)
      return Error{Code::kFailedPrecondition,
                   "cannot read directory " + (root_ / prefix).string() + ": " + failed.message()};
    std::sort(level.names.rbegin(), level.names.rend());
    levels_.push_back(std::move(level));
    return okStatus();
  }

  fs::path root_;
  bool begun_ = false;
  std::vector<Level> levels_;
};

class LocalReader final : public TreeReader {
 public:
  explicit LocalReader(const fs::path& root) : walk_(root), buffer_(kLocalPiece, '\0') {}
  ~LocalReader() override { closeFile(); }
  LocalReader(const LocalReader&) = delete;
  LocalReader& operator=(const LocalReader&) = delete;

  Result<std::optional<TreeEntry>> next() override {
    for (;;) {
      closeFile();
      auto found = walk_.next();
      if (!found.ok()) return found.error();
      if (!*found) return std::optional<TreeEntry>();
      name_ = (*found)->name;
      TreeEntry entry{.name = name_,
                      .mode = static_cast<int>((*found)->about.st_mode) & 0777,
                      .modified = (*found)->about.st_mtime,
                      .target = {}};
      auto opened = open((*found)->about.st_mode, entry);
      if (!opened.ok()) return opened.error();
      if (*opened) return std::optional(std::move(entry));
    }
  }

  Result<std::string_view> data() override {
    const auto want = std::min<std::int64_t>(left_, static_cast<std::int64_t>(buffer_.size()));
    if (want == 0) return std::string_view();
    ssize_t got = 0;
    do {
      got = ::read(file_, buffer_.data(), static_cast<std::size_t>(want));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return localError("cannot read " + walk_.pathOf(name_).string());
    if (got == 0)
      return Error{Code::kFailedPrecondition,
                   walk_.pathOf(name_).string() + " became shorter while it was read"};
    left_ -= got;
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
  }

 private:
  // False for what is left out, and for what has gone meanwhile.
  Result<bool> open(mode_t mode, TreeEntry& entry) {
    entry.kind = EntryKind::kDirectory;
    if (S_ISDIR(mode)) return true;
    if (S_ISLNK(mode)) return readLink(entry);
    if (!S_ISREG(mode)) return false;
    entry.kind = EntryKind::kFile;
    const auto path = walk_.pathOf(entry.name);
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat about {};
    if (file_ < 0 || ::fstat(file_, &about) != 0) {
      if (errno == ENOENT || errno == ELOOP) return false;
      return localError("cannot read " + path.string());
    }
    if (!S_ISREG(about.st_mode)) return false;
    entry.size = left_ = about.st_size;
    return true;
  }

  Result<bool> readLink(TreeEntry& entry) {
    entry.kind = EntryKind::kSymlink;
    std::array<char, PATH_MAX> target;
    const auto path = walk_.pathOf(entry.name);
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) {
      if (errno == ENOENT || errno == EINVAL) return false;
      return localError("cannot read the link " + path.string());
    }
    entry.target.assign(target.data(), static_cast<std::size_t>(length));
    return true;
  }

  void closeFile() {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
    left_ = 0;
  }

  LocalWalk walk_;
  std::string name_;
  std::string buffer_;
  int file_ = -1;
  std::int64_t left_ = 0;
};

class LocalSource final : public FetchedSource {
 public:
  explicit LocalSource(fs::path root) : root_(std::move(root)) {}

  std::string resolvedVersion() const override { return {}; }

  TarStream tar(const std::string& prefix) override {
    return tarOf(std::make_unique<LocalReader>(root_), prefix);
  }

  Result<std::string, FileFault> readFile(std::string_view path, std::size_t maxBytes) override {
    std::error_code failed;
    const auto root = fs::canonical(root_, failed);
    if (failed) return FileFault::kAbsent;
    const auto file = fs::canonical(root / path, failed);
    const auto below = file.lexically_relative(root);
    if (failed || below.empty() || *below.begin() == "..") return FileFault::kAbsent;
    const auto kind = fs::status(file, failed);
    if (fs::is_directory(kind)) return FileFault::kDirectory;
    if (!fs::is_regular_file(kind)) return FileFault::kUnreadable;
    const auto size = fs::file_size(file, failed);
    if (!failed && size > maxBytes) return FileFault::kTooLarge;
    std::ifstream in(file, std::ios::binary);
    std::string text(static_cast<std::size_t>(size), '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    if (failed || in.gcount() != static_cast<std::streamsize>(size)) return FileFault::kUnreadable;
    return text;
  }

 private:
  fs::path root_;
};

// What is wrong with the tree, as a sentence; tells what is left out.
std::optional<std::string> judgeTree(const fs::path& root, const LocalFetch& fetch) {
  LocalWalk walk(root);
  std::int64_t entries = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  while (!fetch.stop.stop_requested()) {
    auto found = walk.next();
    if (!found.ok()) return found.error().message;
    if (!*found) return std::nullopt;
    const auto& [name, about] = **found;
    const auto path = walk.pathOf(name);
    const bool special =
        !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode) && !S_ISLNK(about.st_mode);
    if (special) {
      fetch.leftOut(path.string() + " is " + specialKind(about.st_mode) + " and is left out");
      continue;
    }
    if (++entries > fetch.limits.maxFiles)
      return "the directory has more than the " + std::to_string(fetch.limits.maxFiles) +
             " entries a source may have";
    if (S_ISREG(about.st_mode)) {
      if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0 && errno != ENOENT)
        return "cannot read " + path.string() + ": " + std::strerror(errno);
      if (about.st_size > fetch.limits.maxBytes - bytes)
        return "the directory holds more than the " + std::to_string(fetch.limits.maxBytes) +
               " bytes a source may have";
      ++files;
      bytes += about.st_size;
      fetch.progress("Reading " + root.string() + ": " + std::to_string(files) + " files, " +
                     std::to_string(bytes / kMegabyte) + " MB");
    }
  }
  return std::nullopt;
}

}  // namespace

SourceResult<std::unique_ptr<FetchedSource>> fetchLocal(const SourceSpec& spec,
                                                        const LocalFetch& fetch) {
  const fs::path root = spec.location;
  std::error_code failed;
  if (!root.is_absolute() || !fs::is_directory(root, failed))
    return clientError(spec, root.string() + " is not a directory");
  if (auto fault = judgeTree(root, fetch)) return clientError(spec, *fault);
  if (fetch.stop.stop_requested()) return stopped("reading " + root.string());
  return std::unique_ptr<FetchedSource>(std::make_unique<LocalSource>(root));
}

}  // namespace kiln::runtime
