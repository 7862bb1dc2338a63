// AnswerBody: where a streaming answer writes: straight to the connection, in chunks or up to the length that was announced.
//
// Owned by the exchange; one thread.
#pragma once

#include <optional>

#include "api/http/limits.h"
#include "api/http/response_head.h"
#include "api/http/socket.h"

namespace kiln::api {

class AnswerBody final : public BodyWriter {
 public:
  // `head` goes first: at once when the answer has no length and may be long in coming, else with the first bytes.
  AnswerBody(Socket& socket, std::string head, const HeadFacts& facts, const HttpLimits& limits);

  bool write(std::string_view bytes) override;
  bool waitClosed(std::chrono::milliseconds most) override;

  // Sends the end. False when the answer is not whole: the connection must be closed, so that the client can tell.
  bool finish();

 private:
  bool send(const Socket::Parts& parts);

  Socket& socket_;
  const HttpLimits& limits_;
  std::string head_;  // not sent yet
  const Framing framing_;
  std::uint64_t missing_;  // with a length
  bool broken_ = false;
};

}  // namespace kiln::api
