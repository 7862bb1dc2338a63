// Transfers: HTTP exchanges over libcurl, one at a time on each connection, with connections kept and used again.
//
// Owner: AwsClient. Threads: any. Failure: a TransferEnd says how the exchange ended; callbacks run on the calling thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "runtime/aws/sigv4.h"

namespace kiln::runtime {

struct AwsReply {
  long status = 0;
  NameValues headers;  // names in lower case
  std::string body;    // empty where a sink took it

  bool ok() const { return status >= 200 && status < 300; }
  // The first of that name (lower case), or "".
  std::string header(std::string_view name) const;
};

// A body that is not held in memory.
struct BodySource {
  std::uint64_t length = 0;
  std::function<Result<std::string>()> read;  // the next bytes; "" at the end
  std::function<Status()> restart = {};       // from the first byte again; empty: cannot
};

struct TransferRequest {
  std::string url;
  std::string method;
  std::vector<std::string> headers;  // "Name: value"
  std::string_view body;
  const BodySource* source = nullptr;
  // For answers of status 2xx: the head, then each piece of the body. An error ends the exchange.
  std::function<Status(const AwsReply&)> onHead;
  std::function<Status(std::string_view)> sink;
  bool direct = false;  // never through a proxy
  Millis connectLimit{0};
  Millis idleLimit{0};   // without a byte either way
  Millis wholeLimit{0};  // 0: none
  std::stop_token stop;
};

enum class TransferOutcome {
  kAnswered,
  kNotConnected,   // nothing was sent
  kBroken,         // reset, cut short, nonsense
  kIdle,           // no byte within idleLimit
  kLate,           // not done within wholeLimit
  kStopped,        // by the stop token
  kRefused,        // by sink, source or onHead
  kMisconfigured,  // a certificate that does not hold, an address that is none
};

struct TransferEnd {
  TransferOutcome outcome = TransferOutcome::kAnswered;
  AwsReply reply;
  std::string why;               // curl's words
  std::optional<Error> refusal;  // of kRefused
  bool sinkTook = false;         // the sink has had bytes
};

class Transfers {
 public:
  Transfers();
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  TransferEnd perform(const TransferRequest& request);

 private:
  struct Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace kiln::runtime
