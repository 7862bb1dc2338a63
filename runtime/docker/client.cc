#include "runtime/docker/client.h"

#include <curl/curl.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "controller/core/guarded.h"
#include "runtime/docker/api_version.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kKeptConnections = 16;
constexpr std::size_t kLongestError = 16 * 1024;
constexpr long kStreamBuffer = 512 * 1024;

struct EasyDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDelete>;

struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDelete>;

struct MultiDelete {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// One call under way: what curl's callbacks work on.
struct Exchange {
  const EngineRequest& request;
  CURL* easy;
  EngineReply reply;
  std::string apiVersion;  // of the answer
  std::string pending;     // of the source, not sent yet
  std::size_t sent = 0;
  std::optional<Error> refused;  // by sink or source

  long status() const {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
};

std::size_t takeBody(char* bytes, std::size_t, std::size_t size, void* exchange) {
  auto& call = *static_cast<Exchange*>(exchange);
  if (!call.request.sink) {
    call.reply.body.append(bytes, size);
    return size;
  }
  if (long status = call.status(); status < 200 || status >= 300) {
    if (call.reply.body.size() < kLongestError) call.reply.body.append(bytes, size);
    return size;
  }
  auto taken = call.request.sink({bytes, size});
  if (taken.ok()) return size;
  call.refused = taken.error();
  return 0;
}

std::size_t giveBody(char* to, std::size_t, std::size_t room, void* exchange) {
  auto& call = *static_cast<Exchange*>(exchange);
  if (call.sent == call.pending.size()) {
    auto next = call.request.source();
    if (!next.ok()) {
      call.refused = next.error();
      return CURL_READFUNC_ABORT;
    }
    call.pending = std::move(*next);
    call.sent = 0;
  }
  auto count = call.pending.copy(to, room, call.sent);
  call.sent += count;
  return count;
}

std::size_t takeHeader(char* bytes, std::size_t, std::size_t size, void* exchange) {
  auto& call = *static_cast<Exchange*>(exchange);
  std::string_view line(bytes, size);
  auto value = [&](std::string_view name) -> std::optional<std::string> {
    if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if ((line[i] | 0x20) != (name[i] | 0x20)) return std::nullopt;
    }
    auto from = line.find_first_not_of(" \t", name.size() + 1);
    auto to = line.find_last_not_of(" \t\r\n");
    return from == std::string_view::npos || from > to
               ? ""
               : std::string(line.substr(from, to - from + 1));
  };
  if (auto date = value("date")) call.reply.unixSeconds = curl_getdate(date->c_str(), nullptr);
  if (auto stat = value("x-docker-container-path-stat")) call.reply.pathStat = *stat;
  if (auto version = value("api-version")) call.apiVersion = *version;
  return size;
}

template <typename T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);
}

void setBody(CURL* easy, Exchange& call) {
  const EngineRequest& request = call.request;
  if (request.source) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_READFUNCTION, giveBody);
    set(easy, CURLOPT_READDATA, &call);
    set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kStreamBuffer);
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST" || !request.body.empty()) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void setLimits(CURL* easy, const EngineRequest& request, Millis requestTimeout) {
  bool streams = request.sink || request.source || request.mayIdle;
  Millis whole = request.whole.count() > 0 || streams ? request.whole : requestTimeout;
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(requestTimeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(whole.count()));
  if (streams && !request.mayIdle) {
    auto seconds = std::chrono::ceil<Seconds>(requestTimeout).count();
    set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(seconds));
  }
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

HeaderList headersOf(const EngineRequest& request) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  if (!request.body.empty()) list = curl_slist_append(list, "Content-Type: application/json");
  if (request.source) list = curl_slist_append(list, "Content-Type: application/x-tar");
  for (const auto& header : request.headers) list = curl_slist_append(list, header.c_str());
  return HeaderList(list);
}

