#include "api/s3/post_object.h"
namespace kiln::api::s3 {
bool isPostObject(const Request& request, const Target& target) {
  return request.method == "POST" && !target.bucket.empty() && target.key.empty() &&
         request.header("content-type").starts_with("multipart/form-data");
}
S3Result<Reply> postObject(const Call&) {
  return s3Error("NotImplemented", "POST Object is not implemented by Kiln yet");
}
}  // namespace kiln::api::s3
