#include "api/http/server.h"

#include <cpprest/http_listener.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <vector>

#include "api/http/body_source.h"
#include "api/http/exchange.h"
#include "api/http/io_threads.h"
#include "api/http/stream_body.h"
#include "api/http/worker_pool.h"

namespace kiln::api {
namespace {

using Listener = web::http::experimental::listener::http_listener;
using web::http::http_request;
using web::http::http_response;

constexpr std::size_t kMostJson = 8 << 20;
constexpr int kMostOwnThreads = 1000;
constexpr std::chrono::milliseconds kReplyGrace{500};

// Each connection is a descriptor, and the library stops accepting for good when there is none left.
void raiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    spdlog::warn("event=descriptor_limit_kept errno={}", errno);
}

Response refusal(int status, const char* shape, const char* message) {
  return {status,
          {{"content-type", "application/x-amz-json-1.1"}, {"x-amzn-errortype", shape}},
          std::string(R"({"__type":")") + shape + R"(","message":")" + message + "\"}",
          nullptr};
}

}  // namespace

struct HttpServer::Impl {
  Impl(const Router& routes, std::string accountId, int threads)
      : router(routes), account(std::move(accountId)), workers(threads) {}

  void accept(http_request message);
  void handle(Request request, const http_request& message);
  Response routed(Request& request) const;
  void answer(const Request& request, const http_request& message, Response response);
  void stream(const http_request& message, http_response reply,
              const std::function<void(BodyWriter&)>& writer);
  void send(const http_request& message, http_response reply, std::function<void()> ended);
  bool onOwnThread(std::function<void()> work);
  void closeStreams();

  Status listen(const std::string& host);

  const Router& router;
  const std::string account;
  int port = 0;
  std::atomic<bool> stopping = false;
  WorkerPool workers;

  std::mutex mu;
  std::condition_variable changed;
  int ownThreads = 0;  // of streaming requests and answers
  int replies = 0;     // given to the library and not yet sent
  std::list<std::shared_ptr<StreamBody>> streams;

  std::mutex listenMu;
  std::set<std::string> hosts;
  std::vector<std::unique_ptr<Listener>> listeners;
};

Status HttpServer::Impl::listen(const std::string& host) {
  const std::string address = host + ":" + std::to_string(port);
  if (host.find(':') != std::string::npos) {
    return Error{Code::kInvalidArgument,
                 "cannot listen on " + address + ": IPv6 addresses are not supported"};
  }
  std::lock_guard opening(listenMu);
  if (hosts.contains(host) || hosts.contains("0.0.0.0")) return okStatus();
  try {
    auto listener = std::make_unique<Listener>(web::uri("http://" + address));
    listener->support([this](http_request message) { accept(std::move(message)); });
    listener->open().get();
    listeners.push_back(std::move(listener));
    hosts.insert(host);
    return okStatus();
  } catch (const std::exception& thrown) {
    return Error{Code::kUnavailable, "cannot listen on " + address + ": " + thrown.what()};
  }
}

void HttpServer::Impl::accept(http_request message) {
  auto request = std::make_shared<Request>(toRequest(message, account));
  if (stopping) {
    return answer(*request, message, refusal(503, "ServiceUnavailable", "Kiln is stopping."));
  }
  if (!hasBody(*request)) {
    return workers.post([this, request, message] { handle(std::move(*request), message); });
  }
  if (wantsWholeBody(*request)) {
    return collectBody(
        message.body().streambuf(), kMostJson,
        [this, request, message](BodyEnd end, std::string body) {
          if (end == BodyEnd::kWhole) {
            request->body = std::move(body);
            workers.post([this, request, message] { handle(std::move(*request), message); });
          } else if (end == BodyEnd::kTooLong) {
            answer(*request, message,
                   refusal(413, "RequestEntityTooLargeException",
                           "The request body is longer than 8 MiB."));
          } else {
            answer(*request, message,
                   refusal(400, "SerializationException", "The request body broke off."));
          }
        });
  }
  auto body = std::make_shared<StreamedBody>(message.body().streambuf());
  request->stream = body;
  const bool started = onOwnThread([this, request, message, body] {
    handle(std::move(*request), message);
    body->discardRest();
  });
  if (!started)
    answer(*request, message,
           refusal(503, "ServiceUnavailable", "Too many transfers run at once."));
}

Response HttpServer::Impl::routed(Request& request) const {
  try {
    return router.route(request);
  } catch (const std::exception& thrown) {
    spdlog::error("event=handler_threw method={} path={} request={} what=\"{}\"", request.method,
                  request.path, request.id, thrown.what());
  } catch (...) {
    spdlog::error("event=handler_threw method={} path={} request={}", request.method, request.path,
                  request.id);
  }
  return refusal(500, "InternalFailure", "The request failed inside Kiln; its log says why.");
}

