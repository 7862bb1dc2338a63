#include "api/sts/credentials.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/timestamp.h"
#include "controller/core/result.h"

namespace kiln::api::sts {
namespace {

using nlohmann::json;

constexpr std::string_view kTokenMark = "kiln-session\n";
constexpr std::size_t kIdLetters = 16;

std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    unreachable();
  return bytes;
}

// One letter for each byte.
std::string letters(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  for (const char byte : bytes)
    text += kAlphabet[static_cast<unsigned char>(byte) % kAlphabet.size()];
  return text;
}

}  // namespace

json newCredentials(const Identity& identity) {
  const json said{{"account", identity.account},
                  {"arn", identity.arn},
                  {"userId", identity.userId},
                  {"expires", toUnixMillis(identity.expires)},
                  {"salt", toBase64(randomBytes(96))}};
  return {{"AccessKeyId", "ASIA" + letters(randomBytes(kIdLetters))},
          {"SecretAccessKey", toBase64(randomBytes(30))},
          {"SessionToken", toBase64(std::string(kTokenMark) + said.dump())},
          {"Expiration", toTimestamp(identity.expires)}};
}

std::optional<Identity> identityOf(std::string_view sessionToken) {
  const auto bytes = fromBase64(sessionToken);
  if (!bytes || !bytes->starts_with(kTokenMark)) return std::nullopt;
  const json said = json::parse(bytes->substr(kTokenMark.size()), nullptr, false);
  if (!said.is_object()) return std::nullopt;
  const json expires = said.value("expires", json());
  if (!expires.is_number_integer()) return std::nullopt;
  for (const char* name : {"account", "arn", "userId"}) {
    if (!said.contains(name) || !said[name].is_string()) return std::nullopt;
  }
  return Identity{said["account"], said["arn"], said["userId"],
                  fromUnixMillis(expires.get<std::int64_t>())};
}

std::string roleId(const std::string& roleArn) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(roleArn.data(), roleArn.size(), digest, &size, EVP_sha256(), nullptr);
  return "AROA" + letters({reinterpret_cast<const char*>(digest), kIdLetters + 1});
}

}  // namespace kiln::api::sts
