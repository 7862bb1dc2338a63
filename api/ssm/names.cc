#include "api/ssm/names.h"

#include <algorithm>
#include <cctype>

namespace kiln::api::ssm {
namespace {

constexpr std::size_t kMostLevels = 15;
constexpr std::size_t kLongestName = 1011;
constexpr std::size_t kLongestLabel = 100;
constexpr const char* kNameRule =
    "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it "
    "can "
    "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
    "letters, "
    "numbers and the following 3 symbols .-_";
constexpr const char* kPathRule =
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
    "with "
    "a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It "
    "must "
    "use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). "
    "Special characters are not allowed. All sub-paths, if specified, must use the forward slash "
    "symbol \"/\". Valid example: /get/parameters2-/by1/path0_.";

bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool startsWithWord(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char w, char c) {
           return w == std::tolower(static_cast<unsigned char>(c));
         });
}

bool hasEmptyLevel(std::string_view name) {
  return name.ends_with('/') || name.find("//") != std::string_view::npos;
}

Refusal checkReserved(std::string_view name) {
  const std::string_view bare = name.starts_with('/') ? name.substr(1) : name;
  const bool path = std::count(name.begin(), name.end(), '/') > 1;
  if (startsWithWord(bare, "aws") && path) {
    return ServiceError{"AccessDeniedException",
                        "No access to reserved parameter name: " + std::string(name) + "."};
  }
  if (!startsWithWord(bare, "aws") && !startsWithWord(bare, "ssm")) return std::nullopt;
  if (path) return invalid(kNameRule);
  return invalid("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
}

}  // namespace

Refusal checkName(std::string_view name) {
  if (auto reserved = checkReserved(name)) return reserved;
  const bool spelled =
      std::all_of(name.begin(), name.end(), [](char c) { return c == '/' || isNameCharacter(c); });
  if (!spelled || hasEmptyLevel(name)) return invalid(kNameRule);
  if (name.find('/') != std::string_view::npos && !name.starts_with('/'))
    return invalid("Parameter name must be a fully qualified name.");
  if (name.size() > kLongestName) {
    return invalid("Parameter name must not be longer than " + std::to_string(kLongestName) +
                   " characters.");
  }
  if (static_cast<std::size_t>(std::count(name.begin(), name.end(), '/')) > kMostLevels) {
    return ServiceError{"HierarchyLevelLimitExceededException",
                        "A parameter name hierarchy can have a maximum of " +
                            std::to_string(kMostLevels) + " levels: " + std::string(name)};
  }
  return std::nullopt;
}

Refusal checkPath(std::string_view path) {
  const bool spelled =
      std::all_of(path.begin(), path.end(), [](char c) { return c == '/' || isNameCharacter(c); });
  if (!path.starts_with('/') || !spelled || path.find("//") != std::string_view::npos)
    return invalid(kPathRule);
  return std::nullopt;
}

bool isLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel &&
         std::all_of(label.begin(), label.end(), isNameCharacter) &&
         std::isdigit(static_cast<unsigned char>(label[0])) == 0 && !startsWithWord(label, "aws") &&
         !startsWithWord(label, "ssm");
}

Asked parseAsked(const Scope& scope, std::string_view asked) {
  std::string_view name = asked;
  const bool arn = name.starts_with("arn:");
  const std::string prefix = parameterArn(scope, "");
  if (arn && !name.starts_with(prefix)) return {};
  if (arn) name.remove_prefix(prefix.size() - 1);
  Asked parsed;
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    parsed.selector = name.substr(colon + 1);
    name = name.substr(0, colon);
    if (parsed.selector.empty()) return {};
  }
  parsed.names.emplace_back(name);
  if (arn && name.find('/', 1) == std::string_view::npos) parsed.names.emplace_back(name.substr(1));
  return parsed;
}

std::string parameterArn(const Scope& scope, std::string_view name) {
  const char* const slash = name.starts_with('/') ? "" : "/";
  return "arn:aws:ssm:" + scope.region + ":" + scope.account + ":parameter" + slash +
         std::string(name);
}

}  // namespace kiln::api::ssm
