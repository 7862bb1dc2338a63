// EngineClient: HTTP to the container engine, over its socket, with the API version both sides know.
//
// Every failure to get an answer (no socket, refused, reset, no answer in time) is kUnavailable; a call that took longer than
// its own limit (`whole`) is kDeadlineExceeded. An answer is an
// EngineReply whatever its status; errorFrom() makes an Error of it, in the engine's own words.
// Threads: any. Connections are kept and used again, one per call at a time. Owner: DockerRuntime.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/docker/endpoint.h"
#include "runtime/docker/raw_connection.h"

namespace kiln::runtime {

struct EngineReply {
  long status = 0;
  std::string body;              // empty where a sink took it
  std::int64_t unixSeconds = 0;  // the engine's clock; 0 when it did not say
  std::string pathStat;          // X-Docker-Container-Path-Stat

  bool ok() const { return status >= 200 && status < 300; }
};

struct EngineRequest {
  std::string method = "GET";
  std::string path = {};                  // "/containers/json?all=1", without the version
  std::string body = {};                  // sent as JSON when not empty
  std::vector<std::string> headers = {};  // "Name: value"; never logged

  // Streams. A sink takes the body of a good answer as it comes; a source gives the body to send, its empty string the end.
  std::function<Status(std::string_view)> sink = {};
  std::function<Result<std::string>()> source = {};
  std::stop_token stop = {};  // ends the call with kUnavailable
  // Silence is no failure (events, pulls); otherwise requestTimeout is the limit of silence.
  bool mayIdle = false;
  Millis whole{0};  // limit of the whole call; 0: requestTimeout without streams, none with them
};

class EngineClient {
 public:
  EngineClient(Endpoint endpoint, Millis requestTimeout);
  ~EngineClient();
  EngineClient(const EngineClient&) = delete;
  EngineClient& operator=(const EngineClient&) = delete;

  Result<EngineReply> call(const EngineRequest& request);
  Result<EngineReply> get(const std::string& path) { return call({.path = path}); }

  // "1.41": the newer of what the engine offers and what Kiln knows. Asked once, and again after the engine was away.
  Result<std::string> apiVersion(const std::stop_token& stop = {});
  // The same, asked now: is the engine there?
  Result<std::string> ping(const std::stop_token& stop = {});
  // How often the engine went away, as far as calls have noticed. What was learnt of it before may be wrong since.
  std::uint64_t absences() const;
  void distrust();  // a caller noticed
  // A connection on which the engine has switched to raw bytes after POST `path` with `body` (JSON; may be empty).
  Result<RawConnection> upgrade(const std::string& path, const std::string& body = {});

  const Endpoint& endpoint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The Error of an answer that is not ok(): "<attempted>: <engine's message>". 404 is kNotFound, 409 kConflict, 400
// kInvalidArgument, 507 or a full disk kResourceExhausted, everything else kUnavailable.
Error errorFrom(const EngineReply& reply, const std::string& attempted);
// The engine's message: the JSON member "message", or the body as it is.
std::string messageOf(const EngineReply& reply);

// Percent-encoding for a path segment or query value.
std::string encodeUrl(std::string_view text);

}  // namespace kiln::runtime
