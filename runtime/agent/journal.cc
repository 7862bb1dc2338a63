#include "runtime/agent/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace kiln::agent {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

bool hasEntries(const std::string& directory) {
  DIR* listing = ::opendir(directory.c_str());
  if (listing == nullptr) return false;
  bool found = false;
  while (const dirent* entry = ::readdir(listing)) found = found || entry->d_name[0] != '.';
  ::closedir(listing);
  return found;
}

std::string segmentName(std::uint64_t first) {
  std::array<char, 32> digits{};
  int length = std::snprintf(digits.data(), digits.size(), "%020llu",
                             static_cast<unsigned long long>(first));
  return {digits.data(), static_cast<std::size_t>(length)};
}

// Not everything a pipe or socket can be takes sendfile.
ssize_t copyByHand(int out, int file, off_t offset, std::size_t bytes) {
  static std::string buffer(kCopyBytes, '\0');
  ssize_t got = ::pread(file, buffer.data(), std::min(bytes, buffer.size()), offset);
  return got <= 0 ? got : ::write(out, buffer.data(), static_cast<std::size_t>(got));
}

}  // namespace

Status Journal::open() {
  if (auto made = makeDirectories(directory_); !made) return made;
  if (hasEntries(directory_)) {
    return Error{Code::kFailedPrecondition,
                 directory_ + " has the records of an earlier start of this container"};
  }
  auto started = startSegment(1);
  seek(0);
  return started;
}

Status Journal::startSegment(std::uint64_t first) {
  Segment next{first, directory_ + "/" + segmentName(first), Fd(), 0};
  constexpr int kFlags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  next.file.reset(::open(next.path.c_str(), kFlags, 0644));
  if (!next.file && errno == ENOENT && makeDirectories(directory_)) {
    next.file.reset(::open(next.path.c_str(), kFlags, 0644));
  }
  if (!next.file) return systemError("cannot make " + next.path);
  segments_.push_back(std::move(next));
  return okStatus();
}

void Journal::append(RecordType type, std::int64_t unixMicros, std::string_view payload) {
  std::array<char, 96> head{};
  std::uint64_t sequence = ++lastSequence_;
  int length = std::snprintf(head.data(), head.size(), "%llu %c %lld %zu\n",
                             static_cast<unsigned long long>(sequence), static_cast<char>(type),
                             static_cast<long long>(unixMicros), payload.size());
  std::string_view header(head.data(), static_cast<std::size_t>(length));
  if (waiting_.empty() && write(sequence, header, payload)) return;
  std::string bytes(header);
  bytes += payload;
  waiting_.push_back({sequence, std::move(bytes)});
}

void Journal::retry() {
  while (!waiting_.empty() && write(waiting_.front().sequence, waiting_.front().bytes, {})) {
    waiting_.pop_front();
  }
}

// All of it or nothing.
bool Journal::write(std::uint64_t sequence, std::string_view head, std::string_view payload) {
  if (segments_.back().size >= kSegmentBytes && !startSegment(sequence)) return false;
  Segment& segment = segments_.back();
  off_t end = segment.size;
  while (!head.empty() || !payload.empty()) {
    std::array<iovec, 2> parts = {iovec{const_cast<char*>(head.data()), head.size()},
                                  iovec{const_cast<char*>(payload.data()), payload.size()}};
    ssize_t written = ::pwritev(segment.file.get(), parts.data(), 2, end);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      (void)!::ftruncate(segment.file.get(), segment.size);
      return false;
    }
    end += written;
    auto fromHead = std::min(static_cast<std::size_t>(written), head.size());
    head.remove_prefix(fromHead);
    payload.remove_prefix(static_cast<std::size_t>(written) - fromHead);
  }
  heldBytes_ += end - segment.size;
  segment.size = end;
  return true;
}

void Journal::acknowledge(std::uint64_t sequence) {
  while (segments_.size() > 1 && segments_[1].first <= sequence + 1) {
    const Segment& done = segments_.front();
    ::unlink(done.path.c_str());
    heldBytes_ -= done.size;
    segments_.pop_front();
  }
  if (readFirst_ < segments_.front().first) {
    readFirst_ = segments_.front().first;
    readOffset_ = 0;
  }
}

off_t Journal::offsetAfter(const Segment& segment, std::uint64_t sequence) const {
  std::array<char, 96> head{};
  off_t offset = 0;
  while (offset < segment.size) {
    ssize_t got = ::pread(segment.file.get(), head.data(), head.size() - 1, offset);
    if (got <= 0) break;
    head[static_cast<std::size_t>(got)] = '\0';
    unsigned long long number = 0;
    std::size_t payload = 0;
    int headBytes = 0;
    if (std::sscanf(head.data(), "%llu %*c %*d %zu%n", &number, &payload, &headBytes) != 2) break;
    if (number > sequence) break;
    offset += headBytes + 1 + static_cast<off_t>(payload);
  }
  return offset;
}

void Journal::seek(std::uint64_t sequence) {
  auto holder = std::find_if(segments_.rbegin(), segments_.rend(),
                             [&](const Segment& segment) { return segment.first <= sequence + 1; });
  const Segment& from = holder == segments_.rend() ? segments_.front() : *holder;
  readFirst_ = from.first;
  readOffset_ = offsetAfter(from, sequence);
}

const Journal::Segment& Journal::readingSegment() const {
  return *std::find_if(segments_.begin(), segments_.end(),
                       [&](const Segment& segment) { return segment.first == readFirst_; });
}

bool Journal::atEnd() const {
  return readFirst_ == segments_.back().first && readOffset_ >= segments_.back().size;
}

ssize_t Journal::copyTo(int out) {
  const Segment* segment = &readingSegment();
  if (readOffset_ >= segment->size) {
    if (segment == &segments_.back()) return 0;
    auto next = std::find_if(segments_.begin(), segments_.end(),
                             [&](const Segment& later) { return later.first > readFirst_; });
    segment = &*next;
    readFirst_ = segment->first;
    readOffset_ = 0;
    if (segment->size == 0) return 0;  // begun on a full disk: its first record still waits
  }
  auto bytes = std::min(static_cast<std::size_t>(segment->size - readOffset_), kCopyBytes);
  off_t offset = readOffset_;
  ssize_t copied = ::sendfile(out, segment->file.get(), &offset, bytes);
  if (copied < 0 && (errno == EINVAL || errno == ENOSYS)) {
    copied = copyByHand(out, segment->file.get(), readOffset_, bytes);
  }
  if (copied < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  if (copied == 0) errno = ESTALE;
  if (copied == 0) return -1;
  readOffset_ += copied;
  return copied;
}

}  // namespace kiln::agent