// As curl_easy_perform, but a stop ends it at once.
CURLcode performUntil(CURL* easy, std::stop_token stop) {
  std::unique_ptr<CURLM, MultiDelete> multi(curl_multi_init());
  std::stop_callback wake(stop, [&] { curl_multi_wakeup(multi.get()); });
  curl_multi_add_handle(multi.get(), easy);
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  for (int active = 1; active > 0 && !stop.stop_requested();) {
    if (curl_multi_perform(multi.get(), &active) != CURLM_OK) break;
    int left = 0;
    if (CURLMsg* done = curl_multi_info_read(multi.get(), &left))
      result = done->data.result;
    else
      curl_multi_poll(multi.get(), nullptr, 0, 60'000, nullptr);
  }
  curl_multi_remove_handle(multi.get(), easy);
  return result;
}

}  // namespace

struct EngineClient::Impl {
  Endpoint endpoint;
  Millis requestTimeout;
  Guarded<std::vector<Easy>> idle;
  Guarded<std::string> version;  // empty: not asked since the engine was last away
  std::atomic<std::uint64_t> absences = 0;

  Easy borrow() {
    auto easy = idle.with([](auto& kept) {
      Easy last;
      if (!kept.empty()) {
        last = std::move(kept.back());
        kept.pop_back();
      }
      return last;
    });
    return easy ? std::move(easy) : Easy(curl_easy_init());
  }

  void giveBack(Easy easy) {
    curl_easy_reset(easy.get());
    idle.with([&](auto& kept) {
      if (kept.size() < kKeptConnections) kept.push_back(std::move(easy));
    });
  }

  std::string urlOf(const std::string& pathWithVersion) const {
    auto text = endpoint.text();
    return (endpoint.local() ? "http://engine" : "http" + text.substr(text.find(':'))) +
           pathWithVersion;
  }

  Result<EngineReply> send(const EngineRequest& request, const std::string& path,
                           std::string* apiVersion);
  Error failure(CURLcode code, const EngineRequest& request, Micros took);
  void distrust();
};

// The engine may be another one when it comes back.
void EngineClient::Impl::distrust() {
  version.with([](auto& known) { known.clear(); });
  ++absences;
}

Error EngineClient::Impl::failure(CURLcode code, const EngineRequest& request, Micros took) {
  const auto attempted = request.method + " " + request.path.substr(0, request.path.find('?'));
  const auto who = "container engine at " + endpoint.text() + ": " + attempted + ": ";
  if (request.stop.stop_requested()) return {Code::kUnavailable, who + "stopped"};
  bool late = code == CURLE_OPERATION_TIMEDOUT;
  if (late && request.whole.count() > 0 && took >= request.whole) {
    auto seconds = std::chrono::ceil<Seconds>(request.whole).count();
    return {Code::kDeadlineExceeded, who + "not done within " + std::to_string(seconds) + " s"};
  }
  distrust();
  return {Code::kUnavailable, who + (late ? "no answer in time" : curl_easy_strerror(code))};
}

Result<EngineReply> EngineClient::Impl::send(const EngineRequest& request, const std::string& path,
                                             std::string* apiVersion) {
  Easy easy = borrow();
  CURL* handle = easy.get();
  Exchange call{request, handle, {}, {}, {}, 0, std::nullopt};
  auto headers = headersOf(request);
  auto url = urlOf(path);
  if (endpoint.local()) set(handle, CURLOPT_UNIX_SOCKET_PATH, endpoint.socketPath.c_str());
  set(handle, CURLOPT_PROXY, "");
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  if (request.sink) set(handle, CURLOPT_BUFFERSIZE, kStreamBuffer);
  set(handle, CURLOPT_WRITEFUNCTION, takeBody);
  set(handle, CURLOPT_WRITEDATA, &call);
  set(handle, CURLOPT_HEADERFUNCTION, takeHeader);
  set(handle, CURLOPT_HEADERDATA, &call);
  setBody(handle, call);
  setLimits(handle, request, requestTimeout);
  auto code =
      request.stop.stop_possible() ? performUntil(handle, request.stop) : curl_easy_perform(handle);
  call.reply.status = call.status();
  curl_off_t took = 0;
  curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &took);
  giveBack(std::move(easy));
  if (call.refused) return *call.refused;
  // An engine that refuses an upload answers and closes while the rest is still being sent.
  bool refusedEarly = code == CURLE_SEND_ERROR && call.reply.status >= 400;
  if (code != CURLE_OK && !refusedEarly) return failure(code, request, Micros(took));
  if (apiVersion != nullptr) *apiVersion = call.apiVersion;
  return std::move(call.reply);
}

