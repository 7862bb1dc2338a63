// Any text as the XML body of S3's operations: refused, or JSON of the shape that can be written and read again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "api/model/validator.h"
#include "api/model/xml.h"

namespace {

using namespace kiln::api;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array kRoots{"Delete",
                            "CompletedMultipartUpload",
                            "Tagging",
                            "AccessControlPolicy",
                            "NotificationConfiguration",
                            "BucketLifecycleConfiguration",
                            "CORSConfiguration",
                            "WebsiteConfiguration"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ServiceModel kModel = ServiceModel::loadNamed("s3");
  if (size == 0) return 0;
  const char* root = kRoots[data[0] % kRoots.size()];
  const Shape& shape = *kModel.findShape(root);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto read = readXml(shape, root, text);
  if (!read.ok()) {
    require(!read.error().message.empty());
    return 0;
  }
  (void)findViolation(shape, *read);
  std::string written;
  writeXml(written, shape, root, *read);
  return 0;
}
