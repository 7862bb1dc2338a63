#include "runtime/aws/aws_client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "runtime/aws/base_url.h"

namespace kiln::runtime {
namespace {

// A body up to this size is hashed even where nobody could change it on its way.
constexpr std::size_t kSmallBody = 64 * 1024;

std::string payloadHash(const AwsCall& call, const BaseUrl& url) {
  if (call.service != "s3") return sha256Hex(call.body);
  bool safe = url.secure() || url.loopback();
  bool unsignedBody = call.source || (safe && call.body.size() > kSmallBody);
  return unsignedBody ? std::string(kUnsignedPayload) : sha256Hex(call.body);
}

bool fitsALine(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' || c == '\t'; });
}

// The headers as they are sent, with those of the signature.
std::vector<std::string> signedHeaders(const AwsEndpoint& endpoint, const AwsCall& call,
                                       const BaseUrl& url, TimePoint now) {
  SigningInput input{.service = call.service,
                     .region = endpoint.region,
                     .time = now,
                     .method = call.method,
                     .path = encodeUri(url.prefix + call.path, /*keepSlash=*/true),
                     .query = call.query,
                     .headers = call.headers,
                     .payloadHash = payloadHash(call, url)};
  input.headers.emplace_back("X-Amz-Date", amzDate(now));
  if (call.service == "s3") input.headers.emplace_back("X-Amz-Content-Sha256", input.payloadHash);
  if (!endpoint.credentials.sessionToken.empty())
    input.headers.emplace_back("X-Amz-Security-Token", endpoint.credentials.sessionToken);
  std::vector<std::string> lines;
  for (const auto& [name, value] : input.headers)
    lines.push_back(value.empty() ? name + ";" : name + ": " + value);
  input.headers.emplace_back("Host", url.hostHeader(call.hostLabel));
  lines.push_back("Authorization: " + authorization(input, endpoint.credentials));
  return lines;
}

TransferRequest requestOf(const AwsEndpoint& endpoint, const AwsCall& call, const BaseUrl& url,
                          const AwsClientOptions& options, TimePoint now) {
  TransferRequest request;
  request.url = url.origin(call.hostLabel) + encodeUri(url.prefix + call.path, true);
  if (!call.query.empty()) request.url += "?" + canonicalQuery(call.query);
  request.method = call.method;
  request.headers = signedHeaders(endpoint, call, url, now);
  request.body = call.body;
  request.source = call.source ? &*call.source : nullptr;
  request.onHead = call.onHead;
  request.sink = call.sink;
  request.direct = url.loopback();
  request.connectLimit = options.connectLimit;
  request.idleLimit = options.idleLimit;
  request.stop = call.stop;
  return request;
}

AwsError failed(Code code, std::string message, bool mayHaveHappened) {
  AwsError error;
  error.code = code;
  error.message = std::move(message);
  error.mayHaveHappened = mayHaveHappened;
  return error;
}

std::string secondsText(Millis limit) {
  return limit.count() % 1000 == 0 ? std::to_string(limit.count() / 1000) + " s"
                                   : std::to_string(limit.count()) + " ms";
}

AwsError errorOfEnd(const TransferEnd& end, const std::string& attempted, Millis idleLimit) {
  switch (end.outcome) {
    case TransferOutcome::kNotConnected:
      return failed(Code::kUnavailable, attempted + ": " + end.why, false);
    case TransferOutcome::kMisconfigured:
      return failed(Code::kFailedPrecondition, attempted + ": " + end.why, false);
    case TransferOutcome::kIdle:
      return failed(Code::kUnavailable, attempted + ": silent for " + secondsText(idleLimit), true);
    case TransferOutcome::kLate:
      return failed(Code::kDeadlineExceeded, attempted + ": not done in time", true);
    case TransferOutcome::kStopped:
      return failed(Code::kUnavailable, attempted + ": stopped", true);
    case TransferOutcome::kRefused:
      return failed(end.refusal->code, attempted + ": " + end.refusal->message, true);
    case TransferOutcome::kAnswered:
    case TransferOutcome::kBroken:
      return failed(Code::kUnavailable, attempted + ": " + end.why, true);
  }
  unreachable();
}

bool isPassing(TransferOutcome outcome) {
  return outcome == TransferOutcome::kNotConnected || outcome == TransferOutcome::kBroken ||
         outcome == TransferOutcome::kIdle;
}

AwsFault faultIn(const AwsReply& reply) {
  auto fault = faultOf(reply.status, reply.body, reply.header("x-amzn-errortype"));
  for (const char* name : {"x-amzn-requestid", "x-amz-request-id"})
    if (fault.requestId.empty()) fault.requestId = reply.header(name);
  return fault;
}

}  // namespace

// How one sending ended.
struct AwsClient::Attempt {
  std::optional<AwsReply> reply;
  AwsError error = {};
  bool passing = false;  // may be tried again
};

AwsClient::AwsClient(const Clock& clock, AwsClientOptions options)
    : clock_(clock), options_(options) {}

AwsClient::~AwsClient() = default;

AwsClient::Attempt AwsClient::attempt(const AwsEndpoint& endpoint, const AwsCall& call,
                                      Millis left) {
  const auto attempted = call.attempted + " at " + endpoint.baseUrl;
  auto url = BaseUrl::parse(endpoint.baseUrl);
  if (!url.ok())
    return {.reply = {}, .error = failed(url.error().code, url.error().message, false)};
  for (const auto& [name, value] : call.headers) {
    if (!fitsALine(name) || !fitsALine(value))
      return {
          .reply = {},
          .error = failed(Code::kInvalidArgument,
                          attempted + ": header " + name + " holds a control character", false)};
  }
  auto request = requestOf(endpoint, call, *url, options_, clock_.now());
  request.wholeLimit = left;
  auto end = transfers_.perform(request);
  if (end.outcome != TransferOutcome::kAnswered) {
    return {.reply = {},
            .error = errorOfEnd(end, attempted, options_.idleLimit),
            .passing = isPassing(end.outcome) && !end.sinkTook};
  }
  if (end.reply.ok()) return {.reply = std::move(end.reply)};
  auto fault = faultIn(end.reply);
  return {.reply = {},
          .error = errorOf(fault, end.reply.status, attempted, endpoint.credentials),
          .passing = mayRetry(fault, end.reply.status)};
}

bool AwsClient::pause(int attempt, std::stop_token stop) {
  auto most =
      std::min(options_.backoffCap, options_.backoffBase * (1 << std::min(attempt - 1, 16)));
  std::random_device random;
  Millis wait(std::uniform_int_distribution<Millis::rep>(0, most.count())(random));
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, wait, [] { return false; });
  return !stop.stop_requested();
}

