// RequestParser: the bytes of one request made into its parts, strictly: what two readers could take for different requests is refused.
// With response_head.cc the only user of Boost.Beast.
//
// Owned by the exchange; one thread. Failure: the status that refuses the request, and what was wrong with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/request.h"

namespace kiln::api {

struct Refusal {
  int status = 400;
  std::string what;
};

// Where the head of a request ends in `bytes`, which begin with it: the size with its empty line, or 0 when more is to come. `seen`:
// how much was looked at before; it is brought forward.
Result<std::size_t, Refusal> findHeadEnd(std::string_view bytes, std::size_t& seen,
                                         std::size_t mostLine, std::size_t mostHead);

class RequestParser {
 public:
  RequestParser();
  ~RequestParser();

  // `head` as findHeadEnd() found it. Fills the method, path, query and headers.
  std::optional<Refusal> parseHead(std::string_view head, Request& request);

  // After parseHead().
  bool isHttp11() const;
  bool keepsAlive() const;
  bool expectsContinue() const;
  bool isChunked() const;
  std::uint64_t contentLength() const;  // 0 without one

  // Of a chunked body: appends what `bytes` hold of it to `out`, at most `most`. Answers how much of `bytes` was used: none when
  // more bytes are needed first.
  Result<std::size_t, Refusal> parseChunks(std::string_view bytes, std::string& out,
                                           std::size_t most);
  // The last chunk and its trailers were seen.
  bool isComplete() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::api
