#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "controller/engine/event_sink.h"

namespace kiln::engine {
namespace {

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct HeadersDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// The sink's name shows in logs: no user, password or query of the URL may be in it.
std::string nameOf(const std::string& url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  const auto end = std::min(url.find_first_of("?#", host), url.size());
  const auto at = url.rfind('@', end);
  const auto from = at == std::string::npos || at < host ? host : at + 1;
  return "callback " + url.substr(0, host) + url.substr(from, end - from) + " " +
         nameUuid(url).substr(0, 8);
}

std::size_t dropBody(char*, std::size_t size, std::size_t count, void*) { return size * count; }

class CallbackSink final : public EventSink {
 public:
  CallbackSink(std::string url, Millis timeout)
      : url_(std::move(url)), name_(nameOf(url_)), timeout_(timeout), handle_(curl_easy_init()) {}

  const std::string& name() const override { return name_; }

  Status deliver(const store::OutboxEntry& entry) override {
    std::unique_ptr<curl_slist, HeadersDeleter> headers(
        curl_slist_append(nullptr, "Content-Type: application/json"));
    const std::string id = "Kiln-Event-Id: " + entry.id;
    headers.reset(curl_slist_append(headers.release(), id.c_str()));
    CURL* curl = handle_.get();
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, entry.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(entry.body.size()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, dropBody);
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
      return Error{Code::kUnavailable, std::string("event callback: ") + curl_easy_strerror(code)};
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 == 2) return okStatus();
    return Error{Code::kUnavailable, "event callback answered HTTP " + std::to_string(status)};
  }

 private:
  const std::string url_;
  const std::string name_;
  const Millis timeout_;
  std::unique_ptr<CURL, CurlDeleter> handle_;
};

}  // namespace

std::unique_ptr<EventSink> makeCallbackSink(const std::string& url, Millis timeout) {
  return std::make_unique<CallbackSink>(url, timeout);
}

}  // namespace kiln::engine
