#include "api/s3/violations.h"

#include <map>

namespace kiln::api::s3 {
namespace {

struct Words {
  std::string_view code;
  const char* message;  // nullptr: the code's own
};

// What S3 says when a header or parameter has a value that it does not know.
const std::map<std::string, Words, std::less<>>& memberWords() {
  static const std::map<std::string, Words, std::less<>> kWords{
      {"StorageClass", {"InvalidStorageClass", nullptr}},
      {"ServerSideEncryption", {"InvalidEncryptionAlgorithmError", nullptr}},
      {"EncodingType", {"InvalidArgument", "Invalid Encoding Method specified in Request"}},
      {"MetadataDirective", {"InvalidArgument", "Unknown metadata directive."}},
      {"TaggingDirective", {"InvalidArgument", "Unknown tagging directive."}},
      {"MaxKeys", {"InvalidArgument", "Provided max-keys not an integer or within integer range"}},
      {"MaxParts",
       {"InvalidArgument", "Provided max-parts not an integer or within integer range"}},
      {"MaxUploads",
       {"InvalidArgument", "Provided max-uploads not an integer or within integer range"}},
      {"PartNumber",
       {"InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"}},
      {"ObjectAttributes", {"InvalidArgument", "Invalid attribute name specified."}},
      {"ChecksumAlgorithm",
       {"InvalidRequest",
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"}},
      {"ChecksumType", {"InvalidRequest", "Value for x-amz-checksum-type header is invalid."}},
      {"CopySource",
       {"InvalidArgument",
        "Copy Source must mention the source bucket and key: "
        "sourcebucket/sourcekey"}},
  };
  return kWords;
}

S3Error badMember(const Member& member, const std::string& value) {
  const auto at = memberWords().find(member.name);
  const Words words = at == memberWords().end() ? Words{"InvalidArgument", nullptr} : at->second;
  S3Error error = s3Error(words.code);
  if (words.message != nullptr) error.message = words.message;
  return std::move(error).with("ArgumentName", member.wireName).with("ArgumentValue", value);
}

}  // namespace

S3Error toError(const OperationModel& operation, const BindError& wrong) {
  if (wrong.member.empty())
    return s3Error(operation.name.ends_with("Acl") ? "MalformedACLError" : "MalformedXML");
  return badMember(*operation.input->findMember(wrong.member), wrong.value);
}

S3Error toError(const OperationModel& operation, const Violation& wrong) {
  const Member* member = operation.input->findMember(wrong.member);
  if (member == nullptr) return s3Error("InvalidRequest", wrong.message);
  if (member->location == Location::kBody) {
    if (wrong.missing && member->name == operation.input->payload)
      return s3Error("MissingRequestBodyError");
    if (operation.name == "CreateBucket" && !wrong.value.empty())
      return s3Error("InvalidLocationConstraint").with("LocationConstraint", wrong.value);
    return s3Error(operation.name.ends_with("Acl") ? "MalformedACLError" : "MalformedXML");
  }
  if (wrong.missing) {
    return s3Error("InvalidRequest",
                   "Missing required header or parameter for this request: " + member->wireName);
  }
  return badMember(*member, wrong.value);
}

std::string_view rootOf(std::string_view operation) {
  static const std::map<std::string_view, std::string_view> kRoots{
      {"ListBuckets", "ListAllMyBucketsResult"},
      {"ListObjects", "ListBucketResult"},
      {"ListObjectsV2", "ListBucketResult"},
      {"ListObjectVersions", "ListVersionsResult"},
      {"ListMultipartUploads", "ListMultipartUploadsResult"},
      {"ListParts", "ListPartsResult"},
      {"CreateMultipartUpload", "InitiateMultipartUploadResult"},
      {"CompleteMultipartUpload", "CompleteMultipartUploadResult"},
      {"DeleteObjects", "DeleteResult"},
      {"UploadPartCopy", "CopyPartResult"},
      {"GetObjectAttributes", "GetObjectAttributesResponse"},
      {"GetBucketAcl", "AccessControlPolicy"},
      {"GetObjectAcl", "AccessControlPolicy"},
      {"GetBucketTagging", "Tagging"},
      {"GetObjectTagging", "Tagging"},
      {"GetBucketVersioning", "VersioningConfiguration"},
      {"GetBucketAccelerateConfiguration", "AccelerateConfiguration"},
      {"GetBucketCors", "CORSConfiguration"},
      {"GetBucketLifecycleConfiguration", "LifecycleConfiguration"},
      {"GetBucketLogging", "BucketLoggingStatus"},
      {"GetBucketNotificationConfiguration", "NotificationConfiguration"},
      {"GetBucketRequestPayment", "RequestPaymentConfiguration"},
      {"GetBucketWebsite", "WebsiteConfiguration"},
  };
  const auto at = kRoots.find(operation);
  return at == kRoots.end() ? std::string_view() : at->second;
}

}  // namespace kiln::api::s3
