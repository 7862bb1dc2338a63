// Input that does not meet the model, in S3's words. Pure.
#pragma once

#include "api/model/rest.h"
#include "api/model/validator.h"
#include "api/s3/errors.h"

namespace kiln::api::s3 {

S3Error toError(const OperationModel& operation, const BindError& wrong);
S3Error toError(const OperationModel& operation, const Violation& wrong);

// The root element of an operation's answer; empty when the model names it.
std::string_view rootOf(std::string_view operation);

}  // namespace kiln::api::s3