void HttpServer::Impl::handle(Request request, const http_request& message) {
  Response response = routed(request);
  answer(request, message, std::move(response));
}

void HttpServer::Impl::answer(const Request& request, const http_request& message,
                              Response response) {
  const bool streaming = response.stream != nullptr && request.method != "HEAD";
  auto writer = std::move(response.stream);
  if (streaming) response.stream = [](BodyWriter&) {};
  http_response reply = toMessage(request, std::move(response));
  if (!streaming) return send(message, std::move(reply), [] {});
  const bool started =
      onOwnThread([this, message, reply, writer] { stream(message, reply, writer); });
  if (!started) {
    send(message,
         toMessage(request, refusal(503, "ServiceUnavailable", "Too many streams run at once.")),
         [] {});
  }
}

void HttpServer::Impl::stream(const http_request& message, http_response reply,
                              const std::function<void(BodyWriter&)>& writer) {
  auto body = std::make_shared<StreamBody>();
  {
    std::lock_guard lock(mu);
    streams.push_back(body);
  }
  reply.set_body(body->source(), reply.headers().content_type());
  send(message, std::move(reply), [body] { body->close(); });
  if (stopping) body->close();
  try {
    writer(*body);
    body->finish();
  } catch (const std::exception& thrown) {
    spdlog::error("event=stream_threw what=\"{}\"", thrown.what());
    body->fail();
  }
  std::lock_guard lock(mu);
  streams.remove(body);
}

// Every reply's task is observed: an exception that nobody looks at ends the process.
void HttpServer::Impl::send(const http_request& message, http_response reply,
                            std::function<void()> ended) {
  {
    std::lock_guard lock(mu);
    ++replies;
  }
  auto settle = [this, ended = std::move(ended)] {
    ended();
    std::lock_guard lock(mu);
    --replies;
    changed.notify_all();
  };
  try {
    message.reply(reply).then([settle](const pplx::task<void>& sent) {
      try {
        sent.get();
      } catch (const std::exception& thrown) {
        spdlog::debug("event=reply_not_sent what=\"{}\"", thrown.what());
      }
      settle();
    });
  } catch (const std::exception&
               thrown) {  // answered already: the connection was closed under the handler
    spdlog::debug("event=reply_not_taken what=\"{}\"", thrown.what());
    settle();
  }
}

bool HttpServer::Impl::onOwnThread(std::function<void()> work) {
  {
    std::lock_guard lock(mu);
    if (ownThreads >= kMostOwnThreads) return false;
    ++ownThreads;
  }
  try {
    std::thread([this, work = std::move(work)]() mutable {
      work();
      work = nullptr;
      std::lock_guard lock(mu);
      --ownThreads;
      changed.notify_all();
    }).detach();
    return true;
  } catch (const std::system_error& error) {
    spdlog::error("event=no_thread what=\"{}\"", error.what());
    std::lock_guard lock(mu);
    --ownThreads;
    return false;
  }
}

void HttpServer::Impl::closeStreams() {
  std::lock_guard lock(mu);
  for (const auto& body : streams) body->close();
}

HttpServer::HttpServer(const Router& router, std::string account, int threads)
    : impl_(std::make_unique<Impl>(router, std::move(account), threads)) {}

HttpServer::~HttpServer() { stop(); }

Status HttpServer::start(const std::string& host, int port) {
  ensureIoThreads();
  raiseDescriptorLimit();
  impl_->port = port;
  return impl_->listen(host);
}

Status HttpServer::listenAlso(const std::string& host) { return impl_->listen(host); }

void HttpServer::stop() {
  if (impl_->stopping.exchange(true)) return;
  impl_->closeStreams();
  impl_->workers.close();
  {
    // Answers that are under way get a moment; a client that does not read does not hold us up.
    std::unique_lock lock(impl_->mu);
    impl_->changed.wait_for(lock, kReplyGrace,
                            [this] { return impl_->replies == 0 && impl_->ownThreads == 0; });
  }
  for (auto& listener : impl_->listeners) {
    try {
      listener->close().get();
    } catch (const std::exception& thrown) {
      spdlog::warn("event=listener_close_failed what=\"{}\"", thrown.what());
    }
  }
  std::unique_lock lock(impl_->mu);
  impl_->changed.wait(lock, [this] { return impl_->replies == 0 && impl_->ownThreads == 0; });
  lock.unlock();
  impl_->listeners.clear();
}

}  // namespace kiln::api
