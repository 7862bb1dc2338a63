// Inbox: what has come over a connection and is not used yet. It grows with the head of a request, up to a limit, and no further.
//
// Owned by the connection; one thread.
#pragma once

#include <string>
#include <string_view>

#include "api/http/socket.h"

namespace kiln::api {

class Inbox {
 public:
  explicit Inbox(Socket& socket) : socket_(socket) {}

  std::string_view bytes() const {
    return std::string_view(buffer_).substr(begin_, size_ - begin_);
  }
  void use(std::size_t size) { begin_ += size; }

  // More bytes behind those that are there, as soon as some come. `most`: how many there may be in all, more than there are.
  SocketEnd fill(std::size_t most, Millis patience);

  Socket& socket() { return socket_; }

 private:
  Socket& socket_;
  std::string buffer_;  // [begin_, size_) are the bytes
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace kiln::api
