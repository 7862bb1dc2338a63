#include "api/http/exchange.h"

#include <cpprest/producerconsumerstream.h>

#include <algorithm>
#include <ctime>

#include "api/http/percent.h"
#include "api/http/sigv4.h"
#include "controller/core/clock.h"

namespace kiln::api {
namespace {

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// A header must not hold what would end it.
std::string oneLine(std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return value;
}

std::string httpDate() {
  const auto seconds = static_cast<std::time_t>(toUnixMillis(SystemClock().now()) / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// A stream that has ended and a length: the library has no other way to send a length without the bytes. It then takes the
// connection for broken and closes it, so the answer says that it will.
void setHeadOnly(web::http::http_response& message, std::size_t length, const std::string& type) {
  concurrency::streams::producer_consumer_buffer<std::uint8_t> nothing;
  nothing.close(std::ios_base::out).get();
  message.set_body(nothing.create_istream(), length, type);
  message.headers()["Connection"] = "close";
}

}  // namespace

Request toRequest(const web::http::http_request& message, const std::string& account) {
  Request request;
  request.method = message.method();
  request.path = message.request_uri().path();
  request.rawQuery = message.request_uri().query();
  request.query = parseQuery(request.rawQuery);
  for (const auto& [name, value] : message.headers()) request.headers[lowered(name)] = value;
  request.remoteAddress = message.remote_address();
  request.id = newUuid();
  const auto signature = findCredentialScope(request);
  request.scope = {account, signature ? signature->region : std::string(kDefaultRegion)};
  request.principal = signature ? signature->accessKeyId : "anonymous";
  return request;
}

bool wantsWholeBody(const Request& request) {
  const auto type = request.header("content-type");
  return !request.header("x-amz-target").empty() ||
         (request.path == "/" && type.starts_with("application/x-www-form-urlencoded"));
}

bool hasBody(const Request& request) {
  const auto length = request.header("content-length");
  return !request.header("transfer-encoding").empty() || (!length.empty() && length != "0");
}

web::http::http_response toMessage(const Request& request, Response response) {
  web::http::http_response message(static_cast<web::http::status_code>(response.status));
  std::string type;
  for (auto& [name, value] : response.headers) {
    if (name == "content-type")
      type = oneLine(std::move(value));
    else if (name != "content-length")
      message.headers()[name] = oneLine(std::move(value));
  }
  message.headers()["x-amzn-RequestId"] = request.id;
  message.headers()["Date"] = httpDate();
  if (response.stream) {
    if (!type.empty()) message.headers()["Content-Type"] = type;
  } else if (request.method == "HEAD" && !response.body.empty()) {
    setHeadOnly(message, response.body.size(), type);
  } else if (!response.body.empty()) {
    message.set_body(std::move(response.body), type);
  } else if (!type.empty()) {
    message.headers()["Content-Type"] = type;
  }
  return message;
}

}  // namespace kiln::api
