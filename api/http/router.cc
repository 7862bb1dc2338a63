#include "api/http/router.h"

#include <nlohmann/json.hpp>
#include <set>

#include "api/http/percent.h"

namespace kiln::api {
namespace {

bool isUnder(std::string_view path, std::string_view prefix) {
  if (path.substr(0, prefix.size()) != prefix) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

bool isForm(const Request& request) {
  return request.method == "POST" && request.path == "/" &&
         request.header("content-type").starts_with("application/x-www-form-urlencoded");
}

bool isActionQuery(const Request& request) {
  return request.method == "GET" && request.path == "/" && request.query.contains("Action") &&
         request.query.contains("Version");
}

Response unknownTarget(std::string_view target) {
  const nlohmann::json body{
      {"__type", "UnknownOperationException"},
      {"message", "No service answers the target '" + std::string(target.substr(0, 128)) + "'"}};
  return {400,
          {{"content-type", "application/x-amz-json-1.1"},
           {"x-amzn-errortype", "UnknownOperationException"}},
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

std::string xmlText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default:  // what XML cannot hold, and what is not ASCII and so might not be UTF-8
        out += (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t' ? c : '?';
    }
  }
  return out;
}

}  // namespace

Response actionError(const Request& request, int status, std::string_view code,
                     std::string_view message) {
  return {status,
          {{"content-type", "text/xml"}},
          "<ErrorResponse>\n  <Error>\n    <Type>" +
              std::string(status < 500 ? "Sender" : "Receiver") + "</Type>\n    <Code>" +
              xmlText(code) + "</Code>\n    <Message>" + xmlText(message) +
              "</Message>\n  </Error>\n  <RequestId>" + request.id +
              "</RequestId>\n</ErrorResponse>\n"};
}

Response unknownAction(const Request& request) {
  const auto action = request.parameter("Action");
  if (action.empty()) {
    return actionError(request, 400, "MissingAction",
                       "The request has no parameter Action, which names the operation.");
  }
  return actionError(request, 400, "InvalidAction",
                     "Could not find operation " + std::string(action.substr(0, 128)) +
                         " for version " + std::string(request.parameter("Version").substr(0, 64)));
}

void Router::addTarget(std::string prefix, Handler handler) {
  targets_.emplace_back(std::move(prefix), std::move(handler));
}

void Router::addAction(std::string version, Handler handler) {
  actions_.insert_or_assign(std::move(version), std::move(handler));
}

void Router::addPath(std::string method, std::string prefix, Handler handler) {
  paths_.push_back({std::move(method), std::move(prefix), std::move(handler)});
}

void Router::setFallback(Handler handler, std::function<bool(const Request&)> claims) {
  fallback_ = std::move(handler);
  claims_ = std::move(claims);
}

bool Router::claimed(const Request& request) const { return claims_ && claims_(request); }

bool Router::readsWhole(const Request& request) const {
  if (!request.header("x-amz-target").empty()) return true;
  return isForm(request) && !claimed(request);
}

Response Router::route(Request& request) const {
  const std::string_view target = request.header("x-amz-target");
  if (!target.empty()) return routeTarget(request, target);
  if (claimed(request)) return fallback_(request);
  if (!actions_.empty() && (isForm(request) || isActionQuery(request))) return routeAction(request);
  return routePath(request);
}

Response Router::routeTarget(Request& request, std::string_view target) const {
  const auto prefix = target.substr(0, target.find('.'));
  for (const auto& [name, handler] : targets_) {
    if (name == prefix) return handler(request);
  }
  return unknownTarget(target);
}

Response Router::routeAction(Request& request) const {
  for (auto& [name, value] : parseQuery(request.body)) request.query[name] = value;
  const auto at = actions_.find(request.parameter("Version"));
  if (at == actions_.end() || request.parameter("Action").empty()) return unknownAction(request);
  return at->second(request);
}

Response Router::routePath(Request& request) const {
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
  if (allowed.empty() && fallback_) return fallback_(request);
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
