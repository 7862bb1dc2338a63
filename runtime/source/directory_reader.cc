#include "runtime/source/directory_reader.h"

#include <algorithm>
#include <system_error>

#include "runtime/source/scratch.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

}  // namespace

DirectoryReader::DirectoryReader(std::filesystem::path root, std::string prefix,
                                 std::int64_t modified)
    : root_(std::move(root)),
      prefix_(std::move(prefix)),
      modified_(modified),
      buffer_(kPiece, '\0') {}

Status DirectoryReader::list() {
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator at(root_, failed), end; !failed && at != end;
       at.increment(failed))
    paths_.push_back(at->path().lexically_relative(root_));
  if (failed)
    return Error{Code::kUnavailable, "cannot list " + root_.string() + ": " + failed.message()};
  std::sort(paths_.begin(), paths_.end());
  return okStatus();
}

Result<std::optional<TreeEntry>> DirectoryReader::next() {
  if (!std::exchange(listed_, true)) {
    if (auto listed = list(); !listed) return listed.error();
  }
  file_.reset();
  if (next_ == paths_.size()) return std::optional<TreeEntry>();
  const auto& path = paths_[next_++];
  TreeEntry entry{.name = prefix_ + path.string(), .modified = modified_, .target = {}};
  std::error_code failed;
  const auto status = std::filesystem::symlink_status(root_ / path, failed);
  if (failed)
    return Error{Code::kUnavailable,
                 "cannot look at " + (root_ / path).string() + ": " + failed.message()};
  entry.mode = static_cast<int>(status.permissions()) & 0777;
  if (std::filesystem::is_directory(status)) {
    entry.kind = EntryKind::kDirectory;
    return std::optional(std::move(entry));
  }
  entry.size = static_cast<std::int64_t>(std::filesystem::file_size(root_ / path, failed));
  file_.reset(std::fopen((root_ / path).c_str(), "rbe"));
  if (failed || !file_) return fileSystemError("cannot read " + (root_ / path).string());
  return std::optional(std::move(entry));
}

Result<std::string_view> DirectoryReader::data() {
  const auto got = file_ ? std::fread(buffer_.data(), 1, buffer_.size(), file_.get()) : 0;
  if (got == 0 && file_ && std::ferror(file_.get()) != 0)
    return fileSystemError("cannot read below " + root_.string());
  return std::string_view(buffer_).substr(0, got);
}

}  // namespace kiln::runtime
