// Connection: the life of one accepted connection: one request after the other, each answered before the next is looked at.
//
// Runs on a thread of its own. Everything it waits for ends in bounded time, or when the server stops, but for a handler that computes.
#pragma once

#include <functional>
#include <semaphore>
#include <string>

#include "api/http/body_budget.h"
#include "api/http/inbox.h"
#include "api/http/limits.h"
#include "api/http/request_body.h"
#include "api/http/response_head.h"
#include "api/http/router.h"

namespace kiln::api {

// What all connections of a server share; outlives them.
struct ServerContext {
  const Router& router;
  const std::string account;
  const HttpLimits limits;
  const StopSignal& stop;
  std::counting_semaphore<>& calls;  // JSON and form calls that may still be handled at once
  BodyBudget& bodies;
};

class Connection {
 public:
  // `idle` is told when the connection begins to wait for a request (true) and when one begins to come (false).
  Connection(Socket& socket, const ServerContext& context, std::function<void(bool)> idle);

  void run();

 private:
  enum class Next { kRequest, kClose };

  Next exchange();
  // Waits for a request; the size of its head, 0 when there is none any more.
  Result<std::size_t, Refusal> awaitHead();
  void identify(Request& request) const;
  Next serve(Request& request, RequestParser& parser);
  Response readAndRoute(Request& request, RequestBody& body);
  // Nothing, or the refusal.
  std::optional<Response> readWhole(Request& request, RequestBody& body);
  Response routed(Request& request) const;
  Next answer(const Request& request, const RequestParser& parser, Response response,
              RequestBody& body);
  bool sendAnswer(const Request& request, const Response& response, const HeadFacts& facts);
  bool streamAnswer(const Request& request, const Response& response, const HeadFacts& facts);
  void refuse(const Refusal& refusal);
  // Our side is closed; what the client still sends is read away for a while, because a reset would take the answer from it.
  void linger();

  Socket& socket_;
  const ServerContext& context_;
  const HttpLimits& limits_;
  const std::function<void(bool)> idle_;
  const std::string remoteAddress_;
  Inbox inbox_;
};

}  // namespace kiln::api
