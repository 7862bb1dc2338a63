#include "runtime/artifacts/byte_pipe.h"

#include <utility>

namespace kiln::runtime {
namespace {

constexpr std::size_t kPipeHolds = std::size_t{4} << 20;

Error pipeClosed() { return {Code::kUnavailable, "copying artifacts out was stopped"}; }

}  // namespace

Status BytePipe::push(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || waiting_.size() < kPipeHolds; });
  if (closed_) return pipeClosed();
  waiting_.append(bytes);
  changed_.notify_all();
  return okStatus();
}

void BytePipe::end(Status how) {
  std::lock_guard lock(mutex_);
  ended_ = std::move(how);
  changed_.notify_all();
}

Result<std::string> BytePipe::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || ended_ || !waiting_.empty(); });
  if (closed_) return pipeClosed();
  if (waiting_.empty() && !ended_->ok()) return ended_->error();
  changed_.notify_all();
  return std::exchange(waiting_, {});
}

void BytePipe::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace kiln::runtime
