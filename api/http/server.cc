#include "api/http/server.h"

#include <cpprest/http_listener.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "api/http/body_source.h"
#include "api/http/exchange.h"
#include "api/http/io_threads.h"
#include "api/http/stream_body.h"
#include "api/http/transfers.h"
#include "api/http/worker_pool.h"

namespace kiln::api {
namespace {

using Listener = web::http::experimental::listener::http_listener;
using Listeners = std::vector<std::unique_ptr<Listener>>;
using web::http::http_request;
using web::http::http_response;

constexpr std::size_t kMostJson = 8 << 20;
constexpr std::chrono::milliseconds kReplyGrace{500};
constexpr std::chrono::milliseconds kCloseGrace{1000};

// Each connection is a descriptor: take as many as the system allows.
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

Response internalFailure() {
  return refusal(500, "InternalFailure", "The request failed inside Kiln; its log says why.");
}

std::size_t contentLength(const Request& request) {
  const auto text = request.header("content-length");
  std::size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

// A connection that the library lost to a malformed request would hold up the closing for ever: it is left behind.
void closeAll(Listeners listeners) {
  if (listeners.empty()) return;
  std::promise<void> done;
  auto closed = done.get_future();
  std::thread([listeners = std::move(listeners), done = std::move(done)]() mutable {
    for (const auto& listener : listeners) {
      try {
        listener->close().get();
      } catch (const std::exception& thrown) {
        spdlog::warn("event=listener_close_failed what=\"{}\"", thrown.what());
      }
    }
    listeners.clear();
    done.set_value();
  }).detach();
  if (closed.wait_for(kCloseGrace) != std::future_status::ready)
    spdlog::warn("event=connections_left_behind");
}

}  // namespace

// Shared with what the library still holds when the server is gone.
struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(const Router& routes, std::string accountId, int threads)
      : router(routes), account(std::move(accountId)), workers(threads) {}

  Status listen(const std::string& host);
  void accept(http_request message);
  void collect(std::shared_ptr<Request> request, const http_request& message);
  void upload(std::shared_ptr<Request> request, const http_request& message);
  void handle(Request& request, const http_request& message);
  Response routed(Request& request) const;
  void answer(const Request& request, const http_request& message, Response response);
  void stream(const http_request& message, http_response reply,
              const std::function<void(BodyWriter&)>& writer);
  void send(const http_request& message, const http_response& reply, std::function<void()> ended);
  void settle();
  void awaitReplies();

  const Router& router;
  const std::string account;
  int port = 0;
  std::atomic<bool> stopping = false;
  WorkerPool workers;
  Transfers transfers;

  std::mutex replyMu;
  std::condition_variable replyChanged;
  int replies = 0;  // given to the library and not yet sent

