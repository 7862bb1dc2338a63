// Presigned URLs: their signature is not verified (authentication is off), but one that has expired is refused. Pure.
#pragma once

#include <optional>

#include "api/http/request.h"
#include "api/s3/errors.h"
#include "controller/core/clock.h"

namespace kiln::api::s3 {

// AccessDenied "Request has expired"; AuthorizationQueryParametersError. nullopt for a request that is not presigned.
std::optional<S3Error> checkExpiry(const Request& request, TimePoint now);

}  // namespace kiln::api::s3
