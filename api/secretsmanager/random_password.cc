#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/secretsmanager/failures.h"
#include "api/secretsmanager/families.h"
#include "store/vault/sealer.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr std::size_t kDefaultLength = 32;

// Characters of each kind that is not excluded.
std::vector<std::string> kindsOf(const json& input) {
  const std::string excluded = textOf(input, "ExcludeCharacters");
  std::vector<std::string> kinds;
  const auto add = [&](bool wanted, std::string_view characters) {
    std::string kept;
    for (const char c : characters) {
      if (excluded.find(c) == std::string::npos) kept += c;
    }
    if (wanted && !kept.empty()) kinds.push_back(std::move(kept));
  };
  add(!flagOf(input, "ExcludeLowercase"), "abcdefghijklmnopqrstuvwxyz");
  add(!flagOf(input, "ExcludeUppercase"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  add(!flagOf(input, "ExcludeNumbers"), "0123456789");
  add(!flagOf(input, "ExcludePunctuation"), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
  add(flagOf(input, "IncludeSpace"), " ");
  return kinds;
}

// Even numbers below `limit`, at most 256: bytes that would favour the small ones are thrown away.
Result<std::size_t> evenBelow(std::size_t limit) {
  const std::size_t fair = 256 - 256 % limit;
  while (true) {
    auto bytes = store::randomBytes(16);
    if (!bytes.ok()) return bytes.error();
    for (const char byte : *bytes) {
      const std::size_t number = static_cast<unsigned char>(byte);
      if (number < fair) return number % limit;
    }
  }
}

Result<std::string> drawn(const std::vector<std::string>& kinds, std::size_t length, bool each) {
  std::string all;
  for (const auto& kind : kinds) all += kind;
  std::string password;
  for (std::size_t at = 0; at < length; ++at) {
    const std::string& from = each && at < kinds.size() ? kinds[at] : all;
    auto number = evenBelow(from.size());
    if (!number.ok()) return number.error();
    password += from[*number];
  }
  // The first ones are of known kinds, so each swaps its place with any.
  for (std::size_t at = 0; each && at < std::min(kinds.size(), length); ++at) {
    auto number = evenBelow(std::min<std::size_t>(length - at, 256));
    if (!number.ok()) return number.error();
    std::swap(password[at], password[at + *number]);
  }
  return password;
}

Answer randomPassword(const json& input) {
  const auto kinds = kindsOf(input);
  const auto length = input.value("PasswordLength", kDefaultLength);
  const bool each = input.value("RequireEachIncludedType", true);
  if (kinds.empty()) {
    return invalidRequest(
        "The password would have no characters: every included type is excluded.");
  }
  if (each && length < kinds.size())
    return invalidParameter("Password length is too short based on the required types.");
  auto password = drawn(kinds, length, each);
  if (!password.ok()) return fromError(password.error());
  return json{{"RandomPassword", std::move(*password)}};
}

}  // namespace

void addPasswordOperations(Operations& operations) {
  operations["GetRandomPassword"] = [](const json& input, const CallContext&) {
    return randomPassword(input);
  };
}

}  // namespace kiln::api::secrets
