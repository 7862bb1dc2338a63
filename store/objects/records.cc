#include "store/objects/records.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace kiln::store {
namespace {

constexpr std::uint64_t kFormat = 1;

class Encoder {
 public:
  Encoder() { number(kFormat); }

  Encoder& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  Encoder& text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
    return *this;
  }
  Encoder& time(TimePoint value) { return number(static_cast<std::uint64_t>(toUnixMicros(value))); }
  Encoder& content(const Content& value) {
    return number(static_cast<std::uint64_t>(value.place)).text(value.id);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what Encoder wrote. After the first thing that is not there, all is empty and done() says so.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : left_(bytes) { bad_ = number() != kFormat; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) break;
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    bad_ = true;
    return 0;
  }
  std::string text() {
    const auto size = number();
    if (size > left_.size()) {
      bad_ = true;
      return {};
    }
    std::string value(left_.substr(0, size));
    left_.remove_prefix(size);
    return value;
  }
  TimePoint time() { return fromUnixMicros(static_cast<std::int64_t>(number())); }
  Content content() {
    const auto place = number();
    if (place > static_cast<std::uint64_t>(Content::Place::kManifest)) bad_ = true;
    return {.place = bad_ ? Content::Place::kNowhere : static_cast<Content::Place>(place),
            .id = text()};
  }
  // A count of things of at least one byte each.
  std::uint64_t count() {
    const auto value = number();
    if (value <= left_.size()) return value;
    bad_ = true;
    return 0;
  }

  template <typename T>
  Result<T> done(T value, std::string_view what) const {
    if (!bad_ && left_.empty()) return value;
    return Error{Code::kCorrupt,
                 "reading " + std::string(what) + " from the store: not what was written"};
  }

 private:
  std::string_view left_;
  bool bad_ = false;
};

void encodePartInfo(Encoder& out, const PartInfo& part) {
  out.number(part.size).text(part.etag).time(part.modified).text(part.attributes);
}

PartInfo decodePartInfo(Decoder& in, int number) {
  PartInfo part{
      .number = number, .size = in.number(), .etag = in.text(), .modified = {}, .attributes = {}};
  part.modified = in.time();
  part.attributes = in.text();
  return part;
}

constexpr std::pair<Versioning, const char*> kVersioningNames[] = {
    {Versioning::kNever, ""},
    {Versioning::kEnabled, "Enabled"},
    {Versioning::kSuspended, "Suspended"}};

}  // namespace

std::string encode(const VersionRecord& record) {
  return Encoder()
      .text(record.versionId)
      .number(record.sequence)
      .number(record.size)
      .text(record.etag)
      .time(record.modified)
      .number(record.deleteMarker ? 1 : 0)
      .text(record.attributes)
      .content(record.content)
      .take();
}

Result<VersionRecord> decodeVersion(std::string_view bytes) {
  Decoder in(bytes);
  VersionRecord record;
  record.versionId = in.text();
  record.sequence = in.number();
  record.size = in.number();
  record.etag = in.text();
  record.modified = in.time();
  record.deleteMarker = in.number() != 0;
  record.attributes = in.text();
  record.content = in.content();
  return in.done(std::move(record), "a version of an object");
}

std::string encode(const Manifest& manifest) {
  Encoder out;
  out.number(manifest.pieces.size());
  for (const auto& piece : manifest.pieces) out.text(piece.file).number(piece.size);
  out.number(manifest.parts.size());
  for (const auto& part : manifest.parts) {
    out.number(static_cast<std::uint64_t>(part.number));
    encodePartInfo(out, part);
  }
  return out.take();
}

Result<Manifest> decodeManifest(std::string_view bytes) {
  Decoder in(bytes);
  Manifest manifest;
  for (auto left = in.count(); left > 0; --left) {
    auto& piece = manifest.pieces.emplace_back();
    piece.file = in.text();
    piece.size = in.number();
  }
  for (auto left = in.count(); left > 0; --left) {
    const auto number = static_cast<int>(in.number());
    manifest.parts.push_back(decodePartInfo(in, number));
  }
  return in.done(std::move(manifest), "an object's list of pieces");
}

std::string encode(const PartRecord& record) {
  Encoder out;
  encodePartInfo(out, record.info);
  return out.content(record.content).take();
}

Result<PartRecord> decodePart(std::string_view bytes) {
  Decoder in(bytes);
  PartRecord record{.info = decodePartInfo(in, 0), .content = {}};
  record.content = in.content();
  return in.done(std::move(record), "a part of an upload");
}

std::string encode(const UploadRecord& record) {
  return Encoder().time(record.initiated).text(record.attributes).take();
}

Result<UploadRecord> decodeUpload(std::string_view bytes) {
  Decoder in(bytes);
  UploadRecord record{.initiated = in.time(), .attributes = {}};
  record.attributes = in.text();
  return in.done(std::move(record), "an upload");
}

ObjectInfo toInfo(std::string key, const VersionRecord& record, bool latest) {
  return {.key = std::move(key),
          .versionId = record.versionId,
          .sequence = record.sequence,
          .size = record.size,
          .etag = record.etag,
          .modified = record.modified,
          .deleteMarker = record.deleteMarker,
          .latest = latest,
          .attributes = record.attributes};
}

Resource toResource(const BucketInfo& bucket) {
  Resource resource;
  resource.meta.key = bucket.id.key();
  resource.meta.indexKeys = {bucketsOf(bucket.id.account) + bucket.id.name};
  const auto* versioning = kVersioningNames[static_cast<std::size_t>(bucket.versioning)].second;
  resource.spec = nlohmann::json{
      {"region", bucket.region},
      {"created", toUnixMicros(bucket.created)},
      {"versioning",
       versioning}}.dump();
  resource.status = "{}";
  return resource;
}

Result<BucketInfo> toBucket(const Resource& resource) {
  const auto& key = resource.meta.key;
  const auto spec = nlohmann::json::parse(resource.spec, nullptr, /*allow_exceptions=*/false);
  try {
    BucketInfo bucket{.id = {.account = key.scope.account, .name = key.name},
                      .region = spec.at("region").get<std::string>(),
                      .created = fromUnixMicros(spec.at("created").get<std::int64_t>())};
    const auto versioning = spec.at("versioning").get<std::string>();
    for (const auto& [value, word] : kVersioningNames) {
      if (versioning == word) bucket.versioning = value;
    }
    return bucket;
  } catch (const nlohmann::json::exception& e) {
    return Error{Code::kCorrupt,
                 "reading bucket " + key.name + " from the store: " + std::string(e.what())};
  }
}

std::string bucketsOf(std::string_view account) {
  return "s3-buckets/" + std::string(account) + "/";
}

}  // namespace kiln::store
