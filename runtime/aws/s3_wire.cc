#include "runtime/aws/s3_wire.h"

#include <algorithm>
#include <cstdlib>
#include <pugixml.hpp>

#include "runtime/aws/base_url.h"

namespace kiln::runtime {
namespace {

constexpr std::string_view kMetadata = "x-amz-meta-";

// A bucket whose name makes a host name that the endpoint's certificate can be for.
bool fitsAHost(const std::string& bucket, const AwsEndpoint& endpoint) {
  bool letters = std::all_of(bucket.begin(), bucket.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  bool dotted = bucket.find('.') != std::string::npos;
  return letters && !(dotted && endpoint.baseUrl.starts_with("https"));
}

Result<pugi::xml_node> rootOf(pugi::xml_document& document, std::string_view xml,
                              const char* name) {
  auto loaded = document.load_buffer(xml.data(), xml.size());
  auto root = document.document_element();
  if (loaded && std::string_view(root.name()) == name) return root;
  return Error{Code::kInternal, "the answer is not a " + std::string(name) + " of S3"};
}

std::uint64_t numberOf(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

}  // namespace

AwsCall s3Call(const AwsEndpoint& endpoint, const std::string& operation, const std::string& method,
               const std::string& bucket, const std::string& key) {
  AwsCall call{.service = "s3",
               .attempted = operation + " " + bucket + (key.empty() ? "" : "/" + key),
               .method = method};
  if (!endpoint.pathStyle && fitsAHost(bucket, endpoint)) {
    call.hostLabel = bucket;
    call.path = "/" + key;
  } else {
    call.path = "/" + bucket + (key.empty() ? "" : "/" + key);
  }
  return call;
}

NameValues putHeaders(const S3PutOptions& options) {
  NameValues headers{{"Content-Type", options.contentType}};
  if (!options.contentEncoding.empty())
    headers.emplace_back("Content-Encoding", options.contentEncoding);
  if (!options.acl.empty()) headers.emplace_back("x-amz-acl", options.acl);
  constexpr const char* kEncryption = "x-amz-server-side-encryption";
  if (options.encryption == S3Encryption::kAes256) headers.emplace_back(kEncryption, "AES256");
  if (options.encryption == S3Encryption::kKms) {
    headers.emplace_back(kEncryption, "aws:kms");
    if (!options.kmsKeyId.empty())
      headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", options.kmsKeyId);
  }
  for (const auto& [name, value] : options.metadata)
    headers.emplace_back(std::string(kMetadata) + name, value);
  return headers;
}

std::string withoutQuotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

S3ObjectInfo objectInfoOf(const AwsReply& reply) {
  S3ObjectInfo info{.size = numberOf(reply.header("content-length")),
                    .etag = withoutQuotes(reply.header("etag")),
                    .versionId = reply.header("x-amz-version-id"),
                    .contentType = reply.header("content-type"),
                    .lastModified = reply.header("last-modified"),
                    .metadata = {}};
  for (const auto& [name, value] : reply.headers)
    if (name.starts_with(kMetadata))
      info.metadata.emplace_back(name.substr(kMetadata.size()), value);
  return info;
}

Result<S3Page> parseList(std::string_view xml) {
  pugi::xml_document document;
  auto root = rootOf(document, xml, "ListBucketResult");
  if (!root.ok()) return root.error();
  const bool encoded = std::string_view(root->child_value("EncodingType")) == "url";
  auto text = [&](const char* value) {
    if (!encoded) return std::string(value);
    std::string plus(value);
    std::replace(plus.begin(), plus.end(), '+', ' ');
    return decodeUri(plus);
  };
  S3Page page;
  for (auto node : root->children("Contents")) {
    page.objects.push_back({.key = text(node.child_value("Key")),
                            .size = numberOf(node.child_value("Size")),
                            .etag = withoutQuotes(node.child_value("ETag")),
                            .lastModified = node.child_value("LastModified")});
  }
  for (auto node : root->children("CommonPrefixes"))
    page.prefixes.push_back(text(node.child_value("Prefix")));
  if (std::string_view(root->child_value("IsTruncated")) == "true")
    page.nextToken = root->child_value("NextContinuationToken");
  return page;
}

Result<std::string> parseUploadId(std::string_view xml) {
  pugi::xml_document document;
  auto root = rootOf(document, xml, "InitiateMultipartUploadResult");
  if (!root.ok()) return root.error();
  std::string id = root->child_value("UploadId");
  if (id.empty()) return Error{Code::kInternal, "S3 began an upload without an id"};
  return id;
}

// Servers differ in what they call the root, as clients do not look at it.
Result<std::string> parseCompleted(std::string_view xml) {
  pugi::xml_document document;
  bool loaded = static_cast<bool>(document.load_buffer(xml.data(), xml.size()));
  auto etag = withoutQuotes(document.document_element().child_value("ETag"));
  if (loaded && !etag.empty()) return etag;
  return Error{Code::kInternal, "the answer is not a CompleteMultipartUploadResult of S3"};
}

Result<std::string> parseLocation(std::string_view xml) {
  pugi::xml_document document;
  auto root = rootOf(document, xml, "LocationConstraint");
  if (!root.ok()) return root.error();
  std::string region = root->child_value();
  if (region.empty()) return std::string("us-east-1");
  return region == "EU" ? std::string("eu-west-1") : region;
}

std::string completeBody(const std::vector<std::string>& etags) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i < etags.size(); ++i) {
    body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>&quot;" + etags[i] +
            "&quot;</ETag></Part>";
  }
  return body + "</CompleteMultipartUpload>";
}

}  // namespace kiln::runtime
