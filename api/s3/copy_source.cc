#include "api/s3/copy_source.h"

#include <openssl/evp.h>

#include "api/http/percent.h"
#include "api/model/utf8.h"
#include "api/s3/names.h"
#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

S3Error badSource(const std::string& source) {
  return invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source", source);
}

// `/bucket/key?versionId=…`, URL-encoded.
S3Result<CopySource> parseSource(const Call& call) {
  const std::string source = call.text("CopySource");
  std::string_view path = source;
  CopySource parsed;
  constexpr std::string_view kVersion = "?versionId=";
  if (const auto at = path.find(kVersion); at != std::string_view::npos) {
    parsed.versionId = percentDecoded(path.substr(at + kVersion.size()));
    path = path.substr(0, at);
    if (parsed.versionId.empty())
      return invalidArgument("Version id cannot be the empty string", "versionId", "");
  }
  const std::string decoded = percentDecoded(path);
  std::string_view rest = decoded;
  if (rest.starts_with("arn:"))
    return s3Error("NotImplemented", "Kiln has no access points to copy from");
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size() || !isUtf8(rest))
    return badSource(source);
  parsed.name = {{call.request.scope.account, std::string(rest.substr(0, slash))},
                 std::string(rest.substr(slash + 1))};
  if (parsed.name.key.size() > kLongestKey) return s3Error("KeyTooLongError");
  return parsed;
}

}  // namespace

S3Result<CopySource> openCopySource(const Call& call) {
  auto source = parseSource(call);
  if (!source.ok()) return source;
  auto reader = openObject(call, source->name, source->versionId);
  if (!reader.ok() && reader.error().code == "MethodNotAllowed") {
    return s3Error("InvalidRequest",
                   "The source of a copy request may not specifically refer to a delete marker by "
                   "version id.");
  }
  if (!reader.ok()) return reader.error();
  source->reader = std::move(*reader);
  const ReadConditions conditions{
      call.text("CopySourceIfMatch"), call.text("CopySourceIfNoneMatch"),
      call.time("CopySourceIfModifiedSince"), call.time("CopySourceIfUnmodifiedSince")};
  if (auto wrong = checkRead(conditions, source->reader->info(), true)) return *wrong;
  return source;
}

S3Result<ReadDigests> digestsOf(const Call& call, store::ObjectReader& reader,
                                Algorithm algorithm) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> md5(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(md5.get(), EVP_md5(), nullptr);
  const auto checksum = startChecksum(algorithm);
  const Status read = readAll(reader, [&](std::string_view bytes) {
    EVP_DigestUpdate(md5.get(), bytes.data(), bytes.size());
    checksum->add(bytes);
    return okStatus();
  });
  if (!read.ok()) return fromStore(read.error(), call.bucket);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(md5.get(), digest, &size);
  return ReadDigests{toHex({reinterpret_cast<const char*>(digest), size}),
                     {algorithm, checksum->digest()}};
}

}  // namespace kiln::api::s3
