#include "runtime/aws/aws_error.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongestMessage = 2048;

constexpr std::array<std::string_view, 12> kThrottling = {"Throttling",
                                                          "ThrottlingException",
                                                          "ThrottledException",
                                                          "TooManyRequests",
                                                          "TooManyRequestsException",
                                                          "RequestThrottled",
                                                          "SlowDown",
                                                          "RequestThrottledException",
                                                          "RequestLimitExceeded",
                                                          "BandwidthLimitExceeded",
                                                          "ProvisionedThroughputExceededException",
                                                          "PriorRequestNotComplete"};

// Answered with a status below 500, and yet passing.
constexpr std::array<std::string_view, 3> kPassing = {"RequestTimeout", "RequestTimeoutException",
                                                      "OperationAborted"};

template <std::size_t N>
bool isIn(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string bareCode(std::string_view code) {
  if (auto hash = code.rfind('#'); hash != std::string_view::npos) code.remove_prefix(hash + 1);
  return std::string(code.substr(0, code.find(':')));
}

std::string textIn(const nlohmann::json& document, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    auto found = document.find(name);
    if (found != document.end() && found->is_string()) return *found;
  }
  return "";
}

void readJson(const nlohmann::json& document, AwsFault& fault) {
  if (fault.code.empty()) fault.code = bareCode(textIn(document, {"__type", "code", "Code"}));
  fault.message = textIn(document, {"message", "Message", "errorMessage"});
}

void readXml(std::string_view body, AwsFault& fault) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return;
  auto root = document.document_element();
  auto error = std::string_view(root.name()) == "Error" ? root : root.child("Error");
  if (!error) error = root.child("Errors").child("Error");
  fault.code = error.child_value("Code");
  fault.message = error.child_value("Message");
  for (auto node : {root, error}) {
    for (const char* name : {"RequestId", "RequestID"})
      if (fault.requestId.empty()) fault.requestId = node.child_value(name);
    if (fault.hostId.empty()) fault.hostId = node.child_value("HostId");
  }
}

std::string nameOfStatus(long status) {
  switch (status) {
    case 301:
    case 307: return "Redirect";
    case 304: return "NotModified";
    case 400: return "BadRequest";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 405: return "MethodNotAllowed";
    case 409: return "Conflict";
    case 412: return "PreconditionFailed";
    case 416: return "InvalidRange";
    case 429: return "TooManyRequests";
    case 500: return "InternalError";
    case 501: return "NotImplemented";
    case 503: return "ServiceUnavailable";
    default: return "HttpStatus" + std::to_string(status);
  }
}

bool saysNotFound(std::string_view code, long status) {
  bool absent =
      code.starts_with("NoSuch") || holds(code, "NotFound") || holds(code, "DoesNotExist");
  return status == 404 || (status < 500 && absent);
}

bool saysDenied(std::string_view code, long status) {
  return status == 401 || status == 403 || holds(code, "AccessDenied") ||
         code == "UnrecognizedClientException" || code == "InvalidSignatureException" ||
         code == "ExpiredTokenException" || code == "ExpiredToken";
}

Code codeOf(const AwsFault& fault, long status) {
  const auto& code = fault.code;
  if (isThrottling(fault, status)) return Code::kUnavailable;
  if (status == 501 || code == "UnknownOperationException") return Code::kUnimplemented;
  if (status >= 500 || isIn(kPassing, code)) return Code::kUnavailable;
  if (saysNotFound(code, status)) return Code::kNotFound;
  if (holds(code, "AlreadyExists") || code == "BucketAlreadyOwnedByYou")
    return Code::kAlreadyExists;
  if (saysDenied(code, status)) return Code::kFailedPrecondition;
  if (holds(code, "LimitExceeded") || code == "TooManyBuckets") return Code::kResourceExhausted;
  if (status == 409) return Code::kConflict;
  if (status == 405 || status == 412 || (status >= 300 && status < 400))
    return Code::kFailedPrecondition;
  return Code::kInvalidArgument;
}

// A service that refuses a signature tells what it made of the request, header values and all.
std::string withoutSecrets(std::string text, const AwsCredentials& credentials) {
  for (const auto& secret : {credentials.secretAccessKey, credentials.sessionToken}) {
    if (secret.size() < 8) continue;  // the ones that mean nothing
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
      text.replace(at, secret.size(), "***");
  }
  if (text.size() > kLongestMessage) text = text.substr(0, kLongestMessage) + "...";
  return text;
}

}  // namespace

bool AwsError::accessDenied() const { return status != 0 && saysDenied(awsCode, status); }

AwsFault faultOf(long status, std::string_view body, std::string_view typeHeader) {
  AwsFault fault;
  fault.code = bareCode(typeHeader);
  auto first = body.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && body[first] == '<') {
    readXml(body, fault);
  } else if (first != std::string_view::npos) {
    auto document = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
    if (document.is_object()) readJson(document, fault);
  }
  if (fault.code.empty()) fault.code = nameOfStatus(status);
  return fault;
}

AwsError errorOf(const AwsFault& fault, long status, const std::string& attempted,
                 const AwsCredentials& credentials) {
  AwsError error;
  error.code = codeOf(fault, status);
  error.awsCode = fault.code;
  error.awsMessage = withoutSecrets(fault.message, credentials);
  error.status = status;
  error.requestId = fault.requestId;
  error.hostId = fault.hostId;
  error.mayHaveHappened = status >= 500 && !isThrottling(fault, status);
  error.message = attempted + ": " + fault.code;
  if (!fault.message.empty()) error.message += ": " + error.awsMessage;
  error.message += " (status " + std::to_string(status);
  if (!fault.requestId.empty()) error.message += ", request " + fault.requestId;
  error.message += ")";
  return error;
}

bool isThrottling(const AwsFault& fault, long status) {
  return status == 429 || isIn(kThrottling, fault.code);
}

bool mayRetry(const AwsFault& fault, long status) {
  bool passing = status == 500 || status == 502 || status == 503 || status == 504;
  return passing || isThrottling(fault, status) || isIn(kPassing, fault.code);
}

}  // namespace kiln::runtime
