#include "controller/core/ids.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "controller/core/result.h"

namespace kiln {
namespace {

constexpr std::size_t kUuidLength = 36;

bool isDash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::string format(std::array<std::uint8_t, 16> bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(kUuidLength);
  for (std::uint8_t byte : bytes) {
    if (isDash(text.size())) text += '-';
    text += kHex[byte >> 4];
    text += kHex[byte & 0x0F];
  }
  return text;
}

std::string arn(const Scope& scope, std::string_view resource) {
  return "arn:aws:codebuild:" + scope.region + ":" + scope.account + ":" + std::string(resource);
}

}  // namespace

std::string newUuid() {
  std::array<std::uint8_t, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) unreachable();
  return format(bytes, 4);
}

std::string nameUuid(std::string_view name) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(name.data(), name.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) {
    unreachable();
  }
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return format(bytes, 5);
}

bool isUuid(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (isDash(i) ? c != '-' : !hex) return false;
  }
  return true;
}

std::string BuildId::arn() const { return kiln::arn(scope, "build/" + name()); }

std::optional<BuildId> BuildId::parse(const Scope& scope, std::string_view name) {
  const auto colon = name.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto project = name.substr(0, colon);
  const auto uuid = name.substr(colon + 1);
  if (!isUuid(uuid) || project.find_first_of(":/") != std::string_view::npos) return std::nullopt;
  return BuildId{scope, std::string(project), std::string(uuid)};
}

std::optional<BuildId> BuildId::parseIdOrArn(const Scope& scope, std::string_view idOrArn) {
  const std::string prefix = kiln::arn(scope, "build/");
  if (idOrArn.starts_with(prefix)) idOrArn.remove_prefix(prefix.size());
  return parse(scope, idOrArn);
}

std::optional<BuildId> BuildId::parseArn(std::string_view text) {
  constexpr std::string_view kPrefix = "arn:aws:codebuild:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto region = text.find(':');
  if (region == std::string_view::npos) return std::nullopt;
  const auto account = text.find(':', region + 1);
  if (account == std::string_view::npos) return std::nullopt;
  Scope scope{std::string(text.substr(region + 1, account - region - 1)),
              std::string(text.substr(0, region))};
  text.remove_prefix(account + 1);
  constexpr std::string_view kBuild = "build/";
  if (!text.starts_with(kBuild)) return std::nullopt;
  return parse(scope, text.substr(kBuild.size()));
}

BuildId BuildId::fromKey(const ResourceKey& key) {
  auto id = parse(key.scope, key.name);
  if (!id) unreachable();
  return *std::move(id);
}

std::string projectArn(const Scope& scope, std::string_view name) {
  return arn(scope, "project/" + std::string(name));
}

}  // namespace kiln
