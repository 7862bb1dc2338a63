// RetryingStream: a stream of a Kiln that is opened again, from where it broke, until its owner has enough of it.
//
// Owner and thread: one command's. Waits between tries grow from 0.2 s to 5 s and start again once bytes came; time is given by
// the caller, so nothing here sleeps.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/cli/http_streams.h"
#include "controller/core/clock.h"

namespace kiln::cli {

class RetryingStream {
 public:
  struct Source {
    std::function<std::string()> url;  // where to go on
    std::vector<std::string> headers;
    std::function<void(std::string_view line)> line;
    // Told of each end; false: do not open it again.
    std::function<bool(const StreamEnd&)> again;
  };

  RetryingStream(HttpStreams& streams, Source source)
      : streams_(streams), source_(std::move(source)) {}

  // Opens what is to be opened by now. Call before every poll.
  void tend(TimePoint now);
  // Opens it at the next tend(), although it had ended for good.
  void reopen();

  bool open() const { return open_; }
  bool over() const { return over_; }
  // Tries in a row that brought nothing.
  int failures() const { return failures_; }

 private:
  void ended(const StreamEnd& end);

  HttpStreams& streams_;
  const Source source_;
  LineSplitter lines_;
  bool open_ = false;
  bool over_ = false;
  bool due_ = true;
  int failures_ = 0;
  TimePoint next_;
};

}  // namespace kiln::cli
