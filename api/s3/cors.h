// CORS: a bucket's stored rules, applied to preflights and to the answers of requests that have an Origin.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "api/s3/call.h"

namespace kiln::api::s3 {

// The headers that the bucket's rules give an answer to this origin; empty when none matches.
Headers corsHeaders(const nlohmann::json& configuration, std::string_view origin,
                    std::string_view method, std::string_view requestedHeaders);

// The answer to OPTIONS; AccessForbidden, BadRequest.
S3Result<Reply> preflight(const Call& call);

}  // namespace kiln::api::s3
