#include "api/watch/answers.h"

#include <string>

#include "api/watch/watch_line.h"

namespace kiln::api {
namespace {

std::string_view reasonOf(int status) {
  switch (status) {
    case 400: return "BadRequest";
    case 404: return "NotFound";
    case 410: return "Gone";
    case 503: return "ServiceUnavailable";
    default: return "InternalError";
  }
}

}  // namespace

int httpStatusOf(const Error& error) {
  switch (error.code) {
    case Code::kInvalidArgument: return 400;
    case Code::kNotFound: return 404;
    case Code::kGone: return 410;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kConflict:
    case Code::kResourceExhausted: return 503;
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition:
    case Code::kCorrupt:
    case Code::kUnimplemented:
    case Code::kInternal: return 500;
  }
  unreachable();
}

Response failure(const Error& error) {
  const int status = httpStatusOf(error);
  return Response::json(status, statusObject(status, reasonOf(status), error.message) + "\n");
}

Response plainFailure(const Error& error) {
  return Response::text(httpStatusOf(error), error.message + "\n");
}

}  // namespace kiln::api
