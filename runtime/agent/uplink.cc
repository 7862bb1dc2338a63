#include "runtime/agent/uplink.h"

#include <unistd.h>
#include <cerrno>

namespace kiln::agent {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxLineBytes = std::size_t{128} << 20;
constexpr int kCopiesPerTurn = 8;

}  // namespace

std::vector<Message> Uplink::receive() {
  std::string chunk(kReadBytes, '\0');
  ssize_t got = ::read(in_.get(), chunk.data(), chunk.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got <= 0) {
    in_.reset();
    return {};
  }
  std::vector<Message> messages;
  std::string_view rest(chunk.data(), static_cast<std::size_t>(got));
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    line_ += rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (!lineTooLong_) {
      if (auto message = decodeMessage(line_)) messages.push_back(std::move(*message));
    }
    line_.clear();
    lineTooLong_ = false;
  }
  line_ += rest;
  if (line_.size() > kMaxLineBytes) lineTooLong_ = true;
  if (lineTooLong_) line_.clear();
  return messages;
}

void Uplink::greet(const std::string& nonce, std::uint64_t resumeAfter,
                   std::string_view readyPayload) {
  greeted_ = true;
  control_ = "\n" + std::string(kSyncPrefix) + nonce + "\n";
  control_ += encodeRecord({0, RecordType::kReady, nowMicros(), std::string(readyPayload)});
  journal_.seek(resumeAfter);
}

void Uplink::heartbeat() {
  if (!greeted_ || !out_ || !control_.empty() || !journal_.atEnd()) return;
  control_ = encodeRecord({0, RecordType::kHeartbeat, nowMicros(), {}});
}

bool Uplink::sendControl() {
  while (!control_.empty()) {
    ssize_t written = ::write(out_.get(), control_.data(), control_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (errno != EAGAIN) out_.reset();
      return false;
    }
    control_.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

bool Uplink::send() {
  if (!sendControl()) return true;
  for (int turn = 0; turn < kCopiesPerTurn && !journal_.atEnd(); ++turn) {
    ssize_t copied = journal_.copyTo(out_.get());
    if (copied == 0) return true;
    if (copied < 0) {
      if (errno == ESTALE) return false;
      out_.reset();
      return true;
    }
  }
  return true;
}

}  // namespace kiln::agent
