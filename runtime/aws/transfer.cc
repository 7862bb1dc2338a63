#include "runtime/aws/transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "controller/core/guarded.h"
#include "controller/core/text.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kKeptConnections = 16;
constexpr std::size_t kLargestReply = 32 * 1024 * 1024;
constexpr std::size_t kLargestErrorBody = 64 * 1024;
constexpr long kStreamBuffer = 512 * 1024;
constexpr long kExpectLimit = 1000;

struct EasyDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDelete {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDelete>;

// An easy handle with the multi handle that keeps its connections.
struct Line {
  std::unique_ptr<CURLM, MultiDelete> multi{curl_multi_init()};
  std::unique_ptr<CURL, EasyDelete> easy{curl_easy_init()};
};

// One exchange under way: what curl's callbacks work on.
struct Exchange {
  const TransferRequest& request;
  CURL* easy;
  TransferEnd end = {};
  std::string pending = {};  // of the source, not sent yet
  std::size_t sent = 0;
  bool headTold = false;
  std::pair<curl_off_t, curl_off_t> moved = {};
  TimePoint active = SteadyClock().now();

  bool refuse(Error error) {
    end.outcome = TransferOutcome::kRefused;
    end.refusal = std::move(error);
    return false;
  }
  void touch() { active = SteadyClock().now(); }
  bool tellHead();
  bool take(std::string_view bytes);
};

bool Exchange::tellHead() {
  if (std::exchange(headTold, true) || !end.reply.ok() || !request.onHead) return true;
  auto told = request.onHead(end.reply);
  return told.ok() || refuse(told.error());
}

bool Exchange::take(std::string_view bytes) {
  if (!tellHead()) return false;
  bool streamed = request.sink && end.reply.ok();
  if (streamed) {
    end.sinkTook = true;
    auto taken = request.sink(bytes);
    return taken.ok() || refuse(taken.error());
  }
  auto& body = end.reply.body;
  if (body.size() + bytes.size() > kLargestReply && end.reply.ok())
    return refuse({Code::kResourceExhausted, "the answer is larger than 32 MiB"});
  if (end.reply.ok() || body.size() < kLargestErrorBody) body += bytes;
  return true;
}

std::size_t takeBody(char* bytes, std::size_t, std::size_t size, void* exchange) {
  auto& call = *static_cast<Exchange*>(exchange);
  bool taken = call.take({bytes, size});
  call.touch();
  return taken ? size : 0;
}

std::size_t giveBody(char* to, std::size_t, std::size_t room, void* exchange) {
  auto& call = *static_cast<Exchange*>(exchange);
  if (call.sent == call.pending.size()) {
    auto next = call.request.source->read();
    if (!next.ok()) {
      call.refuse(next.error());
      return CURL_READFUNC_ABORT;
    }
    call.pending = std::move(*next);
    call.sent = 0;
  }
  auto count = call.pending.copy(to, room, call.sent);
  call.sent += count;
  call.touch();
  return count;
}

// curl sends a body again by itself when a kept connection turns out to be dead.
int rewindBody(void* exchange, curl_off_t offset, int origin) {
  auto& call = *static_cast<Exchange*>(exchange);
  if (offset != 0 || origin != SEEK_SET || !call.request.source->restart) return CURL_SEEKFUNC_FAIL;
  call.pending.clear();
  call.sent = 0;
  auto restarted = call.request.source->restart();
  return restarted.ok() || call.refuse(restarted.error()) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

std::size_t takeHeader(char* bytes, std::size_t, std::size_t size, void* exchange) {
  auto& call = *static_cast<Exchange*>(exchange);
  call.touch();
  std::string_view line(bytes, size);
  auto& reply = call.end.reply;
  if (line.starts_with("HTTP/")) {  // also of an answer after "100 Continue"
    reply.headers.clear();
    curl_easy_getinfo(call.easy, CURLINFO_RESPONSE_CODE, &reply.status);
    return size;
  }
  auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  reply.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  return size;
}

int noteProgress(void* exchange, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
  auto& call = *static_cast<Exchange*>(exchange);
  if (std::exchange(call.moved, {down, up}) != std::pair(down, up)) call.touch();
  return 0;
}

template <typename T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);
}

HeaderList headersOf(const TransferRequest& request) {
  curl_slist* list = nullptr;
  if (request.source == nullptr) list = curl_slist_append(list, "Expect:");
  bool typed = std::any_of(request.headers.begin(), request.headers.end(), [](const auto& line) {
    return curl_strnequal(line.c_str(), "content-type:", 13) != 0;
  });
  if (!typed) list = curl_slist_append(list, "Content-Type:");
  for (const auto& line : request.headers) list = curl_slist_append(list, line.c_str());
  return HeaderList(list);
}

