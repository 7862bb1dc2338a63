// AWS Signature Version 4 for requests signed in their headers. Pure but for OpenSSL's HMAC and SHA-256; any thread.
//
// The signed request is given as it goes over the wire: the path encoded, the query as names and values. What is signed is what
// canonicalQuery() answers, so it is also what should be sent.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/clock.h"

namespace kiln::runtime {

// Names and values, in order; of headers or of a query.
using NameValues = std::vector<std::pair<std::string, std::string>>;

struct AwsCredentials {
  std::string accessKeyId;
  std::string secretAccessKey;
  std::string sessionToken;  // empty: none
  bool operator==(const AwsCredentials&) const = default;
};

// What stands for the hash of a body that is not signed (S3 only).
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct SigningInput {
  std::string service;  // "s3", "logs": the signing name
  std::string region;
  TimePoint time;
  std::string method;
  std::string path;         // as sent, encoded
  NameValues query;         // not encoded
  NameValues headers;       // those to sign, "host" among them
  std::string payloadHash;  // hexadecimal SHA-256 of the body, or kUnsignedPayload
};

// Percent-encoding of everything but A-Z a-z 0-9 - _ . ~; with `keepSlash`, '/' stays.
std::string encodeUri(std::string_view text, bool keepSlash);
// The opposite; what is no %XX stays as it is.
std::string decodeUri(std::string_view text);

// S3's paths are signed as they are; those of other services without dot segments and doubled slashes, and encoded once more.
std::string canonicalPath(std::string_view service, std::string_view path);
std::string canonicalQuery(const NameValues& query);
std::string canonicalRequest(const SigningInput& input);
std::string stringToSign(const SigningInput& input);

struct SigningKey {
  std::string secretAccessKey;
  std::string day;  // "20150830"
  std::string region;
  std::string service;
};

// The signature of a string to sign, in hexadecimal digits.
std::string signatureOf(std::string_view text, const SigningKey& key);

// The value of the Authorization header. X-Amz-Date and, with a session token, X-Amz-Security-Token are among the headers given.
std::string authorization(const SigningInput& input, const AwsCredentials& credentials);

// "20150830T123600Z"
std::string amzDate(TimePoint time);
// Lower-case hexadecimal SHA-256.
std::string sha256Hex(std::string_view bytes);
// Base64 of the MD5, as Content-MD5 has it.
std::string md5Base64(std::string_view bytes);

}  // namespace kiln::runtime
