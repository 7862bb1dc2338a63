// The sentences that DOWNLOAD_SOURCE fails with (facts §2.4). Values only.
#pragma once

#include <string>
#include <string_view>

#include "runtime/aws/aws_error.h"
#include "runtime/source/object_source.h"
#include "runtime/source/source_spec.h"

namespace kiln::runtime {

// CLIENT_ERROR: `what` + " for primary source and source version " + version; of S3 the version is the object's ARN.
SourceError clientError(const SourceSpec& spec, const std::string& what);

// S3's refusal in the SDK's words, or the host's failure to reach it.
SourceError objectError(const SourceSpec& spec, const ObjectError& error);
std::string s3Words(const S3Answer& answer);
std::string s3Words(const AwsError& refusal);

SourceError stopped(const std::string& what);

// A name from an untrusted source, fit for a message: quoted, control characters escaped, cut.
std::string shown(std::string_view name);

// The URL without user and password.
std::string withoutUserInfo(const std::string& url);

}  // namespace kiln::runtime
