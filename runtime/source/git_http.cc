#include "runtime/source/git_http.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr long kConnectSeconds = 30;
constexpr long kSilenceSeconds = 300;  // a large repository's server may count for minutes
constexpr std::string_view kRefs = "/info/refs?service=git-upload-pack";
constexpr std::string_view kPack = "/git-upload-pack";

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string hostOf(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(
      0, url.find_first_of("/?#", begin));  // with scheme and port: all of it must be the same
}

bool loopback(const std::string& url) {
  const auto host = hostOf(url);
  return host.find("//127.") != std::string::npos ||
         host.find("//localhost") != std::string::npos || host.find("//[::1]") != std::string::npos;
}

}  // namespace

struct GitHttp::Call {
  std::string url;
  const std::string* request = nullptr;  // of a POST
  std::string_view contentType;          // of the answer
  const Sink& sink;
  std::stop_token stop;
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  std::unique_ptr<curl_slist, FreeList> headers;
  std::optional<GitFault> refused;  // by the sink
  bool otherType = false;
  char why[CURL_ERROR_SIZE] = {};

  long status() const {
    long code = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  bool typeFits() const {
    const char* type = nullptr;
    curl_easy_getinfo(easy.get(), CURLINFO_CONTENT_TYPE, &type);
    return type != nullptr && std::string_view(type).starts_with(contentType);
  }

  static std::size_t takeBody(char* bytes, std::size_t, std::size_t size, void* self) {
    auto& call = *static_cast<Call*>(self);
    if (call.status() != 200) return size;
    call.otherType = !call.typeFits();
    if (call.otherType) return 0;
    call.refused = call.sink({bytes, size});
    return call.refused ? 0 : size;
  }

  static int lookAtStop(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Call*>(self)->stop.stop_requested() ? 1 : 0;
  }
};

GitHttp::GitHttp(GitEndpoint endpoint, std::stop_token stop)
    : endpoint_(std::move(endpoint)), stop_(std::move(stop)) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  while (endpoint_.url.ends_with('/')) endpoint_.url.pop_back();
}

std::optional<GitFault> GitHttp::advertise(const Sink& sink) {
  Call call{.url = endpoint_.url + std::string(kRefs),
            .contentType = "application/x-git-upload-pack-advertisement",
            .sink = sink,
            .stop = stop_,
            .headers = nullptr,
            .refused = std::nullopt};
  if (auto fault = perform(call)) return fault;
  const char* effective = nullptr;
  curl_easy_getinfo(call.easy.get(), CURLINFO_EFFECTIVE_URL, &effective);
  std::string landed = effective == nullptr ? call.url : effective;
  if (landed == call.url || !landed.ends_with(kRefs)) return std::nullopt;
  landed.resize(landed.size() - kRefs.size());
  if (hostOf(landed) != hostOf(endpoint_.url)) endpoint_.credentials.reset();
  endpoint_.url = withoutUserInfo(landed);
  return std::nullopt;
}

std::optional<GitFault> GitHttp::uploadPack(const std::string& request, const Sink& sink) {
  Call call{.url = endpoint_.url + std::string(kPack),
            .request = &request,
            .contentType = "application/x-git-upload-pack-result",
            .sink = sink,
            .stop = stop_,
            .headers = nullptr,
            .refused = std::nullopt};
  return perform(call);
}

void GitHttp::configure(Call& call) {
  CURL* easy = call.easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, call.request == nullptr ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call.why);
  curl_easy_setopt(easy, CURLOPT_USERAGENT,
                   "git/2.39 (kiln)");  // some hosts answer nothing but git
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Call::takeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Call::lookAtStop);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &call);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  if (loopback(call.url)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (endpoint_.insecureSsl) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (endpoint_.credentials) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, endpoint_.credentials->user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, endpoint_.credentials->secret.c_str());
  }
  if (call.request == nullptr) return;
  call.headers.reset(
      curl_slist_append(nullptr, "Content-Type: application/x-git-upload-pack-request"));
  curl_slist_append(call.headers.get(), "Expect:");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call.headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(call.request->size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.request->data());
}

std::optional<GitFault> GitHttp::perform(Call& call) {
  configure(call);
  const CURLcode outcome = curl_easy_perform(call.easy.get());
  if (stop_.stop_requested())
    return GitFault::ofHost(
        {Code::kUnavailable, "fetching from " + endpoint_.url + " was stopped"});
  if (call.refused) return call.refused;
  return judge(call, outcome);
}

std::optional<GitFault> GitHttp::judge(const Call& call, int outcome) {
  const char* method = call.request == nullptr ? "Get" : "Post";
  if (call.otherType)
    return GitFault::ofBuild("the answer of " + call.url + " is not one of git's smart protocol");
  if (outcome != CURLE_OK) {
    const std::string reason =
        call.why[0] != 0 ? call.why : curl_easy_strerror(static_cast<CURLcode>(outcome));
    const std::string what = std::string(method) + " \"" + call.url + "\": " + reason;
    return endpoint_.ours ? GitFault::ofHost({Code::kUnavailable, what}) : GitFault::ofBuild(what);
  }
  switch (const long status = call.status(); status) {
    case 200: return std::nullopt;
    case 401: return GitFault::ofBuild("authentication required");
    case 403: return GitFault::ofBuild("authorization failed");
    case 404: return GitFault::ofBuild("repository not found");
    default: {
      const std::string what = "unexpected client error: unexpected requesting \"" + call.url +
                               "\" status code: " + std::to_string(status);
      const bool passing = endpoint_.ours && (status == 429 || status >= 500);
      return passing ? GitFault::ofHost({Code::kUnavailable, what}) : GitFault::ofBuild(what);
    }
  }
}

}  // namespace kiln::runtime
