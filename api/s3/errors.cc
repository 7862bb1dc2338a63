#include "api/s3/errors.h"

#include <algorithm>
#include <array>

#include "api/model/service_error.h"
#include "api/model/xml.h"

namespace kiln::api::s3 {
namespace {

struct Row {
  std::string_view code;
  int status;
  std::string_view message;
};

constexpr std::array kRows{
    Row{"AccessDenied", 403, "Access Denied"},
    Row{"AccessForbidden", 403, "CORSResponse: This CORS request is not allowed."},
    Row{"BadDigest", 400, "The Content-MD5 you specified did not match what we received."},
    Row{"BadRequest", 400, "Bad Request"},
    Row{"BucketAlreadyExists", 409,
        "The requested bucket name is not available. The bucket namespace is shared by all users "
        "of "
        "the system. Please select a different name and try again."},
    Row{"BucketAlreadyOwnedByYou", 409,
        "Your previous request to create the named bucket succeeded and you already own it."},
    Row{"BucketNotEmpty", 409, "The bucket you tried to delete is not empty"},
    Row{"ConditionalRequestConflict", 409,
        "The conditional request cannot succeed due to a conflicting operation against this "
        "resource."},
    Row{"EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"},
    Row{"EntityTooSmall", 400,
        "Your proposed upload is smaller than the minimum allowed object size."},
    Row{"IllegalLocationConstraintException", 400,
        "The unspecified location constraint is incompatible for the region specific endpoint this "
        "request was sent to."},
    Row{"IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"},
    Row{"IncompleteBody", 400, "The request body terminated unexpectedly"},
    Row{"InternalError", 500, "We encountered an internal error. Please try again."},
    Row{"InvalidArgument", 400, "Invalid Argument"},
    Row{"InvalidBucketName", 400, "The specified bucket is not valid."},
    Row{"InvalidBucketState", 409,
        "The request is not valid with the current state of the bucket."},
    Row{"InvalidChunkSizeError", 403,
        "Only the last chunk is allowed to have a size less than 8192 bytes"},
    Row{"InvalidDigest", 400, "The Content-MD5 you specified was invalid."},
    Row{"InvalidEncryptionAlgorithmError", 400, "The encryption method specified is not supported"},
    Row{"InvalidLocationConstraint", 400, "The specified location-constraint is not valid"},
    Row{"InvalidPart", 400,
        "One or more of the specified parts could not be found.  The part may not have been "
        "uploaded, or the specified entity tag may not match the part's entity tag."},
    Row{"InvalidPartNumber", 416, "The requested partnumber is not satisfiable"},
    Row{"InvalidPartOrder", 400,
        "The list of parts was not in ascending order. Parts must be ordered by part number."},
    Row{"InvalidPolicyDocument", 400, "Invalid policy document"},
    Row{"InvalidRange", 416, "The requested range is not satisfiable"},
    Row{"InvalidRequest", 400, "Invalid Request"},
    Row{"InvalidStorageClass", 400, "The storage class you specified is not valid"},
    Row{"InvalidTag", 400, "The tag provided was not a valid tag."},
    Row{"InvalidURI", 400, "Couldn't parse the specified URI."},
    Row{"KeyTooLongError", 400, "Your key is too long"},
    Row{"MalformedACLError", 400,
        "The XML you provided was not well-formed or did not validate against our published "
        "schema"},
    Row{"MalformedPOSTRequest", 400,
        "The body of your POST request is not well-formed multipart/form-data."},
    Row{"MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'"},
    Row{"MalformedTrailerError", 400,
        "The request contained trailing data that was not well-formed or did not conform to our "
        "published schema."},
    Row{"MalformedXML", 400,
        "The XML you provided was not well-formed or did not validate against our published "
        "schema"},
    Row{"MaxMessageLengthExceeded", 400, "Your request was too big."},
    Row{"MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size"},
    Row{"MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    Row{"MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    Row{"MissingRequestBodyError", 400, "Request Body is empty"},
    Row{"NoSuchBucket", 404, "The specified bucket does not exist"},
    Row{"NoSuchBucketPolicy", 404, "The bucket policy does not exist"},
    Row{"NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"},
    Row{"NoSuchConfiguration", 404, "The specified configuration does not exist."},
    Row{"NoSuchKey", 404, "The specified key does not exist."},
    Row{"NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"},
    Row{"NoSuchObjectLockConfiguration", 404,
        "The specified object does not have a ObjectLock configuration"},
    Row{"NoSuchPublicAccessBlockConfiguration", 404,
        "The public access block configuration was not found"},
    Row{"NoSuchTagSet", 404, "The TagSet does not exist"},
    Row{"NoSuchUpload", 404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed."},
    Row{"NoSuchVersion", 404, "The specified version does not exist."},
    Row{"NoSuchWebsiteConfiguration", 404,
        "The specified bucket does not have a website configuration"},
    Row{"NotImplemented", 501,
        "A header you provided implies functionality that is not implemented"},
    Row{"ObjectLockConfigurationNotFoundError", 404,
        "Object Lock configuration does not exist for this bucket"},
    Row{"OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"},
    Row{"PolicyTooLarge", 400, "Policy exceeds the maximum allowed document size."},
    Row{"PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"},
    Row{"ReplicationConfigurationNotFoundError", 404,
        "The replication configuration was not found"},
    Row{"RequestTimeout", 400,
        "Your socket connection to the server was not read from or written to within the timeout "
        "period."},
    Row{"RequestTimeTooSkewed", 403,
        "The difference between the request time and the current time is too large."},
    Row{"ServerSideEncryptionConfigurationNotFoundError", 404,
        "The server side encryption configuration was not found"},
    Row{"ServiceUnavailable", 503, "Service is unable to handle request."},
    Row{"SlowDown", 503, "Please reduce your request rate."},
    Row{"UserKeyMustBeSpecified", 400,
        "The bucket POST must contain the specified field name. If it is specified, please check "
        "the order of the fields."},
    Row{"XAmzContentSHA256Mismatch", 400,
        "The provided 'x-amz-content-sha256' header does not match what was computed."},
};

const Row& rowOf(std::string_view code) {
  const auto row = std::find_if(kRows.begin(), kRows.end(),
                                [&](const Row& candidate) { return candidate.code == code; });
  if (row == kRows.end()) unreachable();
  return *row;
}

void field(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  escapeXml(out, text);
  out.append("</").append(name).append(">");
}

}  // namespace

S3Error s3Error(std::string_view code) {
  const Row& row = rowOf(code);
  return {std::string(row.code), std::string(row.message), row.status};
}

S3Error s3Error(std::string_view code, std::string message) {
  S3Error error = s3Error(code);
  error.message = std::move(message);
  return error;
}

S3Error invalidArgument(std::string message, std::string name, std::string value) {
  return s3Error("InvalidArgument", std::move(message))
      .with("ArgumentName", std::move(name))
      .with("ArgumentValue", std::move(value));
}

S3Error noSuchBucket(std::string bucket) {
  return s3Error("NoSuchBucket").with("BucketName", std::move(bucket));
}

S3Error noSuchKey(std::string key) { return s3Error("NoSuchKey").with("Key", std::move(key)); }

S3Error noSuchVersion(std::string key, std::string versionId) {
  return s3Error("NoSuchVersion")
      .with("Key", std::move(key))
      .with("VersionId", std::move(versionId));
}

S3Error noSuchUpload(std::string uploadId) {
  return s3Error("NoSuchUpload").with("UploadId", std::move(uploadId));
}

S3Error preconditionFailed(std::string condition) {
  return s3Error("PreconditionFailed").with("Condition", std::move(condition));
}

S3Error brokenBody(const Error& error) {
  if (error.code == Code::kUnavailable) return s3Error("ServiceUnavailable");
  if (error.code == Code::kDeadlineExceeded) return s3Error("RequestTimeout");
  return s3Error("IncompleteBody");
}

S3Error fromStore(const Error& error, const std::string& bucket) {
  if (error.code == Code::kGone) return noSuchBucket(bucket);
  if (error.code == Code::kConflict) return s3Error("ConditionalRequestConflict");
  const ServiceError told = fromError(error);  // logs it
  if (told.httpStatus == 503) return s3Error("ServiceUnavailable", told.message);
  return s3Error("InternalError");
}

std::string toXml(const S3Error& error, const std::string& requestId, const std::string& hostId) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
  field(out, "Code", error.code);
  field(out, "Message", error.message);
  for (const auto& [name, value] : error.fields) field(out, name, value);
  field(out, "RequestId", requestId);
  field(out, "HostId", hostId);
  out += "</Error>";
  return out;
}

}  // namespace kiln::api::s3
