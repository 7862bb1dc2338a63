// Request: one HTTP request as the router hands it on, free of the HTTP library.
//
// Owned by the handler's call; one thread. The body of a JSON call is read whole (up to the route's limit) before the handler
// runs; a route that streams reads `body` itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/http/body_budget.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::api {

// Lower-case names.
using Headers = std::map<std::string, std::string, std::less<>>;

// The body as it comes. read() answers at most `most` bytes, empty at the end; blocks.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual Result<std::string> read(std::size_t most) = 0;
};

struct Request {
  std::string method;                                     // GET, POST, ...
  std::string path;                                       // raw, percent-encoded, without the query
  std::map<std::string, std::string, std::less<>> query;  // decoded; the last of equal names wins
  std::string rawQuery;
  Headers headers;
  std::string body;  // for routes that do not stream
  std::shared_ptr<BodyReader>
      stream;  // for routes that do: set when there is a body and the call is not of a JSON or form protocol
  // Where a handler that keeps a streamed body in memory says how much that is; lives as long as the exchange. May be null in tests.
  BodyBudget::Share* share = nullptr;
  std::string remoteAddress;
  std::string id;  // x-amzn-RequestId, a fresh uuid
  Scope
      scope;  // account from settings, region from the signature's credential scope (us-east-1 when unsigned)
  std::string principal;  // access key id of the signature; "anonymous" when unsigned

  std::string_view header(std::string_view lowerCaseName) const;
  std::string_view parameter(std::string_view name) const;
};

}  // namespace kiln::api
