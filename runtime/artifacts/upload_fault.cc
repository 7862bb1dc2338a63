#include "runtime/artifacts/upload_fault.h"

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr const char* kClientError = "CLIENT_ERROR";

bool saysOtherRegion(const AwsError& error) {
  return error.status == 301 || error.status == 307 ||
         error.awsCode == "AuthorizationHeaderMalformed" ||
         error.awsCode == "IllegalLocationConstraintException";
}

}  // namespace

UploadFault UploadFault::ofPlace(const std::string& what) {
  return {PhaseContext{kClientError, "Error in UPLOAD_ARTIFACTS phase: " + what}, {}};
}

UploadFault UploadFault::ofRegion() {
  return {PhaseContext{kClientError, "Failed to upload artifacts: Invalid arn"}, {}};
}

UploadFault UploadFault::of(const AwsError& error) {
  if (error.status == 0 || error.retryable()) return ofHost(error);
  if (saysOtherRegion(error)) return ofRegion();
  return ofPlace(s3Words(error));
}

}  // namespace kiln::runtime
