#include "runtime/aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "controller/core/result.h"
#include "controller/core/text.h"

namespace kiln::runtime {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

std::string digest(std::string_view bytes, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, kind, nullptr) != 1)
    unreachable();
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), out.data(),
           &length) == nullptr)
    unreachable();
  return {reinterpret_cast<const char*>(out.data()), length};
}

bool isUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  auto lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Without spaces around it, and with one where there are several.
std::string collapsed(std::string_view value) {
  std::string out;
  for (char c : value) {
    bool space = c == ' ' || c == '\t';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Sorted by name; the values of one name joined in their order.
std::map<std::string, std::string> canonicalHeaders(const NameValues& headers) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : headers) {
    auto [at, fresh] = out.emplace(lowered(name), collapsed(value));
    if (!fresh) at->second += "," + collapsed(value);
  }
  return out;
}

std::string signedHeaders(const NameValues& headers) {
  std::string out;
  for (const auto& [name, value] : canonicalHeaders(headers))
    out += (out.empty() ? "" : ";") + name;
  return out;
}

std::string scopeOf(const SigningInput& input) {
  return amzDate(input.time).substr(0, 8) + "/" + input.region + "/" + input.service +
         "/aws4_request";
}

std::string withoutDotSegments(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::size_t at = 0; at < path.size();) {
    auto end = std::min(path.find('/', at), path.size());
    auto part = path.substr(at, end - at);
    at = end + 1;
    if (part == ".." && !kept.empty()) kept.pop_back();
    if (!part.empty() && part != "." && part != "..") kept.push_back(part);
  }
  std::string out;
  for (auto part : kept) out += "/" + std::string(part);
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

}  // namespace

std::string encodeUri(std::string_view text, bool keepSlash) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (isUnreserved(c) || (keepSlash && c == '/'))
      out += c;
    else
      out.append({'%', kUpperHex[byte >> 4], kUpperHex[byte & 15]});
  }
  return out;
}

std::string decodeUri(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '%' && i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
    int low = high >= 0 ? hexDigit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string canonicalPath(std::string_view service, std::string_view path) {
  if (path.empty()) return "/";
  if (service == "s3") return std::string(path);
  return encodeUri(withoutDotSegments(path), /*keepSlash=*/true);
}

std::string canonicalQuery(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(encodeUri(name, false), encodeUri(value, false));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

std::string canonicalRequest(const SigningInput& input) {
  std::string headers;
  for (const auto& [name, value] : canonicalHeaders(input.headers))
    headers += name + ":" + value + "\n";
  return input.method + "\n" + canonicalPath(input.service, input.path) + "\n" +
         canonicalQuery(input.query) + "\n" + headers + "\n" + signedHeaders(input.headers) + "\n" +
         input.payloadHash;
}

std::string stringToSign(const SigningInput& input) {
  return std::string(kAlgorithm) + "\n" + amzDate(input.time) + "\n" + scopeOf(input) + "\n" +
         sha256Hex(canonicalRequest(input));
}

std::string signatureOf(std::string_view text, const SigningKey& key) {
  auto derived = hmac("AWS4" + key.secretAccessKey, key.day);
  for (std::string_view part : {std::string_view(key.region), std::string_view(key.service),
                                std::string_view("aws4_request")})
    derived = hmac(derived, part);
  return toHex(hmac(derived, text));
}

std::string authorization(const SigningInput& input, const AwsCredentials& credentials) {
  const auto signature = signatureOf(
      stringToSign(input),
      {credentials.secretAccessKey, amzDate(input.time).substr(0, 8), input.region, input.service});
  return std::string(kAlgorithm) + " Credential=" + credentials.accessKeyId + "/" + scopeOf(input) +
         ", SignedHeaders=" + signedHeaders(input.headers) + ", Signature=" + signature;
}

std::string amzDate(TimePoint time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(std::chrono::floor<Seconds>(time - day));
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out.data();
}

std::string sha256Hex(std::string_view bytes) { return toHex(digest(bytes, EVP_sha256())); }

std::string md5Base64(std::string_view bytes) {
  auto raw = digest(bytes, EVP_md5());
  std::array<unsigned char, 32> out{};
  auto length = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(raw.data()),
                                static_cast<int>(raw.size()));
  return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(length)};
}

}  // namespace kiln::runtime
