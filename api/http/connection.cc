#include "api/http/connection.h"

#include <spdlog/spdlog.h>

#include <array>

#include "api/http/answer_body.h"
#include "api/http/sigv4.h"

namespace kiln::api {
namespace {

Response internalFailure() {
  return refusal(500, "InternalFailure", "The request failed inside Kiln; its log says why.");
}

Response tooLong() {
  return refusal(413, "RequestEntityTooLargeException", "The request body is longer than 12 MiB.");
}

Response brokenBody(const Error& error) {
  if (error.code == Code::kDeadlineExceeded)
    return refusal(408, "RequestTimeout", "The request body did not come in time.");
  if (error.code == Code::kUnavailable)
    return refusal(503, "ServiceUnavailable", "Kiln is stopping; try again.");
  return refusal(400, "SerializationException", "The request body is malformed or broke off.");
}

// In the words that make each protocol's clients try again.
Response crowded(const Request& request) {
  constexpr std::string_view kWhy =
      "The bodies of the calls that Kiln is receiving take all the memory they may have; try "
      "again.";
  Response response = request.header("x-amz-target").empty()
                          ? actionError(request, 503, "Throttling", kWhy)
                          : refusal(503, "ThrottlingException", kWhy);
  response.headers.emplace("retry-after", "1");
  return response;
}

HeadFacts factsOf(const Request& request, const Response& response, const RequestParser& parser) {
  HeadFacts facts{.http11 = parser.isHttp11(), .requestId = request.id};
  const bool head = request.method == "HEAD";
  if (response.status == 204 || response.status == 304) {
    facts.framing = Framing::kNone;
  } else if (response.length && (response.stream || head)) {
    facts.length = *response.length;
  } else if (!response.stream) {
    facts.length = response.body.size();
  } else {
    facts.framing = head ? Framing::kNone : facts.http11 ? Framing::kChunked : Framing::kClose;
  }
  return facts;
}

bool hasNoBody(const Request& request, const HeadFacts& facts) {
  return request.method == "HEAD" || facts.framing == Framing::kNone;
}

}  // namespace

Connection::Connection(Socket& socket, const ServerContext& context, std::function<void(bool)> idle)
    : socket_(socket),
      context_(context),
      limits_(context.limits),
      idle_(std::move(idle)),
      remoteAddress_(socket.remoteAddress()),
      inbox_(socket) {}

void Connection::run() {
  while (exchange() == Next::kRequest) {
  }
}

Connection::Next Connection::exchange() {
  const auto size = awaitHead();
  if (!size.ok()) {
    refuse(size.error());
    return Next::kClose;
  }
  if (*size == 0) return Next::kClose;
  Request request;
  RequestParser parser;
  const auto refused = parser.parseHead(inbox_.bytes().substr(0, *size), request);
  inbox_.use(*size);
  if (refused) {
    refuse(*refused);
    return Next::kClose;
  }
  identify(request);
  return serve(request, parser);
}

Result<std::size_t, Refusal> Connection::awaitHead() {
  const auto skipEmptyLine = [this] {  // some clients send one after a body
    if (inbox_.bytes().starts_with("\r\n")) inbox_.use(2);
  };
  skipEmptyLine();
  while (inbox_.bytes().empty()) {
    idle_(true);
    const auto end = inbox_.fill(limits_.head + 1, limits_.idle);
    idle_(false);
    if (end != SocketEnd::kOpen) return std::size_t{0};
    skipEmptyLine();
  }
  std::size_t seen = 0;
  for (const auto until = SteadyClock().now() + limits_.headTime;;) {
    auto size = findHeadEnd(inbox_.bytes(), seen, limits_.requestLine, limits_.head);
    if (!size.ok() || *size > 0) return size;
    const auto left = std::chrono::ceil<Millis>(until - SteadyClock().now());
    const auto end = left > Millis(0) ? inbox_.fill(limits_.head + 1, left) : SocketEnd::kSilent;
    if (end == SocketEnd::kSilent)
      return Refusal{408, "the request's headers did not come in time"};
    if (end != SocketEnd::kOpen) return std::size_t{0};
  }
}

void Connection::identify(Request& request) const {
  request.remoteAddress = remoteAddress_;
  request.id = newUuid();
  const auto signature = findCredentialScope(request);
  request.scope = {context_.account, signature ? signature->region : std::string(kDefaultRegion)};
  request.principal = signature ? signature->accessKeyId : "anonymous";
}

Connection::Next Connection::serve(Request& request, RequestParser& parser) {
  const auto body = std::make_shared<RequestBody>(inbox_, parser, limits_);
  BodyBudget::Share share(context_.bodies);
  request.share = &share;
  if (body->ended() && body->invite() != SocketEnd::kOpen) return Next::kClose;
  Response response;
  if (context_.router.readsWhole(request)) {
    response = readAndRoute(request, *body);
  } else {
    if (!body->ended()) request.stream = body;
    response = routed(request);
  }
  const Next next = answer(request, parser, std::move(response), *body);
  body->detach();
  return next;
}

Response Connection::readAndRoute(Request& request, RequestBody& body) {
  auto response = readWhole(request, body);
  if (!response) {
    context_.calls.acquire();
    response = routed(request);
    context_.calls.release();
  }
  request.body.clear();
  request.body.shrink_to_fit();  // a client may take its time over the answer
  request.share->release();
  return std::move(*response);
}

std::optional<Response> Connection::readWhole(Request& request, RequestBody& body) {
  const auto length = body.missing();
  if (length.value_or(0) > limits_.wholeBody) return tooLong();
  request.body.reserve(length.value_or(0));  // takes no memory until it is written
  while (!body.ended()) {
    const auto piece = body.read(limits_.wholeBody + 1 - request.body.size());
    if (!piece.ok()) return brokenBody(piece.error());
    request.body += *piece;
    if (request.body.size() > limits_.wholeBody) return tooLong();
    if (!request.share->growTo(length ? request.body.size() : request.body.capacity()))
      return crowded(request);
  }
  return std::nullopt;
}

Response Connection::routed(Request& request) const {
  try {
    return context_.router.route(request);
  } catch (const std::exception& thrown) {
    spdlog::error("event=handler_threw method={} path={} request={} what=\"{}\"", request.method,
                  request.path, request.id, thrown.what());
  } catch (...) {
    spdlog::error("event=handler_threw method={} path={} request={}", request.method, request.path,
                  request.id);
  }
  return internalFailure();
}

Connection::Next Connection::answer(const Request& request, const RequestParser& parser,
                                    Response response, RequestBody& body) {
  HeadFacts facts = factsOf(request, response, parser);
  const bool bodyInTheWay =
      body.failed() ||
      (!body.ended() && (body.unasked() || body.missing().value_or(0) > limits_.drained));
  facts.close = !parser.keepsAlive() || bodyInTheWay || socket_.stopping() ||
                facts.framing == Framing::kClose;
  const bool whole = sendAnswer(request, response, facts);
  if (!whole) return Next::kClose;
  if (!facts.close && body.discard(limits_.drained, limits_.linger)) return Next::kRequest;
  linger();
  return Next::kClose;
}

bool Connection::sendAnswer(const Request& request, const Response& response,
                            const HeadFacts& facts) {
  if (response.stream && !hasNoBody(request, facts)) return streamAnswer(request, response, facts);
  const std::string_view sent = hasNoBody(request, facts) ? "" : std::string_view(response.body);
  return socket_.send({headOf(response, facts), sent, ""}, limits_.silence, limits_.stopGrace) ==
         SocketEnd::kOpen;
}

bool Connection::streamAnswer(const Request& request, const Response& response,
                              const HeadFacts& facts) {
  AnswerBody body(socket_, headOf(response, facts), facts, limits_);
  try {
    response.stream(body);
    return body.finish();
  } catch (const AnswerCut&) {
    spdlog::debug("event=answer_cut method={} path={} request={}", request.method, request.path,
                  request.id);
  } catch (const std::exception& thrown) {
    spdlog::error("event=stream_threw method={} path={} request={} what=\"{}\"", request.method,
                  request.path, request.id, thrown.what());
  } catch (...) {
    spdlog::error("event=stream_threw method={} path={} request={}", request.method, request.path,
                  request.id);
  }
  return false;
}

void Connection::refuse(const Refusal& refusal) {
  const Response response = Response::text(refusal.status, "Kiln: " + refusal.what + "\n");
  const std::string id = newUuid();
  const HeadFacts facts{.close = true, .length = response.body.size(), .requestId = id};
  const std::string head = headOf(response, facts);
  if (socket_.send({head, response.body, ""}, limits_.silence, limits_.stopGrace) ==
      SocketEnd::kOpen)
    linger();
}

void Connection::linger() {
  socket_.endSending();
  std::array<char, 16 << 10> away;
  const auto until = SteadyClock().now() + limits_.linger;
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(until - SteadyClock().now());
    if (left <= Millis(0) || socket_.receive(away, left).end != SocketEnd::kOpen) return;
  }
}

}  // namespace kiln::api
