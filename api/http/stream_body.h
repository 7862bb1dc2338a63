// StreamBody: the body of one streaming answer. The handler writes, the connection takes; what lies between is bounded.
//
// Shared by the thread that writes and the connection that sends. write() and waitClosed() are for one thread; the other calls are
// for any. Only for sources that use cpprestsdk.
#pragma once

#include <cpprest/producerconsumerstream.h>
#include <cpprest/streams.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "api/http/response.h"
#include "api/http/transfers.h"

namespace kiln::api {

class StreamBody final : public BodyWriter, public Interruptible {
 public:
  StreamBody();

  bool write(std::string_view bytes) override;
  bool waitClosed(std::chrono::milliseconds most) override;

  // Nobody takes any more: the client is gone, or the server stops. The writer wakes up.
  void interrupt() override;
  // The answer is whole: the connection sends what is left and the end.
  void finish();
  // The answer broke off: the connection is closed without an end, so that the client can tell.
  void fail();

  concurrency::streams::istream source() const;

 private:
  class Buffer;
  void taken(std::uint64_t total);

  std::mutex mu_;
  std::condition_variable changed_;
  std::uint64_t written_ = 0;
  std::uint64_t taken_ = 0;
  bool closed_ = false;
  std::shared_ptr<Buffer> buffer_;
};

}  // namespace kiln::api
