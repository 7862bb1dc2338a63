// What all listings of S3 share: limits, encoding, owners, the entries' common members.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/s3/call.h"

namespace kiln::api::s3 {

class Listing {
 public:
  explicit Listing(const Call& call);

  // At most 1000, whatever is asked. InvalidArgument for a negative number.
  static S3Result<std::size_t> limit(const Call& call, const char* member, const char* parameter);

  // A key, prefix or marker as encoding-type has it.
  std::string shown(const std::string& text) const;
  // Prefix, Delimiter, EncodingType, CommonPrefixes.
  void common(nlohmann::json& output, const std::vector<std::string>& prefixes) const;
  // Key, LastModified, ETag, Size, StorageClass, ChecksumAlgorithm.
  nlohmann::json entry(const store::ObjectInfo& info) const;
  const nlohmann::json& owner() const { return *owner_; }

 private:
  const Call& call_;
  bool encoded_;
  std::shared_ptr<nlohmann::json> owner_;
};

}  // namespace kiln::api::s3
