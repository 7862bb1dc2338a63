// Why an artifact is not where it belongs: either the place is to blame, with the words of facts §2.4, or the host, with an Error.
// Values only.
#pragma once

#include <optional>
#include <string>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "runtime/aws/aws_error.h"

namespace kiln::runtime {

struct UploadFault {
  std::optional<PhaseContext> context;  // UPLOAD_ARTIFACTS ends with it
  Error error;

  static UploadFault ofHost(Error error) { return {std::nullopt, std::move(error)}; }
  // CLIENT_ERROR: "Error in UPLOAD_ARTIFACTS phase: " and what is wrong.
  static UploadFault ofPlace(const std::string& what);
  static UploadFault ofRegion();
  // A refusal of S3 is the place's; an S3 in trouble, or out of reach, says nothing of it.
  static UploadFault of(const AwsError& error);
};

template <typename T>
using UploadResult = Result<T, UploadFault>;

}  // namespace kiln::runtime
