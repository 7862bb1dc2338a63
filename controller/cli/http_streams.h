// HttpStreams: what the client commands ask of a Kiln: short GETs, and long answers that come in pieces, several at once.
//
// Owner and thread: one command's. Nothing happens in the background: answers move only inside poll(), which calls back.
// Failure: kUnavailable when no answer came (not running, connection lost, silence); an HTTP status is not a failure here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"

namespace kiln::cli {

struct HttpReply {
  long status = 0;
  std::string body;
};

// How a stream ended. `status` is 0 when no answer came at all.
struct StreamEnd {
  long status = 0;
  Status transfer;   // not ok: cut off
  std::string body;  // of an answer that was not 200 (its bytes are not handed on)
};

struct StreamRequest {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::function<void(std::string_view)> bytes;
  std::function<void(const StreamEnd&)> end;  // may open another stream
};

class HttpStreams {
 public:
  HttpStreams();
  ~HttpStreams();
  HttpStreams(const HttpStreams&) = delete;
  HttpStreams& operator=(const HttpStreams&) = delete;

  static Result<HttpReply> get(const std::string& url, Millis limit = Millis(10'000));

  void open(StreamRequest request);
  void closeAll();
  // Moves the streams on; returns after `most` at the latest, earlier when something came or a signal arrived.
  void poll(Millis most);

 private:
  struct Stream;
  void finished(void* easy, int code);

  void* multi_;
  std::map<void*, std::unique_ptr<Stream>> streams_;
};

// Cuts what comes in pieces into lines, without their ends.
class LineSplitter {
 public:
  void add(std::string_view bytes, const std::function<void(std::string_view)>& line);

 private:
  std::string rest_;
};

}  // namespace kiln::cli
