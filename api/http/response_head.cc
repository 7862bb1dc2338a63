#include "api/http/response_head.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <ctime>

#include "controller/core/clock.h"

namespace kiln::api {
namespace {

// A header must not hold what would end it.
void appendLine(std::string& out, std::string_view name, std::string_view value) {
  const auto begin = out.size();
  out.append(name).append(": ").append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  out += "\r\n";
}

std::string httpDate() {
  const auto seconds = static_cast<std::time_t>(toUnixMillis(SystemClock().now()) / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string_view reasonOf(int status) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

// What says how the connection goes on is the server's to say.
bool isServers(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection" ||
         name == "date";
}

}  // namespace

std::string headOf(const Response& response, const HeadFacts& facts) {
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reasonOf(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!isServers(name)) appendLine(out, name, value);
  }
  if (!response.headers.contains("x-amz-request-id"))
    appendLine(out, "x-amzn-RequestId", facts.requestId);
  appendLine(out, "Date", httpDate());
  if (facts.framing == Framing::kLength)
    appendLine(out, "Content-Length", std::to_string(facts.length));
  if (facts.framing == Framing::kChunked) appendLine(out, "Transfer-Encoding", "chunked");
  if (facts.close) appendLine(out, "Connection", "close");
  if (!facts.close && !facts.http11) appendLine(out, "Connection", "keep-alive");
  out += "\r\n";
  return out;
}

Response refusal(int status, std::string_view shape, std::string_view message) {
  return {
      status,
      {{"content-type", "application/x-amz-json-1.1"}, {"x-amzn-errortype", std::string(shape)}},
      std::string(R"({"__type":")")
          .append(shape)
          .append(R"(","message":")")
          .append(message)
          .append("\"}")};
}

}  // namespace kiln::api
