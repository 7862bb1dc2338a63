#include "api/s3/names.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "api/http/percent.h"
#include "api/model/utf8.h"

namespace kiln::api::s3 {
namespace {

bool isLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool looksLikeAddress(std::string_view name) {
  return std::count(name.begin(), name.end(), '.') == 3 &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool isReserved(std::string_view name) {
  return name.starts_with("xn--") || name.starts_with("sthree-") ||
         name.starts_with("amzn-s3-demo-") || name.ends_with("-s3alias") ||
         name.ends_with("--ol-s3") || name.ends_with(".mrap") || name.ends_with("--x-s3") ||
         name.ends_with("--table-s3");
}

// Without a port; empty for an IPv6 address.
std::string bareHost(std::string_view host) {
  if (host.starts_with('[')) return "";
  std::string bare(host.substr(0, host.find(':')));
  std::transform(bare.begin(), bare.end(), bare.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  while (bare.ends_with('.')) bare.pop_back();
  return bare;
}

// The other services of Amazon that share a host's form (`logs.localhost`), as endpoints are named.
bool isServiceName(std::string_view label) {
  static constexpr std::array<std::string_view, 16> kServices{
      "s3",     "sts",      "logs", "ssm",          "secretsmanager", "codebuild",
      "events", "iam",      "ecr",  "codecommit",   "git-codecommit", "codepipeline",
      "sqs",    "dynamodb", "kms",  "s3-accelerate"};
  return std::find(kServices.begin(), kServices.end(), label) != kServices.end();
}

// `s3`, `s3.REGION`, `s3-REGION`, `s3.dualstack.REGION`, `s3-accelerate`, `s3-accelerate.dualstack`, `s3-website-…`.
bool isEndpoint(std::string_view labels) {
  return labels == "s3" || labels.starts_with("s3.") || labels.starts_with("s3-");
}

// What precedes `.s3…` in `host`, the last such place, which ends before `tail`.
std::optional<std::string> beforeEndpoint(std::string_view host, std::string_view tail) {
  if (!host.ends_with(tail)) return std::nullopt;
  host.remove_suffix(tail.size());
  for (auto dot = host.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = host.rfind('.', dot - 1)) {
    if (isEndpoint(host.substr(dot + 1))) return std::string(host.substr(0, dot));
  }
  return std::nullopt;
}

}  // namespace

bool isBucketName(std::string_view name) {
  if (name.size() < 3 || name.size() > 63 || looksLikeAddress(name) || isReserved(name))
    return false;
  const bool letters = std::all_of(
      name.begin(), name.end(), [](char c) { return isLowerOrDigit(c) || c == '.' || c == '-'; });
  return letters && isLowerOrDigit(name.front()) && isLowerOrDigit(name.back()) &&
         name.find("..") == std::string_view::npos;
}

std::optional<std::string> bucketOfHost(std::string_view host) {
  const std::string bare = bareHost(host);
  for (const std::string_view tail : {".amazonaws.com", ".amazonaws.com.cn", ".localhost"}) {
    if (auto bucket = beforeEndpoint(bare, tail)) return bucket;
  }
  constexpr std::string_view kLocal = ".localhost";
  if (!bare.ends_with(kLocal) || bare.size() == kLocal.size()) return std::nullopt;
  const std::string name = bare.substr(0, bare.size() - kLocal.size());
  if (isEndpoint(name) || isServiceName(name.substr(0, name.find('.'))) || !isBucketName(name))
    return std::nullopt;
  return name;
}

S3Result<Target> targetOf(const Request& request) {
  Target target;
  std::string_view path = request.path;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (auto bucket = bucketOfHost(request.header("host"))) {
    target.bucket = *bucket;
  } else {
    const auto slash = std::min(path.find('/'), path.size());
    target.bucket = percentDecoded(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  target.key = percentDecoded(path);
  const bool hasZero = target.key.find('\0') != std::string::npos;  // no listing could tell of it
  if (hasZero || !isUtf8(target.key) || !isUtf8(target.bucket))
    return s3Error("InvalidURI").with("URI", request.path);
  if (target.key.size() > kLongestKey) {
    return s3Error("KeyTooLongError")
        .with("Size", std::to_string(target.key.size()))
        .with("MaxSizeAllowed", std::to_string(kLongestKey));
  }
  if (target.bucket.empty() && !target.key.empty())
    return s3Error("InvalidBucketName").with("BucketName", "");
  return target;
}

std::string inQuotes(std::string_view etag) { return '"' + std::string(etag) + '"'; }

std::string_view unquoted(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return etag;
}

std::string urlEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 &&
        (std::isalnum(byte) != 0 || std::string_view("-_.*/").find(c) != std::string_view::npos)) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 0xfU];
    }
  }
  return out;
}

}  // namespace kiln::api::s3
