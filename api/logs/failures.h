// The errors of CloudWatch Logs' model, all HTTP 400, in its words.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "api/model/service_error.h"

namespace kiln::api::logs {

using Answer = Result<nlohmann::json, ServiceError>;

inline ServiceError invalidParameter(std::string message) {
  return {"InvalidParameterException", std::move(message)};
}
inline ServiceError groupNotFound() {
  return {"ResourceNotFoundException", "The specified log group does not exist."};
}
inline ServiceError streamNotFound() {
  return {"ResourceNotFoundException", "The specified log stream does not exist."};
}
inline ServiceError groupExists() {
  return {"ResourceAlreadyExistsException", "The specified log group already exists"};
}
inline ServiceError streamExists() {
  return {"ResourceAlreadyExistsException", "The specified log stream already exists"};
}
inline ServiceError invalidToken() {
  return invalidParameter("The specified nextToken is invalid.");
}

// The store's failure: what is not there (or there already) in the words given, anything else as a failure of ours.
inline ServiceError failureOf(const Error& error, const ServiceError& absent) {
  return error.code == Code::kNotFound || error.code == Code::kAlreadyExists ? absent
                                                                             : fromError(error);
}

}  // namespace kiln::api::logs
