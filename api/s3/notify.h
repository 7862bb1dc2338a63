// Events of objects: `Object Created` and `Object Deleted` for EventBridge, of buckets whose notification configuration asks for them.
#pragma once

#include "api/s3/call.h"

namespace kiln::api::s3 {

// For the commit of a write; null when the bucket's events are off. `reason`: PutObject, CopyObject, CompleteMultipartUpload, POST Object.
S3Result<store::Notice> createdNotice(const Call& call, const char* reason);
// For the commit of a removal; `byVersion`: of one that names its version, which makes no delete marker.
S3Result<store::Notice> deletedNotice(const Call& call, bool byVersion);

}  // namespace kiln::api::s3
