// The errors of Parameter Store. None of them ever holds a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/model/service_error.h"

namespace kiln::api::ssm {

using Refusal = std::optional<ServiceError>;  // a reason to refuse, or none
template <typename T>
using Found = Result<T, ServiceError>;

inline ServiceError invalid(std::string message) {
  return {"ValidationException", std::move(message)};
}
inline ServiceError parameterNotFound(const std::string& asked) {
  return {"ParameterNotFound", "Parameter " + asked + " not found."};
}
inline ServiceError versionNotFound(const std::string& version, const std::string& name) {
  return {"ParameterVersionNotFound", "Systems Manager could not find version " + version + " of " +
                                          name + ". Verify the version and try again."};
}
inline ServiceError invalidToken() {
  return {"InvalidNextToken", "The specified token isn't valid."};
}

// The vault's failures, logged; they say what is wrong with the key file.
ServiceError vaultFailed(const Error& error);

}  // namespace kiln::api::ssm
