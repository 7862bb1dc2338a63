// GetObject and HeadObject.
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "api/model/timestamp.h"
#include "api/s3/names.h"
#include "api/s3/objects.h"
#include "api/s3/range.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

// What of the object is answered.
struct Selection {
  bool partial = false;
  ByteRange range;
  const store::PartInfo* part = nullptr;
};

S3Result<Selection> selectPart(const store::ObjectReader& reader, std::int64_t number) {
  const std::uint64_t size = reader.info().size;
  if (reader.parts().empty() && number == 1) return Selection{true, {0, size}};
  std::uint64_t offset = 0;
  for (const auto& part : reader.parts()) {
    if (part.number == number) return Selection{true, {offset, part.size}, &part};
    offset += part.size;
  }
  return s3Error("InvalidPartNumber").with("PartNumberRequested", std::to_string(number));
}

S3Result<Selection> select(const Call& call, const store::ObjectReader& reader) {
  const std::uint64_t size = reader.info().size;
  const std::string header = call.text("Range");
  if (const auto number = call.number("PartNumber")) {
    if (!header.empty())
      return s3Error("InvalidRequest",
                     "Cannot specify both Range header and partNumber query parameter");
    if (*number < 1 || *number > 10'000) {
      return invalidArgument("Part number must be an integer between 1 and 10000, inclusive",
                             "partNumber", std::to_string(*number));
    }
    return selectPart(reader, *number);
  }
  const ParsedRange parsed = parseRange(header, size);
  switch (parsed.kind) {
    case RangeKind::kNone: return Selection{false, {0, size}};
    case RangeKind::kPart: return Selection{true, parsed.range};
    case RangeKind::kUnsatisfiable: break;
  }
  S3Error error = s3Error("InvalidRange")
                      .with("RangeRequested", header)
                      .with("ActualObjectSize", std::to_string(size));
  error.headers["content-range"] = "bytes */" + std::to_string(size);
  return error;
}

// response-content-type and its kin.
void applyOverrides(const Call& call, Headers& headers) {
  constexpr std::string_view kPrefix = "response-";
  for (const char* name : {"content-type", "content-language", "expires", "cache-control",
                           "content-disposition", "content-encoding"}) {
    const auto value = call.request.parameter(std::string(kPrefix) + name);
    if (!value.empty()) headers[name] = value;
  }
}

json describe(const Call& call, const store::ObjectReader& reader, const Attributes& a) {
  const store::ObjectInfo& info = reader.info();
  json output{{"AcceptRanges", "bytes"}, {"LastModified", toTimestamp(info.modified)}};
  showWritten(info, a, output);
  for (const auto& [member, value] : a.headers) output[member] = value;
  if (!a.metadata.empty()) output["Metadata"] = a.metadata;
  if (!a.storageClass.empty()) output["StorageClass"] = a.storageClass;
  if (!a.redirect.empty()) output["WebsiteRedirectLocation"] = a.redirect;
  if (!a.tags.empty()) output["TagCount"] = a.tags.size();
  if (call.number("PartNumber") && !reader.parts().empty())
    output["PartsCount"] = reader.parts().size();
  return output;
}

// A part's own checksum, or that of the whole; a range has none.
std::optional<KnownChecksum> checksumOf(const Selection& selection, const Attributes& a) {
  if (selection.part == nullptr) return selection.partial ? std::nullopt : a.checksum;
  const json kept = json::parse(selection.part->attributes, nullptr, false);
  if (!kept.is_object() || !kept.contains("algorithm")) return std::nullopt;
  const auto algorithm = algorithmNamed(kept["algorithm"].get<std::string>());
  if (!algorithm) return std::nullopt;
  return KnownChecksum{*algorithm, kept.value("value", ""), a.checksum && a.checksum->composite};
}

void sendBytes(store::ObjectReader& reader, BodyWriter& out) {
  bool gone = false;
  const Status sent = readAll(reader, [&](std::string_view bytes) -> Status {
    if (out.write(bytes)) return okStatus();
    gone = true;
    return Error{Code::kUnavailable, "the client is gone"};
  });
  if (!sent.ok() && !gone) throw std::runtime_error(sent.error().message);
}

ReadConditions conditionsOf(const Call& call) {
  return {call.text("IfMatch"), call.text("IfNoneMatch"), call.time("IfModifiedSince"),
          call.time("IfUnmodifiedSince")};
}

S3Result<Reply> readObject(const Call& call) {
  auto versionId = versionOf(call);
  if (!versionId.ok()) return versionId.error();
  auto opened = openObject(call, call.object(), *versionId);
  if (!opened.ok()) return opened.error();
  const std::shared_ptr<store::ObjectReader> reader = *opened;
  if (auto wrong = checkRead(conditionsOf(call), reader->info(), false)) return *wrong;
  auto selection = select(call, *reader);
  if (!selection.ok()) return selection.error();

  const Attributes attributes = attributesOf(reader->info().attributes);
  Reply reply(describe(call, *reader, attributes));
  if (call.text("ChecksumMode") == "ENABLED")
    showChecksum(checksumOf(*selection, attributes), *reply.output);
  const ByteRange range = selection->range;
  if (selection->partial) {
    reply.status = 206;
    if (range.length > 0) {
      reply.headers["content-range"] = "bytes " + std::to_string(range.offset) + "-" +
                                       std::to_string(range.offset + range.length - 1) + "/" +
                                       std::to_string(reader->info().size);
    }
  }
  applyOverrides(call, reply.headers);
  const Status selected = reader->select(range.offset, range.length);
  if (!selected.ok()) return fromStore(selected.error(), call.bucket);
  reply.length = range.length;
  reply.stream = [reader](BodyWriter& out) { sendBytes(*reader, out); };
  return reply;
}

}  // namespace

void addObjectReads(Operations& operations) {
  operations["GetObject"] = readObject;
  operations["HeadObject"] = readObject;
}

}  // namespace kiln::api::s3
