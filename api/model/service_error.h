// ServiceError: a failed call as the service itself would answer it: shape name, message, HTTP status (facts §5.1, §5.2).
#pragma once

#include <string>

#include "controller/core/result.h"

namespace kiln::api {

struct ServiceError {
  std::string shape;  // InvalidInputException, ...
  std::string message;
  int httpStatus = 400;
};

// For failures that are ours: a full disk, a closing store. 500 InternalFailure / 503 ServiceUnavailable, never a secret or a path.
ServiceError fromError(const Error& error);

}  // namespace kiln::api
