// The errors of Secrets Manager. None of them ever holds a value.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "api/model/service_error.h"

namespace kiln::api::secrets {

using Refusal = std::optional<ServiceError>;  // a reason to refuse, or none
template <typename T>
using Found = Result<T, ServiceError>;

inline ServiceError invalidParameter(std::string message) {
  return {"InvalidParameterException", std::move(message)};
}
inline ServiceError invalidRequest(std::string message) {
  return {"InvalidRequestException", std::move(message)};
}
inline ServiceError alreadyThere(std::string message) {
  return {"ResourceExistsException", std::move(message)};
}
inline ServiceError notThere(std::string message) {
  return {"ResourceNotFoundException", std::move(message)};
}
inline ServiceError secretNotFound() {
  return notThere("Secrets Manager can't find the specified secret.");
}
inline ServiceError valueNotFound(const std::string& what) {
  return notThere("Secrets Manager can't find the specified secret value for " + what);
}
inline ServiceError markedForDeletion() {
  return invalidRequest(
      "You can't perform this operation on the secret because it was marked for deletion.");
}
inline ServiceError invalidToken() {
  return {"InvalidNextTokenException", "The NextToken value is invalid."};
}

// The vault's failures, logged; they say what is wrong with the key file.
ServiceError decryptionFailed(const Error& error);
ServiceError encryptionFailed(const Error& error);

}  // namespace kiln::api::secrets
