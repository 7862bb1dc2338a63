#include "api/watch/build_selector.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace kiln::api {
namespace {

constexpr std::size_t kShown = 200;  // of a value in an error

Error invalid(std::string_view name, std::string_view value, const std::string& why) {
  const auto shown = std::string(value.substr(0, kShown)) + (value.size() > kShown ? "..." : "");
  return {Code::kInvalidArgument, std::string(name) + "=" + shown + ": " + why};
}

bool isWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

// The id of the query, in the scope of its ARN or in `scope`.
Result<BuildId> parseBuild(const Request& request, const Scope& scope, std::string_view text) {
  if (auto id = BuildId::parseArn(text)) {
    if (id->scope.account != scope.account) {
      return invalid("id", text, "that account is not the one of this Kiln, " + scope.account);
    }
    const bool asked = request.query.contains("region") && scope.region != kAllRegions;
    if (asked && id->scope.region != scope.region) {
      return invalid("id", text, "the ARN is not of region " + scope.region);
    }
    return *std::move(id);
  }
  if (auto id = BuildId::parse(scope, text)) return *std::move(id);
  return invalid("id", text, "a build id, <project>:<uuid>, or the ARN of a build is needed");
}

}  // namespace

bool BuildSelector::matches(const ResourceKey& key) const {
  if (key.kind != kBuildKind || key.scope.account != scope.account) return false;
  if (!everyRegion() && key.scope.region != scope.region) return false;
  if (!name.empty() && key.name != name) return false;
  return project.empty() || (key.name.size() > project.size() && key.name.starts_with(project) &&
                             key.name[project.size()] == ':');
}

Result<Scope> parseScope(const Request& request) {
  auto given = request.query.find("region");
  if (given == request.query.end()) return request.scope;
  if (given->second != kAllRegions && !isWord(given->second)) {
    return invalid("region", given->second, "a region's name, or * for all of them, is needed");
  }
  return Scope{request.scope.account, given->second};
}

Result<BuildSelector> parseSelector(const Request& request) {
  auto scope = parseScope(request);
  if (!scope.ok()) return scope.error();
  BuildSelector selector{.scope = *scope, .project = {}, .name = {}};
  if (auto project = request.query.find("project"); project != request.query.end()) {
    if (!isWord(project->second)) return invalid("project", project->second, "not a project name");
    selector.project = project->second;
  }
  if (auto text = request.query.find("id"); text != request.query.end()) {
    auto id = parseBuild(request, *scope, text->second);
    if (!id.ok()) return id.error();
    selector.scope = id->scope;
    selector.name = id->name();
  }
  return selector;
}

Status checkParameters(const Request& request, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string why = "there is no such parameter here; there are";
    for (const auto& one : known) why += " " + std::string(one);
    return invalid(name, value, why);
  }
  return okStatus();
}

Result<std::uint64_t> parseNumber(const Request& request, std::string_view name,
                                  std::uint64_t least, std::uint64_t most, std::uint64_t fallback) {
  auto given = request.query.find(name);
  if (given == request.query.end()) return fallback;
  const std::string& text = given->second;
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && number >= least && number <= most) return number;
  return invalid(name, text,
                 "a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                     " is needed");
}

Result<bool> parseSwitch(const Request& request, std::string_view name) {
  auto given = request.query.find(name);
  if (given == request.query.end()) return false;
  const std::string& text = given->second;
  if (text.empty() || text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return invalid(name, text, "1 or 0 is needed");
}

}  // namespace kiln::api
