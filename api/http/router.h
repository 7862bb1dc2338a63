// Router: which handler answers a request. In this order: JSON services by X-Amz-Target prefix, what the fallback claims, services of
// the query protocol by Version, then method and path prefix, and the fallback for all that is left.
//
// Filled by main() before the server starts, then only read: any thread.
#pragma once

#include <functional>
#include <map>
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
  // The query protocol: POST / with a form (or GET / with a query) of which Version=<version> and Action=<Operation> are part. The
  // handler finds the form's parameters in `query`, and answers an action that it does not know with unknownAction().
  void addAction(std::string version, Handler handler);
  // The longest matching prefix wins; a prefix matches whole path segments. `method` empty: any.
  void addPath(std::string method, std::string prefix, Handler handler);
  // What nothing above matches. `claims`, when given, says which requests without a target are its own even before the actions and
  // paths are looked at (a bucket's virtual host); it sees everything but the body.
  void setFallback(Handler handler, std::function<bool(const Request&)> claims = nullptr);

  // True for the calls whose body is read whole before route(): JSON and form protocols. Looks at everything but the body.
  bool readsWhole(const Request& request) const;
  // Answers UnknownOperationException for an unknown target, InvalidAction for an unknown version, and without a fallback 404 or 405
  // when nothing matches. A path that is there with other methods is 405 in any case.
  Response route(Request& request) const;

 private:
  struct Path {
    std::string method;
    std::string prefix;
    Handler handler;
  };
  bool claimed(const Request& request) const;
  Response routeTarget(Request& request, std::string_view target) const;
  Response routeAction(Request& request) const;
  Response routePath(Request& request) const;

  std::vector<std::pair<std::string, Handler>> targets_;
  std::map<std::string, Handler, std::less<>> actions_;
  std::vector<Path> paths_;
  Handler fallback_;
  std::function<bool(const Request&)> claims_;
};

// The query protocol's error, as XML; its Type is Sender below 500 and Receiver from there on.
Response actionError(const Request& request, int status, std::string_view code,
                     std::string_view message);
// InvalidAction, or MissingAction when there is none.
Response unknownAction(const Request& request);

}  // namespace kiln::api
