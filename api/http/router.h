// Router: which handler answers a request. JSON services by X-Amz-Target prefix, everything else by method and path prefix.
//
// Filled by main() before the server starts, then only read: any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/http/request.h"
#include "api/http/response.h"

namespace kiln::api {

using Handler = std::function<Response(Request&)>;

class Router {
 public:
  // POST / with `x-amz-target: <prefix>.<Operation>`.
  void addTarget(std::string prefix, Handler handler);
  // The longest matching prefix wins; a prefix matches whole path segments. `method` empty: any.
  void addPath(std::string method, std::string prefix, Handler handler);
  // Answers 404/405 (or UnknownOperationException for an unknown target) when nothing matches.
  Response route(Request& request) const;

 private:
  struct Path {
    std::string method;
    std::string prefix;
    Handler handler;
  };
  std::vector<std::pair<std::string, Handler>> targets_;
  std::vector<Path> paths_;
};

}  // namespace kiln::api
