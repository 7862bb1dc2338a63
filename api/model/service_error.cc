#include "api/model/service_error.h"

#include <spdlog/spdlog.h>

namespace kiln::api {
namespace {

ServiceError unavailable(const char* message) { return {"ServiceUnavailable", message, 503}; }

ServiceError answerTo(Code code) {
  switch (code) {
    case Code::kUnavailable: return unavailable("The service is not available now. Try again.");
    case Code::kDeadlineExceeded:
      return unavailable("The service did not answer in time. Try again.");
    case Code::kConflict: return unavailable("The resource is being changed by others. Try again.");
    case Code::kResourceExhausted:
      return unavailable(
          "The service has run out of storage or of another resource. Free some and try again.");
    case Code::kUnimplemented:
      return {"NotImplementedException", "This is not implemented by Kiln yet", 501};
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition:
    case Code::kGone:
    case Code::kCorrupt:
    case Code::kInternal: break;
  }
  return {"InternalFailure", "The request failed inside Kiln; its log says why.", 500};
}

}  // namespace

ServiceError fromError(const Error& error) {
  spdlog::error("event=api_failure code={} message=\"{}\"", name(error.code), error.message);
  return answerTo(error.code);
}

}  // namespace kiln::api
