#include "api/http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cctype>
#include <limits>

#include "api/http/percent.h"
#include "controller/core/text.h"

namespace kiln::api {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view view(string_view text) { return {text.data(), text.size()}; }

bool equalsIgnoringCase(std::string_view a, std::string_view lower) { return lowered(a) == lower; }

bool isHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

bool isTargetText(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c <= ' ' || c == 0x7f || c == '#') return false;
    if (c != '%') continue;
    if (at + 2 >= text.size() || !isHex(text[at + 1]) || !isHex(text[at + 2])) return false;
  }
  return true;
}

// `/path?query`, or `http://host/path?query`, whose host is then the request's.
std::optional<Refusal> readTarget(std::string_view target, Request& request) {
  if (!isTargetText(target)) return Refusal{400, "the request's target is malformed"};
  const auto scheme = target.find("://");
  if (!target.starts_with('/') && scheme != std::string_view::npos) {
    const std::string_view name = target.substr(0, scheme);
    if (!equalsIgnoringCase(name, "http") && !equalsIgnoringCase(name, "https"))
      return Refusal{400, "the request's target has a scheme that is not http"};
    target.remove_prefix(scheme + 3);
    const auto end = std::min(target.find_first_of("/?"), target.size());
    if (end == 0) return Refusal{400, "the request's target has no host"};
    request.headers["host"] = std::string(target.substr(0, end));
    target.remove_prefix(end);
  } else if (!target.starts_with('/')) {
    return Refusal{400, "the request's target is not a path"};
  }
  const auto question = std::min(target.find('?'), target.size());
  request.path = question == 0 ? "/" : std::string(target.substr(0, question));
  request.rawQuery =
      question == target.size() ? std::string() : std::string(target.substr(question + 1));
  request.query = parseQuery(request.rawQuery);
  return std::nullopt;
}

}  // namespace

Result<std::size_t, Refusal> findHeadEnd(std::string_view bytes, std::size_t& seen,
                                         std::size_t mostLine, std::size_t mostHead) {
  if (!bytes.empty() && !std::isalpha(static_cast<unsigned char>(bytes.front())))
    return Refusal{400, "the request does not begin with a method"};
  // A line is looked at once its end has come, so that a malformed one is refused without waiting for the rest.
  for (auto end = bytes.find('\n', seen); end != std::string_view::npos;
       end = bytes.find('\n', seen)) {
    const std::string_view line = bytes.substr(seen, end - seen);
    if (!line.ends_with('\r')) return Refusal{400, "a line ends without a carriage return"};
    if (seen == 0 && line.size() > mostLine) return Refusal{414, "the request line is too long"};
    if (end + 1 > mostHead) return Refusal{431, "the request's headers are too long"};
    if (line.starts_with(' ') || line.starts_with('\t'))
      return Refusal{400, "a header goes on in a further line"};
    seen = end + 1;
    if (line.size() == 1) return seen;
  }
  if (seen == 0 && bytes.size() > mostLine) return Refusal{414, "the request line is too long"};
  if (bytes.size() > mostHead) return Refusal{431, "the request's headers are too long"};
  return std::size_t{0};
}

struct RequestParser::Impl final : http::basic_parser<true> {
  Impl() {
    body_limit(std::numeric_limits<std::uint64_t>::max());  // none would refuse every body
    header_limit(1 << 30);                                  // findHeadEnd() has limited it
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request->method = std::string(method);
    refusal = readTarget(view(target), *request);
    http11 = version == 11;
  }

  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(http::field field, string_view name, string_view value, error_code&) override {
    if (request == nullptr || refusal) return;  // a trailer; refused already
    const auto [at, fresh] = request->headers.try_emplace(lowered(view(name)), value);
    switch (field) {
      case http::field::host:
        if (sawHost) refusal = Refusal{400, "there are two Host headers"};
        sawHost = true;  // that of an absolute target stays
        return;
      case http::field::content_length:
        if (!fresh || !std::all_of(value.begin(), value.end(), isDigit))
          refusal = Refusal{400, "the Content-Length is malformed"};
        return;
      case http::field::transfer_encoding:
        if (!fresh || !http11) refusal = Refusal{400, "the Transfer-Encoding is malformed"};
        if (lowered(view(value)) != "chunked")
          refusal = Refusal{501, "a Transfer-Encoding other than chunked is not understood"};
        return;
      default:
        if (!fresh) at->second.append(", ").append(value.data(), value.size());
    }
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    const auto size = std::min(body.size(), room);
    out->append(body.data(), size);
    room -= size;
    return size;
  }

  void on_finish_impl(error_code&) override {}

  static bool isDigit(char c) { return c >= '0' && c <= '9'; }

  Request* request = nullptr;  // while its head is parsed
  std::optional<Refusal> refusal;
  bool http11 = false;
  bool sawHost = false;
  bool expects = false;
  std::string* out = nullptr;
  std::size_t room = 0;
};

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) {}
RequestParser::~RequestParser() = default;

std::optional<Refusal> RequestParser::parseHead(std::string_view head, Request& request) {
  error_code error;
  impl_->request = &request;
  const auto used = impl_->put(boost::asio::const_buffer(head.data(), head.size()), error);
  impl_->request = nullptr;
  if (impl_->refusal) return impl_->refusal;
  if (error) return Refusal{400, "the request is malformed: " + error.message()};
  if (used != head.size() || !impl_->is_header_done())
    return Refusal{400, "the request is malformed"};
  if (impl_->http11 && !request.headers.contains("host"))
    return Refusal{400, "the Host header is missing"};
  const auto expect = request.header("expect");
  impl_->expects = impl_->http11 && equalsIgnoringCase(expect, "100-continue");
  if (impl_->http11 && !expect.empty() && !impl_->expects)
    return Refusal{417, "an expectation other than 100-continue is not understood"};
  return std::nullopt;
}

bool RequestParser::isHttp11() const { return impl_->http11; }
bool RequestParser::keepsAlive() const { return impl_->keep_alive(); }
bool RequestParser::expectsContinue() const { return impl_->expects; }
bool RequestParser::isChunked() const { return impl_->chunked(); }
std::uint64_t RequestParser::contentLength() const { return impl_->content_length().value_or(0); }

Result<std::size_t, Refusal> RequestParser::parseChunks(std::string_view bytes, std::string& out,
                                                        std::size_t most) {
  impl_->out = &out;
  impl_->room = most;
  std::size_t used = 0;
  while (!impl_->is_done() && impl_->room > 0 && used < bytes.size()) {
    error_code error;
    const auto step =
        impl_->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
    used += step;
    if (error == http::error::need_more) break;
    if (error) return Refusal{400, "the chunked body is malformed: " + error.message()};
  }
  return used;
}

bool RequestParser::isComplete() const { return impl_->is_done(); }

}  // namespace kiln::api