Result<AwsReply, AwsError> AwsClient::call(const AwsEndpoint& endpoint, const AwsCall& call) {
  SteadyClock steady;
  const auto began = steady.now();
  auto left = [&] { return call.whole - std::chrono::floor<Millis>(steady.now() - began); };
  const bool limited = call.whole.count() > 0;
  for (int number = 1;; ++number) {
    auto made = attempt(endpoint, call, limited ? std::max(left(), Millis(1)) : Millis(0));
    if (made.reply) return *std::move(made.reply);
    bool again = made.passing && number < options_.attempts &&
                 (call.repeatable || !made.error.mayHaveHappened) &&
                 (!call.source || call.source->restart);
    if (!again || !pause(number, call.stop)) return std::move(made.error);
    if (limited && left().count() <= 0)
      return failed(Code::kDeadlineExceeded, made.error.message, made.error.mayHaveHappened);
    if (!call.source) continue;
    if (auto restarted = call.source->restart(); !restarted.ok())
      return failed(restarted.error().code, call.attempted + ": " + restarted.error().message,
                    true);
  }
}

Result<AwsReply, AwsError> AwsClient::callJson(const AwsEndpoint& endpoint, AwsCall call,
                                               const std::string& target) {
  call.headers.emplace_back("Content-Type", "application/x-amz-json-1.1");
  call.headers.emplace_back("X-Amz-Target", target);
  return this->call(endpoint, call);
}

}  // namespace kiln::runtime