void setBody(CURL* easy, Exchange& call) {
  const auto& request = call.request;
  if (request.source != nullptr) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.source->length));
    set(easy, CURLOPT_READFUNCTION, giveBody);
    set(easy, CURLOPT_READDATA, &call);
    set(easy, CURLOPT_SEEKFUNCTION, rewindBody);
    set(easy, CURLOPT_SEEKDATA, &call);
    set(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, kExpectLimit);
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST" || !request.body.empty()) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kStreamBuffer);
  set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void setAll(CURL* easy, Exchange& call, const curl_slist* headers) {
  const auto& request = call.request;
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_USERAGENT, "Kiln");
  set(easy, CURLOPT_HTTPHEADER, headers);
  if (request.direct) set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connectLimit.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.wholeLimit.count()));
  if (request.sink) set(easy, CURLOPT_BUFFERSIZE, kStreamBuffer);
  set(easy, CURLOPT_WRITEFUNCTION, takeBody);
  set(easy, CURLOPT_WRITEDATA, &call);
  set(easy, CURLOPT_HEADERFUNCTION, takeHeader);
  set(easy, CURLOPT_HEADERDATA, &call);
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, noteProgress);
  set(easy, CURLOPT_XFERINFODATA, &call);
  setBody(easy, call);
}

TransferOutcome outcomeOf(CURLcode code, const AwsReply& reply) {
  switch (code) {
    case CURLE_OK: return TransferOutcome::kAnswered;
    case CURLE_SEND_ERROR:  // a server that refuses a body answers and closes while it is being sent
      return reply.status >= 400 ? TransferOutcome::kAnswered : TransferOutcome::kBroken;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return TransferOutcome::kNotConnected;
    case CURLE_OPERATION_TIMEDOUT: return TransferOutcome::kLate;
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return TransferOutcome::kMisconfigured;
    default: return TransferOutcome::kBroken;
  }
}

// A time-out of connecting is told apart from one of the whole by whether there was a connection.
void conclude(Exchange& call, CURLcode code) {
  auto& end = call.end;
  if (end.outcome == TransferOutcome::kRefused) return;
  end.outcome = outcomeOf(code, end.reply);
  end.why = curl_easy_strerror(code);
  curl_off_t connected = 0;
  curl_easy_getinfo(call.easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
  if (end.outcome != TransferOutcome::kLate || connected != 0) return;
  end.outcome = TransferOutcome::kNotConnected;
  end.why = "no connection in time";
}

// As curl_easy_perform, but a stop or silence ends it.
void drive(Line& line, Exchange& call) {
  auto* multi = line.multi.get();
  std::stop_callback wake(call.request.stop, [multi] { curl_multi_wakeup(multi); });
  const auto limit = call.request.idleLimit;
  for (int running = 1;;) {
    if (call.request.stop.stop_requested()) {
      call.end.outcome = TransferOutcome::kStopped;
      return;
    }
    if (curl_multi_perform(multi, &running) != CURLM_OK) return conclude(call, CURLE_FAILED_INIT);
    int left = 0;
    if (CURLMsg* done = curl_multi_info_read(multi, &left))
      return conclude(call, done->data.result);
    auto quiet = std::chrono::floor<Millis>(SteadyClock().now() - call.active);
    if (quiet >= limit) {
      call.end.outcome = TransferOutcome::kIdle;
      return;
    }
    auto wait = std::min<Millis>(limit - quiet, Seconds(60));
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
}

}  // namespace

std::string AwsReply::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return "";
}

struct Transfers::Connections {
  Guarded<std::vector<Line>> idle;

  Line borrow() {
    auto kept = idle.with([](auto& lines) -> std::optional<Line> {
      if (lines.empty()) return std::nullopt;
      auto last = std::move(lines.back());
      lines.pop_back();
      return last;
    });
    return kept ? std::move(*kept) : Line();
  }

  void giveBack(Line line) {
    curl_easy_reset(line.easy.get());
    idle.with([&](auto& lines) {
      if (lines.size() < kKeptConnections) lines.push_back(std::move(line));
    });
  }
};

Transfers::Transfers() : connections_(std::make_unique<Connections>()) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Transfers::~Transfers() = default;

TransferEnd Transfers::perform(const TransferRequest& request) {
  auto line = connections_->borrow();
  Exchange call{.request = request, .easy = line.easy.get()};
  auto headers = headersOf(request);
  setAll(line.easy.get(), call, headers.get());
  curl_multi_add_handle(line.multi.get(), line.easy.get());
  drive(line, call);
  curl_multi_remove_handle(line.multi.get(), line.easy.get());
  connections_->giveBack(std::move(line));
  if (call.end.outcome == TransferOutcome::kAnswered && !call.tellHead())
    call.end.outcome = TransferOutcome::kRefused;
  return std::move(call.end);
}

}  // namespace kiln::runtime
