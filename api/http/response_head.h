// The head of an answer as bytes. Pure but for the date.
#pragma once

#include <string>

#include "api/http/response.h"

namespace kiln::api {

// How the end of an answer's body shows.
enum class Framing {
  kNone,     // there is no body: 204, 304
  kLength,   // Content-Length; an answer to HEAD may give one and sends no body
  kChunked,  // of unknown length to HTTP/1.1
  kClose,    // of unknown length to HTTP/1.0: the end of the connection
};

struct HeadFacts {
  bool http11 = true;
  bool close = false;  // this answer is the connection's last
  Framing framing = Framing::kLength;
  std::uint64_t length = 0;
  std::string_view requestId;
};

// Status line, the answer's headers, each on one line whatever it holds, and those that the server adds.
std::string headOf(const Response& response, const HeadFacts& facts);

// An error of the server's own, in the form of a JSON service.
Response refusal(int status, std::string_view shape, std::string_view message);

}  // namespace kiln::api
