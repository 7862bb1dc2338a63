#include "api/http/router.h"

#include <nlohmann/json.hpp>
#include <set>

namespace kiln::api {
namespace {

bool isUnder(std::string_view path, std::string_view prefix) {
  if (path.substr(0, prefix.size()) != prefix) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

Response unknownTarget(std::string_view target) {
  const nlohmann::json body{
      {"__type", "UnknownOperationException"},
      {"message", "No service answers the target '" + std::string(target.substr(0, 128)) + "'"}};
  return {400,
          {{"content-type", "application/x-amz-json-1.1"},
           {"x-amzn-errortype", "UnknownOperationException"}},
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          nullptr};
}

}  // namespace

void Router::addTarget(std::string prefix, Handler handler) {
  targets_.emplace_back(std::move(prefix), std::move(handler));
}

void Router::addPath(std::string method, std::string prefix, Handler handler) {
  paths_.push_back({std::move(method), std::move(prefix), std::move(handler)});
}

Response Router::route(Request& request) const {
  const std::string_view target = request.header("x-amz-target");
  if (!target.empty()) {
    const auto prefix = target.substr(0, target.find('.'));
    for (const auto& [name, handler] : targets_) {
      if (name == prefix) return handler(request);
    }
    return unknownTarget(target);
  }

  const Path* best = nullptr;
  std::set<std::string> allowed;
  for (const Path& path : paths_) {
    if (!isUnder(request.path, path.prefix)) continue;
    const bool head = request.method == "HEAD" && path.method == "GET";
    if (!path.method.empty() && path.method != request.method && !head) {
      allowed.insert(path.method);
    } else if (best == nullptr || path.prefix.size() > best->prefix.size()) {
      best = &path;
    }
  }
  if (best != nullptr) return best->handler(request);
  if (allowed.empty()) return Response::text(404, "Nothing is found at " + request.path + "\n");
  Response refusal =
      Response::text(405, request.method + " is not possible at " + request.path + "\n");
  for (const auto& method : allowed) {
    std::string& list = refusal.headers["allow"];
    list += (list.empty() ? "" : ", ") + method;
  }
  return refusal;
}

}  // namespace kiln::api