  std::mutex listenMu;
  std::set<std::string> hosts;
  Listeners listeners;
};

Status HttpServer::Impl::listen(const std::string& host) {
  const std::string address = host + ":" + std::to_string(port);
  if (host.find(':') != std::string::npos) {
    return Error{Code::kInvalidArgument,
                 "cannot listen on " + address + ": IPv6 addresses are not supported"};
  }
  std::lock_guard lock(listenMu);
  if (hosts.contains(host) || hosts.contains("0.0.0.0")) return okStatus();
  try {
    auto listener = std::make_unique<Listener>(web::uri("http://" + address));
    listener->support(
        [self = shared_from_this()](http_request message) { self->accept(std::move(message)); });
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
  if (stopping)
    return answer(*request, message, refusal(503, "ServiceUnavailable", "Kiln is stopping."));
  if (hasBody(*request))
    return wantsWholeBody(*request) ? collect(request, message) : upload(request, message);
  workers.post([this, request, message] { handle(*request, message); });
}

void HttpServer::Impl::collect(std::shared_ptr<Request> request, const http_request& message) {
  auto done = [self = shared_from_this(), request, message](BodyEnd end, std::string body) {
    switch (end) {
      case BodyEnd::kWhole:
        request->body = std::move(body);
        return self->workers.post(
            [self = self.get(), request, message] { self->handle(*request, message); });
      case BodyEnd::kTooLong:
        return self->answer(*request, message,
                            refusal(413, "RequestEntityTooLargeException",
                                    "The request body is longer than 8 MiB."));
      case BodyEnd::kBroken:
        return self->answer(*request, message,
                            refusal(400, "SerializationException", "The request body broke off."));
    }
  };
  collectBody(message.body().streambuf(), {contentLength(*request), kMostJson}, std::move(done));
}

void HttpServer::Impl::upload(std::shared_ptr<Request> request, const http_request& message) {
  auto body = std::make_shared<StreamedBody>(message.body().streambuf(), contentLength(*request));
  request->stream = body;
  transfers.watch(body);
  const bool started = transfers.run([this, request, message, body] {
    handle(*request, message);
    body->discardRest();
  });
  if (!started)
    answer(*request, message,
           refusal(503, "ServiceUnavailable", "No further transfer can run now."));
}

void HttpServer::Impl::handle(Request& request, const http_request& message) {
  answer(request, message, routed(request));
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
  return internalFailure();
}

void HttpServer::Impl::answer(const Request& request, const http_request& message,
                              Response response) {
  const auto writer = request.method == "HEAD" ? nullptr : response.stream;
  const http_response reply = toMessage(request, std::move(response));
  if (!writer) return send(message, reply, [] {});
  const bool started =
      transfers.run([this, message, reply, writer] { stream(message, reply, writer); });
  if (started) return;
  send(message,
       toMessage(request, refusal(503, "ServiceUnavailable", "No further stream can run now.")),
       [] {});
}

void HttpServer::Impl::stream(const http_request& message, http_response reply,
                              const std::function<void(BodyWriter&)>& writer) {
  auto body = std::make_shared<StreamBody>();
  transfers.watch(body);
  reply.set_body(body->source(), reply.headers().content_type());
  send(message, reply, [body] { body->interrupt(); });
  try {
    writer(*body);
    body->finish();
    return;
  } catch (const std::exception& thrown) {
    spdlog::error("event=stream_threw what=\"{}\"", thrown.what());
  } catch (...) {
    spdlog::error("event=stream_threw");
  }
  body->fail();
}

// Every reply's task is observed: an exception that nobody looks at ends the process.
void HttpServer::Impl::send(const http_request& message, const http_response& reply,
                            std::function<void()> ended) {
  {
    std::lock_guard lock(replyMu);
    ++replies;
  }
  try {
    message.reply(reply).then([self = shared_from_this(), ended](const pplx::task<void>& sent) {
      try {
        sent.get();
      } catch (const std::exception& thrown) {
        spdlog::debug("event=reply_not_sent what=\"{}\"", thrown.what());
      }
      ended();
      self->settle();
    });
  } catch (const std::exception&
               thrown) {  // answered already: the connection was closed under the handler
    spdlog::debug("event=reply_not_taken what=\"{}\"", thrown.what());
    ended();
    settle();
  }
}

void HttpServer::Impl::settle() {
  std::lock_guard lock(replyMu);
  --replies;
  replyChanged.notify_all();
}

// Answers that are under way get a moment; a client that does not read does not hold us up.
void HttpServer::Impl::awaitReplies() {
  std::unique_lock lock(replyMu);
  replyChanged.wait_for(lock, kReplyGrace, [this] { return replies == 0; });
}

HttpServer::HttpServer(const Router& router, std::string account, int threads)
    : impl_(std::make_shared<Impl>(router, std::move(account), threads)) {}

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
  impl_->transfers.interrupt();
  impl_->workers.close();
  impl_->transfers.wait();
  impl_->awaitReplies();
  Listeners listeners;
  {
    std::lock_guard lock(impl_->listenMu);
    listeners.swap(impl_->listeners);
  }
  closeAll(std::move(listeners));
}

}  // namespace kiln::api
