#include "api/s3/attributes.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "api/http/percent.h"
#include "api/model/utf8.h"
#include "api/s3/acl.h"
#include "api/s3/names.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::size_t kMostMetadata = 2048;
constexpr std::size_t kMostObjectTags = 10;
constexpr std::size_t kLongestTagKey = 128;
constexpr std::size_t kLongestTagValue = 256;
constexpr std::array kContentMembers{"CacheControl",    "ContentDisposition", "ContentEncoding",
                                     "ContentLanguage", "ContentType",        "Expires"};

std::size_t points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

std::optional<S3Error> checkTags(const Tags& tags, std::size_t most) {
  if (tags.size() > most) {
    if (most == kMostObjectTags)
      return s3Error("BadRequest", "Object tags cannot be greater than 10");
    return s3Error("BadRequest", "Bucket tag count cannot be greater than 50");
  }
  std::set<std::string> seen;
  for (const auto& [key, value] : tags) {
    if (key.empty() || points(key) > kLongestTagKey)
      return s3Error("InvalidTag", "The TagKey you have provided is invalid").with("TagKey", key);
    if (points(value) > kLongestTagValue) {
      return s3Error("InvalidTag", "The TagValue you have provided is invalid")
          .with("TagKey", key)
          .with("TagValue", value);
    }
    if (key.starts_with("aws:")) {
      return s3Error("InvalidTag", "System tags cannot be added/updated by requester")
          .with("TagKey", key);
    }
    if (!seen.insert(key).second) {
      return s3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
          .with("TagKey", key);
    }
  }
  return std::nullopt;
}

// Without `aws-chunked`, which was the transfer's and is not the object's.
std::string withoutChunked(std::string_view encodings) {
  std::string out;
  while (!encodings.empty()) {
    std::string_view one = encodings.substr(0, encodings.find(','));
    encodings.remove_prefix(std::min(one.size() + 1, encodings.size()));
    const auto begin = one.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    one = one.substr(begin, one.find_last_not_of(" \t") - begin + 1);
    if (one != "aws-chunked") out.append(out.empty() ? "" : ",").append(one);
  }
  return out;
}

S3Result<std::map<std::string, std::string>> requestedMetadata(const Call& call) {
  std::map<std::string, std::string> metadata;
  std::size_t size = 0;
  if (const auto given = call.input.find("Metadata"); given != call.input.end()) {
    for (const auto& [name, value] : given->items()) {
      const auto& text = value.get_ref<const std::string&>();
      size += name.size() + text.size();
      if (!isUtf8(text))
        return invalidArgument("The metadata is not UTF-8", "x-amz-meta-" + name, "");
      metadata[name] = text;
    }
  }
  if (size > kMostMetadata) {
    return s3Error("MetadataTooLarge")
        .with("Size", std::to_string(size))
        .with("MaxSizeAllowed", std::to_string(kMostMetadata));
  }
  return metadata;
}

}  // namespace

std::string toText(const Attributes& a) {
  json out = {{"headers", a.headers}, {"metadata", a.metadata}};
  if (!a.tags.empty()) out["tags"] = a.tags;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  add("class", a.storageClass);
  add("encryption", a.encryption);
  add("kmsKey", a.kmsKey);
  add("acl", a.acl);
  add("redirect", a.redirect);
  add("upload", a.upload);
  if (a.checksum) {
    out["checksum"] = {{"algorithm", nameOf(a.checksum->algorithm)},
                       {"value", a.checksum->value},
                       {"composite", a.checksum->composite}};
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Attributes attributesOf(const std::string& text) {
  Attributes a;
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return a;
  a.headers = in.value("headers", a.headers);
  a.metadata = in.value("metadata", a.metadata);
  a.tags = in.value("tags", a.tags);
  a.storageClass = in.value("class", "");
  a.encryption = in.value("encryption", "");
  a.kmsKey = in.value("kmsKey", "");
  a.acl = in.value("acl", "");
  a.redirect = in.value("redirect", "");
  a.upload = in.value("upload", "");
  if (const auto at = in.find("checksum"); at != in.end()) {
    const auto algorithm = algorithmNamed(at->value("algorithm", ""));
    if (algorithm)
      a.checksum = KnownChecksum{*algorithm, at->value("value", ""), at->value("composite", false)};
  }
  return a;
}

S3Result<Tags> tagsOfHeader(const std::string& text) {
  Tags tags;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto decoded = parseQuery(pair);
    for (const auto& [key, value] : decoded) tags.emplace_back(key, value);
  }
  if (auto wrong = checkTags(tags, kMostObjectTags)) {
    if (wrong->code == "InvalidTag" && wrong->message.starts_with("Cannot provide")) {
      return invalidArgument(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded "
          "URL query parameters without tag name duplicates.",
          "x-amz-tagging", text);
    }
    return *wrong;
  }
  return tags;
}

S3Result<Tags> tagsOfBody(const json& tagging, std::size_t most) {
  Tags tags;
  for (const auto& tag : tagging.at("TagSet"))
    tags.emplace_back(tag.at("Key").get<std::string>(), tag.at("Value").get<std::string>());
  if (auto wrong = checkTags(tags, most)) return *wrong;
  return tags;
}

json toTagSet(const Tags& tags) {
  json set = json::array();
  for (const auto& [key, value] : tags) set.push_back({{"Key", key}, {"Value", value}});
  return set;
}

S3Result<Attributes> requestedAttributes(const Call& call) {
  Attributes a;
  if (!call.text("SSECustomerAlgorithm").empty()) {
    return s3Error("NotImplemented",
                   "Kiln does not encrypt with keys that the customer provides (SSE-C)");
  }
  for (const char* member : kContentMembers) {
    std::string value = call.text(member);
    if (std::string_view(member) == "ContentEncoding") value = withoutChunked(value);
    if (!value.empty()) a.headers[member] = value;
  }
  a.headers.try_emplace("ContentType", "binary/octet-stream");
  auto metadata = requestedMetadata(call);
  if (!metadata.ok()) return metadata.error();
  a.metadata = std::move(*metadata);
  auto tags = tagsOfHeader(call.text("Tagging"));
  if (!tags.ok()) return tags.error();
  a.tags = std::move(*tags);
  a.storageClass = call.text("StorageClass");
  if (a.storageClass == "STANDARD") a.storageClass.clear();
  a.encryption = call.text("ServerSideEncryption");
  if (a.encryption.empty()) a.encryption = "AES256";
  a.kmsKey = call.text("SSEKMSKeyId");
  a.redirect = call.text("WebsiteRedirectLocation");
  auto acl = requestedAcl(call);
  if (!acl.ok()) return acl.error();
  a.acl = std::move(*acl);
  return a;
}

void showChecksum(const std::optional<KnownChecksum>& checksum, json& into) {
  if (!checksum) return;
  into[memberOf(checksum->algorithm)] = checksum->value;
  into["ChecksumType"] = checksum->composite ? "COMPOSITE" : "FULL_OBJECT";
}

void showWritten(const store::ObjectInfo& info, const Attributes& a, json& into) {
  into["ETag"] = inQuotes(info.etag);
  if (info.versionId != store::kNullVersion) into["VersionId"] = info.versionId;
  if (!a.encryption.empty()) into["ServerSideEncryption"] = a.encryption;
  if (!a.kmsKey.empty()) into["SSEKMSKeyId"] = a.kmsKey;
}

}  // namespace kiln::api::s3
