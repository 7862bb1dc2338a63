#include "controller/cli/http_streams.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace kiln::cli {
namespace {

constexpr long kConnectSeconds = 10;

void initialiseOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Error noAnswer(const std::string& url, CURLcode code, const char* detail) {
  const std::string what = *detail != '\0' ? detail : curl_easy_strerror(code);
  return {Code::kUnavailable, "GET " + url + ": " + what};
}

// What both kinds of request share. Kiln is local: proxies of the environment are not for it.
void prepare(CURL* easy, const std::string& url, char* detail) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

std::size_t appendTo(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

}  // namespace

struct HttpStreams::Stream {
  StreamRequest request;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::string body;  // of a failed request
  char detail[CURL_ERROR_SIZE] = {};

  ~Stream() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  long status() const {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  static std::size_t write(char* data, std::size_t size, std::size_t count, void* self) {
    auto& stream = *static_cast<Stream*>(self);
    const std::string_view bytes(data, size * count);
    if (stream.status() == 200) {
      stream.request.bytes(bytes);
    } else {
      stream.body += bytes;
    }
    return bytes.size();
  }
};

HttpStreams::HttpStreams() {
  initialiseOnce();
  multi_ = curl_multi_init();
}

HttpStreams::~HttpStreams() {
  closeAll();
  curl_multi_cleanup(multi_);
}

Result<HttpReply> HttpStreams::get(const std::string& url, Millis limit) {
  initialiseOnce();
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  HttpReply reply;
  char detail[CURL_ERROR_SIZE] = {};
  prepare(easy.get(), url, detail);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, appendTo);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &reply.body);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return noAnswer(url, code, detail);
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  return reply;
}

void HttpStreams::open(StreamRequest request) {
  auto stream = std::make_unique<Stream>();
  stream->request = std::move(request);
  stream->easy = curl_easy_init();
  prepare(stream->easy, stream->request.url, stream->detail);
  for (const std::string& header : stream->request.headers) {
    stream->headers = curl_slist_append(stream->headers, header.c_str());
  }
  curl_easy_setopt(stream->easy, CURLOPT_HTTPHEADER, stream->headers);
  curl_easy_setopt(stream->easy, CURLOPT_WRITEFUNCTION, &Stream::write);
  curl_easy_setopt(stream->easy, CURLOPT_WRITEDATA, stream.get());
  curl_multi_add_handle(multi_, stream->easy);
  streams_.emplace(stream->easy, std::move(stream));
}

void HttpStreams::closeAll() {
  for (auto& [easy, stream] : streams_) curl_multi_remove_handle(multi_, easy);
  streams_.clear();
}

void HttpStreams::poll(Millis most) {
  int running = 0;
  curl_multi_perform(multi_, &running);
  if (static_cast<std::size_t>(running) == streams_.size()) {
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(most.count()), nullptr);
    curl_multi_perform(multi_, &running);
  }
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) finished(message->easy_handle, message->data.result);
  }
}

void HttpStreams::finished(void* easy, int code) {
  auto found = streams_.find(easy);
  if (found == streams_.end()) return;
  const std::unique_ptr<Stream> stream = std::move(found->second);
  streams_.erase(found);
  curl_multi_remove_handle(multi_, easy);
  StreamEnd end{.status = stream->status(), .transfer = {}, .body = std::move(stream->body)};
  const auto result = static_cast<CURLcode>(code);
  if (result != CURLE_OK) end.transfer = noAnswer(stream->request.url, result, stream->detail);
  stream->request.end(end);
}

void LineSplitter::add(std::string_view bytes, const std::function<void(std::string_view)>& line) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
      rest_ += bytes;
      return;
    }
    if (rest_.empty()) {
      line(bytes.substr(0, newline));
    } else {
      const std::string whole = std::exchange(rest_, {}).append(bytes.substr(0, newline));
      line(whole);
    }
    bytes.remove_prefix(newline + 1);
  }
}

}  // namespace kiln::cli
