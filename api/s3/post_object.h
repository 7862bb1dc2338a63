// POST Object: an upload by an HTML form. The policy's signature is not verified, its expiration and conditions are.
#pragma once

#include "api/s3/call.h"
#include "api/s3/names.h"

namespace kiln::api::s3 {

bool isPostObject(const Request& request, const Target& target);
S3Result<Reply> postObject(const Call& call);

}  // namespace kiln::api::s3
