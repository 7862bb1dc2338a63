#include "api/codebuild/lookup.h"

#include <algorithm>

namespace kiln::api {
namespace {

bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

Found<std::string> projectNameOf(const Scope& scope, std::string_view nameOrArn) {
  const std::string prefix = projectArn(scope, "");
  if (nameOrArn.starts_with(prefix)) nameOrArn.remove_prefix(prefix.size());
  if (nameOrArn.empty() || !std::all_of(nameOrArn.begin(), nameOrArn.end(), isNameCharacter)) {
    return invalidInput("Only alphanumeric characters, dash, and underscore are supported");
  }
  return std::string(nameOrArn);
}

Found<BuildId> buildIdOf(const Scope& scope, std::string_view idOrArn) {
  auto id = BuildId::parseIdOrArn(scope, idOrArn);
  if (!id) return invalidBuildId();
  return std::move(*id);
}

}  // namespace kiln::api
