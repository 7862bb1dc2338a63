#include "api/s3/post_object.h"

#include <nlohmann/json.hpp>

#include "api/model/xml.h"
#include "api/s3/form_reader.h"
#include "api/s3/notify.h"
#include "api/s3/objects.h"
#include "api/s3/post_policy.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

struct Form {
  FormFields fields;
  FormPart file;
};

// The fields up to the file, which is the last that counts.
S3Result<Form> readFields(FormReader& reader) {
  constexpr std::size_t kMostFields = 1000;
  Form form;
  while (form.fields.size() < kMostFields) {
    auto part = reader.next();
    if (!part.ok()) return part.error();
    if (!*part)
      return invalidArgument("POST requires exactly one file upload per request.", "file", "0");
    if ((*part)->name == "file") {
      form.file = std::move(**part);
      return form;
    }
    auto value = reader.readField();
    if (!value.ok()) return value.error();
    form.fields[(*part)->name] = std::move(*value);
  }
  return s3Error("MalformedPOSTRequest");
}

std::string valueOf(const FormFields& fields, std::string_view name) {
  const auto at = fields.find(name);
  return at == fields.end() ? std::string() : at->second;
}

S3Result<std::string> keyOf(const Form& form) {
  std::string key = valueOf(form.fields, "key");
  constexpr std::string_view kFileName = "${filename}";
  if (const auto at = key.find(kFileName); at != std::string::npos)
    key.replace(at, kFileName.size(), form.file.fileName);
  if (key.empty())
    return invalidArgument(
        "Bucket POST must contain a field named 'key'.  If it is specified, "
        "please check the order of the fields.",
        "key", "");
  if (key.size() > kLongestKey) return s3Error("KeyTooLongError");
  return key;
}

// The form's fields as the input that a PutObject would have had.
json inputOf(const Form& form) {
  json input = json::object();
  constexpr std::string_view kMeta = "x-amz-meta-";
  const std::map<std::string, const char*, std::less<>> members{
      {"acl", "ACL"},
      {"cache-control", "CacheControl"},
      {"content-type", "ContentType"},
      {"content-disposition", "ContentDisposition"},
      {"content-encoding", "ContentEncoding"},
      {"expires", "Expires"},
      {"x-amz-storage-class", "StorageClass"},
      {"x-amz-server-side-encryption", "ServerSideEncryption"},
      {"x-amz-website-redirect-location", "WebsiteRedirectLocation"}};
  for (const auto& [name, value] : form.fields) {
    if (const auto at = members.find(name); at != members.end()) input[at->second] = value;
    if (name.starts_with(kMeta)) input["Metadata"][name.substr(kMeta.size())] = value;
  }
  if (!input.contains("ContentType") && !form.file.contentType.empty())
    input["ContentType"] = form.file.contentType;
  return input;
}

S3Result<Received> receiveFile(const Call& call, FormReader& reader, const SizeRange& range) {
  auto writer = call.deps.objects.newBody();
  const auto checksum = startChecksum(Algorithm::kCrc64Nvme);
  const std::uint64_t most = std::min(range.most, kMostPut);
  while (true) {
    auto bytes = reader.read();
    if (!bytes.ok()) return bytes.error();
    if (bytes->empty()) break;
    if (writer->written() + bytes->size() > most)
      return s3Error("EntityTooLarge").with("MaxSizeAllowed", std::to_string(most));
    checksum->add(*bytes);
    const auto written = writer->write(*bytes);
    if (!written.ok()) return fromStore(written.error(), call.bucket);
  }
  if (writer->written() < range.least)
    return s3Error("EntityTooSmall").with("MinSizeAllowed", std::to_string(range.least));
  auto body = writer->finish();
  if (!body.ok()) return fromStore(body.error(), call.bucket);
  return Received{std::move(*body), {Algorithm::kCrc64Nvme, checksum->digest()}};
}

Reply answer(const Call& call, const FormFields& fields, const std::string& key,
             const store::ObjectInfo& info) {
  Reply reply;
  reply.headers["etag"] = inQuotes(info.etag);
  if (info.versionId != store::kNullVersion) reply.headers["x-amz-version-id"] = info.versionId;
  const std::string location = "http://" + std::string(call.request.header("host")) + "/" +
                               call.bucket + "/" + urlEncoded(key);
  reply.headers["location"] = location;
  const std::string redirect = valueOf(fields, "success_action_redirect");
  if (!redirect.empty() && redirect.find_first_of("\r\n") == std::string::npos) {
    reply.status = 303;
    reply.headers["location"] = redirect + (redirect.find('?') == std::string::npos ? "?" : "&") +
                                "bucket=" + urlEncoded(call.bucket) + "&key=" + urlEncoded(key) +
                                "&etag=" + urlEncoded(inQuotes(info.etag));
    return reply;
  }
  const std::string status = valueOf(fields, "success_action_status");
  reply.status = status == "200" ? 200 : status == "201" ? 201 : 204;
  if (reply.status != 201) return reply;
  reply.headers["content-type"] = "application/xml";
  reply.xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>";
  escapeXml(reply.xml, location);
  reply.xml += "</Location><Bucket>" + call.bucket + "</Bucket><Key>";
  escapeXml(reply.xml, key);
  reply.xml += "</Key><ETag>&quot;" + info.etag + "&quot;</ETag></PostResponse>";
  return reply;
}

}  // namespace

bool isPostObject(const Request& request, const Target& target) {
  return request.method == "POST" && !target.bucket.empty() && target.key.empty() &&
         request.header("content-type").starts_with("multipart/form-data");
}

S3Result<Reply> postObject(const Call& call) {
  if (const auto bucket = needBucket(call); !bucket.ok()) return bucket.error();
  FormReader reader(call.request.stream, call.request.header("content-type"));
  auto form = readFields(reader);
  if (!form.ok()) return form.error();
  const auto key = keyOf(*form);
  if (!key.ok()) return key.error();
  SizeRange range;
  if (const std::string policy = valueOf(form->fields, "policy"); !policy.empty()) {
    const auto checked = checkPostPolicy(policy, form->fields, call.bucket, call.deps.clock.now());
    if (!checked.ok()) return checked.error();
    range = *checked;
  }
  const json input = inputOf(*form);
  const Call put{call.deps, call.request, input, call.operation, call.bucket, *key};
  auto attributes = requestedAttributes(put);
  if (!attributes.ok()) return attributes.error();
  auto notice = createdNotice(put, "POST Object");
  if (!notice.ok()) return notice.error();
  auto received = receiveFile(put, reader, range);
  if (!received.ok()) return received.error();
  attributes->checksum = toKnown(received->digest);
  const std::string etag = received->body->md5();
  const auto info = call.deps.objects.put(put.object(), std::move(received->body),
                                          {.etag = etag,
                                           .attributes = toText(*attributes),
                                           .condition = {},
                                           .notice = std::move(*notice)});
  if (!info.ok()) return fromStore(info.error(), call.bucket);
  return answer(call, form->fields, *key, *info);
}

}  // namespace kiln::api::s3