EngineClient::EngineClient(Endpoint endpoint, Millis requestTimeout)
    : impl_(std::make_unique<Impl>()) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  impl_->endpoint = std::move(endpoint);
  impl_->requestTimeout = requestTimeout;
}

EngineClient::~EngineClient() = default;

const Endpoint& EngineClient::endpoint() const { return impl_->endpoint; }

std::uint64_t EngineClient::absences() const { return impl_->absences; }

void EngineClient::distrust() { impl_->distrust(); }

Result<std::string> EngineClient::apiVersion(const std::stop_token& stop) {
  auto known = impl_->version.with([](auto& version) { return version; });
  return known.empty() ? ping(stop) : known;
}

Result<std::string> EngineClient::ping(const std::stop_token& stop) {
  std::string offered;
  auto pong = impl_->send({.path = "/_ping", .stop = stop}, "/_ping", &offered);
  if (!pong.ok()) return pong.error();
  if (!pong->ok()) {
    return Error{Code::kUnavailable, "container engine at " + impl_->endpoint.text() +
                                         ": GET /_ping: " + std::to_string(pong->status) + " " +
                                         messageOf(*pong)};
  }
  auto chosen = chooseApiVersion(offered);
  if (chosen.ok()) impl_->version.with([&](auto& version) { version = *chosen; });
  return chosen;
}

Result<EngineReply> EngineClient::call(const EngineRequest& request) {
  auto version = apiVersion(request.stop);
  if (!version.ok()) return version.error();
  auto reply = impl_->send(request, "/v" + *version + request.path, nullptr);
  bool replaced = reply.ok() && reply->status == 400 &&
                  reply->body.find("client version") != std::string::npos && !request.source;
  if (!replaced) return reply;
  impl_->distrust();  // another engine answers now
  version = apiVersion(request.stop);
  if (!version.ok()) return version.error();
  return impl_->send(request, "/v" + *version + request.path, nullptr);
}

Result<RawConnection> EngineClient::upgrade(const std::string& path, const std::string& body) {
  auto version = apiVersion();
  if (!version.ok()) return version.error();
  auto raw =
      RawConnection::post(impl_->endpoint, "/v" + *version + path, body, impl_->requestTimeout);
  if (!raw.ok() && raw.error().code == Code::kUnavailable) {
    impl_->distrust();
  }
  return raw;
}

std::string messageOf(const EngineReply& reply) {
  auto document = nlohmann::json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  if (document.is_object()) {
    for (const char* member : {"message", "cause"}) {
      if (auto found = document.find(member); found != document.end() && found->is_string())
        return *found;
    }
  }
  auto text = reply.body.substr(0, kLongestError);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text.empty() ? "HTTP status " + std::to_string(reply.status) : text;
}

Error errorFrom(const EngineReply& reply, const std::string& attempted) {
  auto message = messageOf(reply);
  Code code = Code::kUnavailable;
  if (message.find("no space left on device") != std::string::npos)
    code = Code::kResourceExhausted;
  else if (reply.status == 404)
    code = Code::kNotFound;
  else if (reply.status == 409)
    code = Code::kConflict;
  else if (reply.status == 400)
    code = Code::kInvalidArgument;
  return {code, attempted + ": " + message};
}

std::string encodeUrl(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                 (byte >= 'a' && byte <= 'z') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      encoded += c;
    else
      encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return encoded;
}

}  // namespace kiln::runtime
