// RequestBody: the body of one request, read from the connection when somebody asks for it and not before: a handler that reads
// slowly slows its client down.
//
// Shared by the exchange and the handler that reads; one thread. After detach() a reader that was kept gets an error.
// Failure of read(): kInvalidArgument for a body that is malformed or broke off, kUnavailable when the server stops, kDeadlineExceeded
// when the client went silent. The same error comes again then.
#pragma once

#include "api/http/inbox.h"
#include "api/http/limits.h"
#include "api/http/request_parser.h"

namespace kiln::api {

class RequestBody final : public BodyReader {
 public:
  RequestBody(Inbox& inbox, RequestParser& parser, const HttpLimits& limits);

  Result<std::string> read(std::size_t most) override;

  bool ended() const;
  bool failed() const { return failure_.has_value(); }
  // The client waits for a word before it sends, and will not get it unless somebody reads.
  bool unasked() const { return expected_; }
  // Tells a client that waits for it to go on, once. A client may wait for that before a body of no bytes, and takes an answer in its
  // place for the last one of the connection (botocore).
  SocketEnd invite();
  // Bytes still to come; nullopt when only the client knows.
  std::optional<std::uint64_t> missing() const;
  // Reads up to `most` away, for so long at most; true when that was all.
  bool discard(std::size_t most, Millis patience);

  void detach() { inbox_ = nullptr; }

 private:
  Result<std::string> fail(Code code, std::string what);
  Result<std::string> fail(SocketEnd end);
  Result<std::string> readCounted(std::size_t most);
  Result<std::string> readChunked(std::size_t most);

  Inbox* inbox_;
  RequestParser& parser_;
  const HttpLimits& limits_;
  Millis patience_;
  bool expected_;
  std::uint64_t missing_;
  std::optional<Error> failure_;
};

}  // namespace kiln::api
