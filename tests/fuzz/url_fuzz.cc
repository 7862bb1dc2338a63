// Any bytes as a request's head and chunked body, a path, a query, a form, a signature: each is refused, or taken apart the same way
// however it comes in, and nothing that could end a line gets through.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/http/percent.h"
#include "api/http/request_parser.h"
#include "api/http/response_head.h"
#include "api/http/router.h"
#include "api/http/sigv4.h"

namespace {

using namespace kiln::api;

void require(bool holds) {
  if (!holds) std::abort();
}

bool isOneLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// In two pieces it has the same end, or the same refusal.
void checkHeadEnd(std::string_view bytes, std::size_t split) {
  std::size_t seen = 0, whole = 0;
  const auto first = findHeadEnd(bytes.substr(0, split), seen, 200, 1000);
  const auto pieces = first.ok() && *first == 0 ? findHeadEnd(bytes, seen, 200, 1000) : first;
  const auto once = findHeadEnd(bytes, whole, 200, 1000);
  require(pieces.ok() == once.ok());
  if (once.ok()) require(*pieces == *once && *once <= bytes.size());
}

std::string decoded(RequestParser& parser, std::string_view chunks, std::size_t most, bool& ok) {
  std::string out;
  for (ok = true; !parser.isComplete();) {
    const auto used = parser.parseChunks(chunks, out, most);
    ok = used.ok();
    if (!ok) break;
    require(*used <= chunks.size());
    if (*used == 0) break;
    chunks.remove_prefix(*used);
  }
  return out;
}

void checkRequest(const Request& request) {
  require(request.path.starts_with('/') && isOneLine(request.path) && isOneLine(request.rawQuery));
  for (const auto& [name, value] : request.headers) {
    require(isOneLine(name) && isOneLine(value));
    require(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
  }
  (void)percentDecoded(request.path);
  if (const auto scope = findCredentialScope(request)) {
    require(isOneLine(scope->region) && scope->region.find('/') == std::string::npos);
    require(!scope->accessKeyId.empty() && scope->accessKeyId.size() <= 256);
  }
}

void checkMessage(std::string_view bytes) {
  std::size_t seen = 0;
  const auto size = findHeadEnd(bytes, seen, 16 << 10, 64 << 10);
  if (!size.ok() || *size == 0) return;
  Request request, again;
  RequestParser parser, other;
  if (parser.parseHead(bytes.substr(0, *size), request)) return;
  require(!other.parseHead(bytes.substr(0, *size), again));
  checkRequest(request);
  if (!parser.isChunked()) return;
  bool ok = false, okToo = false;
  const auto large = decoded(parser, bytes.substr(*size), 1 << 20, ok);
  const auto small = decoded(other, bytes.substr(*size), 3, okToo);
  require(ok == okToo && (!ok || large == small));
}

void checkAnswer(std::string_view bytes) {
  const Response response{200, {{"x-name", std::string(bytes)}}, ""};
  const std::string head = headOf(response, {.requestId = "id"});
  require(std::count(head.begin(), head.end(), '\n') == 6);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  require(percentDecoded(bytes).size() <= bytes.size());
  for (const auto& [name, value] : parseQuery(bytes))
    require(name.size() + value.size() <= bytes.size());
  if (const auto scope = parseCredential(bytes)) require(!scope->region.empty());
  checkHeadEnd(bytes, size / 2);
  checkMessage(bytes);
  checkAnswer(bytes);
  Router router;
  router.addAction("1", [](Request& request) { return unknownAction(request); });
  Request form{.method = "POST", .path = "/", .body = std::string(bytes)};
  form.headers["content-type"] = "application/x-www-form-urlencoded";
  const auto refused = router.route(form);
  require(refused.status == 400 && refused.body.ends_with("</ErrorResponse>\n"));
  return 0;
}
