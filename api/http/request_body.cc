#include "api/http/request_body.h"

#include <algorithm>
#include <utility>

namespace kiln::api {
namespace {

constexpr std::size_t kMostAtOnce = 1 << 20;
constexpr std::size_t kDiscardedAtOnce = 64 << 10;
constexpr std::size_t kChunkInbox = 64 << 10;  // a chunk's size line or the trailers must fit
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

RequestBody::RequestBody(Inbox& inbox, RequestParser& parser, const HttpLimits& limits)
    : inbox_(&inbox),
      parser_(parser),
      limits_(limits),
      patience_(limits.silence),
      expected_(parser.expectsContinue()),
      missing_(parser.contentLength()) {}

bool RequestBody::ended() const {
  return parser_.isChunked() ? parser_.isComplete() : missing_ == 0;
}

std::optional<std::uint64_t> RequestBody::missing() const {
  if (parser_.isChunked() && !parser_.isComplete()) return std::nullopt;
  return missing_;
}

SocketEnd RequestBody::invite() {
  if (!std::exchange(expected_, false)) return SocketEnd::kOpen;
  return inbox_->socket().send({kContinue, "", ""}, limits_.silence, Millis(0));
}

Result<std::string> RequestBody::read(std::size_t most) {
  if (failure_) return *failure_;
  if (inbox_ == nullptr) return Error{Code::kFailedPrecondition, "the request is answered already"};
  if (const auto sent = invite(); sent != SocketEnd::kOpen) return fail(sent);
  if (most == 0 || ended()) return std::string();
  most = std::min(most, kMostAtOnce);
  return parser_.isChunked() ? readChunked(most) : readCounted(most);
}

// Past the inbox straight into the reader's string.
Result<std::string> RequestBody::readCounted(std::size_t most) {
  most = static_cast<std::size_t>(std::min<std::uint64_t>(most, missing_));
  std::string out(inbox_->bytes().substr(0, most));
  if (!out.empty()) {
    inbox_->use(out.size());
  } else {
    // No memory while there is nothing to put into it: many may wait.
    const auto end = inbox_->socket().awaitBytes(patience_);
    if (end != SocketEnd::kOpen) return fail(end);
    out.resize(most);
    const auto got = inbox_->socket().receive(out, patience_);
    if (got.end != SocketEnd::kOpen) return fail(got.end);
    out.resize(got.size);
  }
  missing_ -= out.size();
  return out;
}

Result<std::string> RequestBody::readChunked(std::size_t most) {
  std::string out;
  for (;;) {
    const auto used = parser_.parseChunks(inbox_->bytes(), out, most);
    if (!used.ok()) return fail(Code::kInvalidArgument, used.error().what);
    inbox_->use(*used);
    if (!out.empty() || parser_.isComplete()) return out;
    if (inbox_->bytes().size() >= kChunkInbox)
      return fail(Code::kInvalidArgument, "a chunk's size or the trailers are too long");
    const auto end = inbox_->fill(kChunkInbox, patience_);
    if (end != SocketEnd::kOpen) return fail(end);
  }
}

bool RequestBody::discard(std::size_t most, Millis patience) {
  const auto until = SteadyClock().now() + patience;
  while (!ended()) {
    patience_ = std::chrono::ceil<Millis>(until - SteadyClock().now());
    if (patience_ <= Millis(0)) return false;
    const auto piece = read(std::min(most, kDiscardedAtOnce));
    if (!piece.ok() || (piece->empty() && !ended())) return false;
    most -= piece->size();
  }
  return true;
}

Result<std::string> RequestBody::fail(Code code, std::string what) {
  failure_ = Error{code, "reading the request's body: " + std::move(what)};
  return *failure_;
}

Result<std::string> RequestBody::fail(SocketEnd end) {
  switch (end) {
    case SocketEnd::kOpen:
    case SocketEnd::kGone: return fail(Code::kInvalidArgument, "the client broke it off");
    case SocketEnd::kSilent: return fail(Code::kDeadlineExceeded, "the client sends nothing more");
    case SocketEnd::kStopped: return fail(Code::kUnavailable, "the server stops");
  }
  unreachable();
}

}  // namespace kiln::api
