#include "api/http/answer_body.h"

#include <array>
#include <charconv>

namespace kiln::api {

AnswerBody::AnswerBody(Socket& socket, std::string head, const HeadFacts& facts,
                       const HttpLimits& limits)
    : socket_(socket),
      limits_(limits),
      head_(std::move(head)),
      framing_(facts.framing),
      missing_(facts.length) {
  if (framing_ != Framing::kLength) send({});
}

bool AnswerBody::send(const Socket::Parts& parts) {
  if (broken_) return false;
  // A watch may stand still for as long as its reader likes; a download may not.
  const auto silence =
      framing_ == Framing::kLength ? std::optional<Millis>(limits_.silence) : std::nullopt;
  if (!head_.empty()) {
    broken_ = socket_.send({head_, parts[0], parts[1]}, silence, Millis(0)) != SocketEnd::kOpen;
    head_.clear();
    return !broken_ && (parts[2].empty() || send({parts[2], "", ""}));
  }
  broken_ = socket_.send(parts, silence, Millis(0)) != SocketEnd::kOpen;
  return !broken_;
}

bool AnswerBody::write(std::string_view bytes) {
  if (socket_.stopping()) broken_ = true;
  if (broken_ || bytes.empty()) return !broken_;
  if (framing_ == Framing::kChunked) {
    std::array<char, 18> size{};
    auto* end = std::to_chars(size.data(), size.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return send({std::string_view(size.data(), end), bytes, "\r\n"});
  }
  if (framing_ == Framing::kLength) {
    if (bytes.size() > missing_) {  // more than was announced
      broken_ = true;
      return false;
    }
    missing_ -= bytes.size();
  }
  return send({bytes, "", ""});
}

bool AnswerBody::waitClosed(std::chrono::milliseconds most) {
  return broken_ || socket_.waitClosed(most);
}

bool AnswerBody::finish() {
  switch (framing_) {
    case Framing::kChunked: return send({"0\r\n\r\n", "", ""});
    case Framing::kLength: return send({}) && missing_ == 0;
    case Framing::kClose: return !broken_;
    case Framing::kNone: break;
  }
  unreachable();
}

}  // namespace kiln::api
