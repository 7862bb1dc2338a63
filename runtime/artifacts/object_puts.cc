#include "runtime/artifacts/object_puts.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace kiln::runtime {
namespace {

constexpr int kPutsAtOnce = 8;
constexpr std::size_t kMostWaiting = 16;
constexpr std::size_t kHeaviestWaiting = std::size_t{16} << 20;
constexpr std::size_t kReadAtOnce = std::size_t{1} << 20;

ByteSource wholeOf(const std::string& bytes) {
  return [&bytes, told = false]() mutable -> Result<std::string> {
    return std::exchange(told, true) ? std::string() : bytes;
  };
}

ByteSource wholeOf(const Spool& spool) {
  return [&spool, at = std::uint64_t{0}]() mutable -> Result<std::string> {
    std::string piece;
    const auto length = std::min<std::uint64_t>(spool.size() - at, kReadAtOnce);
    if (auto read = spool.read(at, length, piece); !read) return read.error();
    at += length;
    return piece;
  };
}

}  // namespace

std::size_t ObjectPuts::Put::weight() const {
  const auto* bytes = std::get_if<std::string>(&body);
  return bytes == nullptr ? 0 : bytes->size();
}

ObjectPuts::ObjectPuts(const UploadTarget& target) : target_(target) {
  for (int i = 0; i < kPutsAtOnce; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ObjectPuts::~ObjectPuts() {
  std::lock_guard lock(mutex_);
  waiting_.clear();
}

bool ObjectPuts::submit(std::string name, Body body) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return fault_ || (waiting_.size() < kMostWaiting && weight_ < kHeaviestWaiting);
  });
  if (fault_) return false;
  waiting_.push_back({std::move(name), std::move(body)});
  weight_ += waiting_.back().weight();
  lock.unlock();
  changed_.notify_all();
  return true;
}

std::optional<UploadFault> ObjectPuts::finish() {
  threads_.clear();
  return fault_;
}

void ObjectPuts::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, stop, [&] { return fault_ || !waiting_.empty(); });
    if (fault_ || waiting_.empty()) return;
    const Put put = std::move(waiting_.front());
    waiting_.pop_front();
    weight_ -= put.weight();
    lock.unlock();
    changed_.notify_all();
    auto fault = attempt(put);
    lock.lock();
    if (!fault) continue;
    if (!fault_) fault_ = std::move(fault);
    changed_.notify_all();
  }
}

std::optional<UploadFault> ObjectPuts::attempt(const Put& put) const {
  try {
    return perform(put);
  } catch (const std::exception& e) {
    return UploadFault::ofHost({Code::kUnavailable, "putting " + put.name + ": " + e.what()});
  }
}

std::optional<UploadFault> ObjectPuts::perform(const Put& put) const {
  const auto stream = [&put] {
    return std::visit([](const auto& body) { return wholeOf(body); }, put.body);
  };
  const auto key = target_.keyOf(put.name);
  if (auto refused = checkKey(key)) return refused;
  const auto* small = std::get_if<std::string>(&put.body);
  auto digests =
      small == nullptr ? digestsOf(stream, target_.stop) : Result<Digests>(digestsOf(*small));
  if (!digests.ok()) return UploadFault::ofHost(digests.error());
  auto stored =
      target_.s3().put(target_.bucket, key, stream(),
                       target_.optionsFor(*digests, contentTypeOf(put.name)), target_.stop);
  if (!stored.ok()) return UploadFault::of(stored.error());
  return std::nullopt;
}

}  // namespace kiln::runtime
