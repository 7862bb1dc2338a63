// The errors of CodeBuild's model, all HTTP 400.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "api/model/service_error.h"
#include "controller/core/ids.h"

namespace kiln::api {

// A reason to refuse, or none.
using Refusal = std::optional<ServiceError>;

inline ServiceError invalidInput(std::string message) {
  return {"InvalidInputException", std::move(message)};
}
inline ServiceError notFound(std::string message) {
  return {"ResourceNotFoundException", std::move(message)};
}
inline ServiceError alreadyExists(std::string message) {
  return {"ResourceAlreadyExistsException", std::move(message)};
}
inline ServiceError limitExceeded(std::string message) {
  return {"AccountLimitExceededException", std::move(message)};
}

inline ServiceError projectNotFound(const Scope& scope, const std::string& name) {
  return notFound("Project cannot be found: " + projectArn(scope, name));
}
inline ServiceError invalidBuildId() { return invalidInput("Invalid build ID provided"); }
inline ServiceError buildNotFound(const std::string& id) {
  return notFound("Build " + id + " does not exist");
}

}  // namespace kiln::api
