// Response: what a handler answers. Either `body`, or `stream` for an answer that has no end yet (watch, log follow) or is large.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/request.h"

namespace kiln::api {

// Where a streaming answer writes. write() blocks while the client is slow and answers false once it is gone or the server
// stops; the writer then returns. Called on the thread that the handler ran on.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual bool write(std::string_view bytes) = 0;
  // True once the server stops or the client is known to be gone: it has closed its connection, or broken it off. Waits at most `most`.
  virtual bool waitClosed(std::chrono::milliseconds most) = 0;
};

// Thrown by a stream that ends before its end for a reason that is no fault of ours and is logged already, such as a client that went
// away: the connection is closed, so that nobody takes the answer for whole.
struct AnswerCut {};

struct Response {
  int status = 200;
  Headers headers;  // content-type among them; date, x-amzn-RequestId and content-length are added
  std::string body;
  // When set, `body` is not used. It runs after the handler has returned; it is not run for HEAD. When it throws, or writes less
  // than `length`, the connection is closed, so that the client can tell.
  std::function<void(BodyWriter&)> stream = nullptr;
  // Of the streamed answer: its exact Content-Length; without it the answer is chunked. Also the length that an answer to HEAD
  // gives, which sends no body in any case.
  std::optional<std::uint64_t> length = std::nullopt;

  static Response text(int status, std::string body);
  static Response json(int status, std::string body);
};

}  // namespace kiln::api
