// CodeCommit's exceptions, with its words. All HTTP 400.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/model/service_error.h"

namespace kiln::api::codecommit {

// A reason to refuse, or none.
using Refusal = std::optional<ServiceError>;

// `shape` is one of those that failures.cc has the words of.
ServiceError failure(std::string_view shape);

ServiceError noRepository(const std::string& name);
ServiceError repositoryExists(const std::string& name);
ServiceError noBranch(const std::string& name);

// The record's and git's failures: kNotFound means that the repository is gone.
ServiceError fromStore(const Error& error, const std::string& repositoryName);

}  // namespace kiln::api::codecommit
