#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/objects/stored_body.h"

namespace kiln::store {

StoredReader::StoredReader(BlobFiles& files, ObjectInfo info, std::string bytes)
    : files_(files),
      info_(std::move(info)),
      bytes_(std::move(bytes)),
      pinned_(files, {}),
      end_(info_.size),
      opened_(0) {}

StoredReader::StoredReader(BlobFiles& files, ObjectInfo info, Manifest manifest)
    : files_(files),
      info_(std::move(info)),
      manifest_(std::move(manifest)),
      pinned_(files, filesOf(manifest_.pieces)),
      end_(info_.size),
      opened_(manifest_.pieces.size()) {
  std::uint64_t end = 0;
  for (const auto& piece : manifest_.pieces) ends_.push_back(end += piece.size);
}

Status StoredReader::select(std::uint64_t offset, std::uint64_t length) {
  if (offset > info_.size || length > info_.size - offset) {
    return Error{Code::kInvalidArgument,
                 "reading " + info_.key + ": bytes from " + std::to_string(offset) + ", " +
                     std::to_string(length) + " of them, of " + std::to_string(info_.size)};
  }
  at_ = offset;
  end_ = offset + length;
  return okStatus();
}

Result<std::string> StoredReader::read() {
  const auto want = std::min<std::uint64_t>(kReadChunk, end_ - at_);
  if (want == 0) return std::string();
  Result<std::string> chunk = std::string();
  if (manifest_.pieces.empty()) {
    chunk = bytes_.substr(at_, want);
  } else {
    const auto piece = std::upper_bound(ends_.begin(), ends_.end(), at_);
    if (piece == ends_.end()) {
      return Error{Code::kCorrupt, "reading " + info_.key + ": its pieces end at byte " +
                                       std::to_string(ends_.back()) + " of " +
                                       std::to_string(info_.size)};
    }
    const auto index = static_cast<std::size_t>(piece - ends_.begin());
    const auto start = *piece - manifest_.pieces[index].size;
    chunk = readFile(index, at_ - start,
                     static_cast<std::size_t>(std::min<std::uint64_t>(want, *piece - at_)));
  }
  if (chunk) at_ += chunk->size();
  return chunk;
}

Result<std::string> StoredReader::readFile(std::size_t piece, std::uint64_t offset,
                                           std::size_t size) {
  const auto& id = manifest_.pieces[piece].file;
  if (opened_ != piece) {
    auto file = files_.read(id);
    if (!file) return file.error();
    open_ = std::move(*file);
    opened_ = piece;
  }
  std::string bytes(size, '\0');
  for (;;) {
    const auto got = ::pread(open_.get(), bytes.data(), size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return diskError(errno, "reading", id);
    if (got == 0) {
      return Error{Code::kCorrupt, "reading object file " + id + ": it ends at byte " +
                                       std::to_string(offset) + ", before what was committed"};
    }
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

}  // namespace kiln::store
