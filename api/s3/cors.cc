#include "api/s3/cors.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

bool sameLetters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// A pattern has one `*` at most.
bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return sameLetters(pattern, text);
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  return text.size() >= before.size() + after.size() &&
         sameLetters(before, text.substr(0, before.size())) &&
         sameLetters(after, text.substr(text.size() - after.size()));
}

const std::string* firstMatch(const json& patterns, std::string_view text) {
  for (const auto& pattern : patterns) {
    const auto& one = pattern.get_ref<const std::string&>();
    if (matches(one, text)) return &one;
  }
  return nullptr;
}

bool allAllowed(const json& patterns, std::string_view names) {
  while (!names.empty()) {
    std::string_view one = names.substr(0, names.find(','));
    names.remove_prefix(std::min(one.size() + 1, names.size()));
    const auto begin = one.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    one = one.substr(begin, one.find_last_not_of(" \t") - begin + 1);
    if (firstMatch(patterns, one) == nullptr) return false;
  }
  return true;
}

std::string joined(const json& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text.get<std::string>();
  return all;
}

Headers headersOf(const json& rule, const std::string& pattern, std::string_view origin,
                  std::string_view requestedHeaders) {
  Headers headers;
  headers["access-control-allow-origin"] = pattern == "*" ? "*" : std::string(origin);
  headers["access-control-allow-methods"] = joined(rule.at("AllowedMethods"));
  if (pattern != "*") headers["access-control-allow-credentials"] = "true";
  if (!requestedHeaders.empty()) headers["access-control-allow-headers"] = requestedHeaders;
  if (rule.contains("ExposeHeaders"))
    headers["access-control-expose-headers"] = joined(rule.at("ExposeHeaders"));
  if (rule.contains("MaxAgeSeconds"))
    headers["access-control-max-age"] = rule.at("MaxAgeSeconds").dump();
  headers["vary"] = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
  return headers;
}

}  // namespace

Headers corsHeaders(const json& configuration, std::string_view origin, std::string_view method,
                    std::string_view requestedHeaders) {
  for (const auto& rule : configuration.value("CORSRules", json::array())) {
    const std::string* pattern = firstMatch(rule.at("AllowedOrigins"), origin);
    const auto& methods = rule.at("AllowedMethods");
    if (pattern == nullptr || std::find(methods.begin(), methods.end(), method) == methods.end())
      continue;
    if (!allAllowed(rule.value("AllowedHeaders", json::array()), requestedHeaders)) continue;
    return headersOf(rule, *pattern, origin, requestedHeaders);
  }
  return {};
}

S3Result<Reply> preflight(const Call& call) {
  const std::string_view origin = call.request.header("origin");
  const std::string_view method = call.request.header("access-control-request-method");
  if (origin.empty())
    return s3Error("BadRequest", "Insufficient information. Origin request header needed.");
  if (method.empty()) return s3Error("BadRequest", "Invalid Access-Control-Request-Method: null");
  const auto text = call.deps.objects.findDocument(call.bucketId(), "cors");
  if (!text.ok()) return fromStore(text.error(), call.bucket);
  if (!*text)
    return s3Error("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.");
  Reply reply;
  reply.headers = corsHeaders(json::parse(**text), origin, method,
                              call.request.header("access-control-request-headers"));
  if (reply.headers.empty()) {
    return s3Error("AccessForbidden",
                   "CORSResponse: This CORS request is not allowed. This is usually because the "
                   "evalution of Origin, request method / Access-Control-Request-Method or "
                   "Access-Control-Request-Headers are not whitelisted by the resource's CORS "
                   "spec.")
        .with("Method", std::string(method))
        .with("ResourceType", call.key.empty() ? "BUCKET" : "OBJECT");
  }
  return reply;
}

}  // namespace kiln::api::s3
