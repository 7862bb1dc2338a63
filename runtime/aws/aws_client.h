// AwsClient: one call of an AWS service: signed, sent, retried where that is right, its answer or why there is none.
//
// Retried with full jitter: connections refused or lost, 5xx, throttling; never what the service refused, nor once a sink has had bytes or
// when a source cannot be read again. A call that is not `repeatable` is sent again only when it is certain that it was not performed.
// A stop token ends a call at once, waits included (kUnavailable, "stopped"). Limits: connecting, silence, and the whole with all its
// retries (kDeadlineExceeded). Proxies of the environment (http_proxy, ...) are honoured, but for loopback addresses; certificates are
// checked. Threads: any; callbacks run on the calling thread. Owner: the daemon; `clock` outlives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "runtime/aws/aws_error.h"
#include "runtime/aws/endpoints.h"
#include "runtime/aws/transfer.h"

namespace kiln::runtime {

struct AwsCall {
  std::string service;    // signing name
  std::string attempted;  // for messages: "GetObject bucket/key"; no secrets
  std::string method = "POST";
  std::string hostLabel = {};  // "bucket" for bucket.HOST
  std::string path = "/";      // not encoded
  NameValues query = {};
  NameValues headers = {};
  std::string body = {};
  std::optional<BodySource> source = {};  // instead of `body`; S3 only, its bytes are not signed
  // For 2xx: the head first, then the body piece by piece instead of in the reply.
  std::function<Status(const AwsReply&)> onHead = {};
  std::function<Status(std::string_view)> sink = {};
  bool repeatable = true;
  Millis whole{0};  // 0: no limit but that of silence
  std::stop_token stop = {};
};

struct AwsClientOptions {
  int attempts = 5;
  Millis backoffBase{100};
  Millis backoffCap{10'000};
  Millis connectLimit{10'000};
  Millis idleLimit{60'000};
};

class AwsClient {
 public:
  explicit AwsClient(const Clock& clock, AwsClientOptions options = {});
  ~AwsClient();
  AwsClient(const AwsClient&) = delete;
  AwsClient& operator=(const AwsClient&) = delete;

  // The answer when its status is 2xx.
  Result<AwsReply, AwsError> call(const AwsEndpoint& endpoint, const AwsCall& call);

  // A call of a JSON service: POST / with X-Amz-Target "<prefix>.<operation>".
  Result<AwsReply, AwsError> callJson(const AwsEndpoint& endpoint, AwsCall call,
                                      const std::string& target);

  const AwsClientOptions& options() const { return options_; }

 private:
  struct Attempt;
  Attempt attempt(const AwsEndpoint& endpoint, const AwsCall& call, Millis left);
  // False: stopped meanwhile.
  bool pause(int attempt, std::stop_token stop);

  const Clock& clock_;
  const AwsClientOptions options_;
  Transfers transfers_;
};

}  // namespace kiln::runtime
