// Response: what a handler answers. Either `body`, or `stream` for an answer that has no end yet (watch, log follow) or is large.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/http/request.h"

namespace kiln::api {

// Where a streaming answer writes. write() blocks while the client is slow and answers false once it is gone or the server
// stops; the writer then returns. Called from a thread that the server gives to this one answer.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual bool write(std::string_view bytes) = 0;
  // True once the server stops or the client is known to be gone. That a client is gone shows only when something is written to it:
  // a writer with nothing to say for long sends a line that says so. Waits at most `most`.
  virtual bool waitClosed(std::chrono::milliseconds most) = 0;
};

struct Response {
  int status = 200;
  Headers headers;  // content-type among them; date, x-amzn-RequestId and content-length are added
  std::string body;
  std::function<void(BodyWriter&)>
      stream;  // when set, `body` is not used and the answer is chunked

  static Response text(int status, std::string body);
  static Response json(int status, std::string body);
};

}  // namespace kiln::api
