#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "api/codecommit/access.h"
#include "api/codecommit/families.h"
#include "api/codecommit/tags.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

bool isSystemKey(const std::string& key) {
  std::string lower(key.substr(0, 4));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower == "aws:";
}

// The name in `arn:aws:codecommit:REGION:ACCOUNT:NAME` of this account and region.
Result<std::string, ServiceError> nameOf(const json& input, const Scope& scope) {
  const auto& arn = input.at("resourceArn").get_ref<const std::string&>();
  const std::string prefix = store::repositoryArn(scope, "");
  if (!arn.starts_with(prefix)) return failure("InvalidResourceArnException");
  std::string name = arn.substr(prefix.size());
  if (!isRepositoryName(name)) return failure("InvalidResourceArnException");
  return name;
}

Answer changeTags(const Deps& deps, const json& input, const Scope& scope,
                  const std::function<void(std::map<std::string, std::string>&)>& change) {
  auto name = nameOf(input, scope);
  if (!name.ok()) return name.error();
  bool tooMany = false;
  auto changed =
      deps.repositories.change(scope, *name, [&](store::Repository& repository) -> Result<bool> {
        change(repository.tags);
        tooMany = repository.tags.size() > kMostTags;
        if (tooMany) return Error{Code::kFailedPrecondition, "too many tags"};
        return false;
      });
  if (tooMany) return failure("TooManyTagsException");
  return changed.ok() ? Answer(json::object()) : fromStore(changed.error(), *name);
}

Answer tagResource(const Deps& deps, const json& input, const CallContext& context) {
  const json& tags = input.at("tags");
  if (auto wrong = tagsFault(tags)) return *wrong;
  return changeTags(deps, input, context.scope, [&](auto& held) {
    for (const auto& [key, value] : tags.items()) held[key] = value.template get<std::string>();
  });
}

Answer untagResource(const Deps& deps, const json& input, const CallContext& context) {
  const json& keys = input.at("tagKeys");
  if (keys.empty()) return failure("TagKeysListRequiredException");
  for (const auto& key : keys) {
    if (!key.is_string()) return failure("InvalidTagKeysListException");
    if (isSystemKey(key.get<std::string>())) return failure("InvalidSystemTagUsageException");
  }
  return changeTags(deps, input, context.scope, [&](auto& held) {
    for (const auto& key : keys) held.erase(key.template get<std::string>());
  });
}

Answer listTags(const Deps& deps, const json& input, const CallContext& context) {
  auto name = nameOf(input, context.scope);
  if (!name.ok()) return name.error();
  auto repository = getRepository(deps, context.scope, *name);
  if (!repository.ok()) return repository.error();
  return json{{"tags", repository->tags}};
}

}  // namespace

Refusal tagsFault(const json& tags) {
  if (tags.size() > kMostTags) return failure("TooManyTagsException");
  for (const auto& [key, value] : tags.items()) {
    if (isSystemKey(key)) return failure("InvalidSystemTagUsageException");
    if (key.empty() || key.size() > 128 * 4 || !value.is_string() ||
        value.get_ref<const std::string&>().size() > 256 * 4) {
      return failure("InvalidTagsMapException");
    }
  }
  return std::nullopt;
}

void addTagOperations(Operations& operations, const Deps& deps) {
  const auto add = [&](const char* name, auto handler) {
    operations[name] = [deps, handler](const json& input, const CallContext& context) {
      return handler(deps, input, context);
    };
  };
  add("TagResource", tagResource);
  add("UntagResource", untagResource);
  add("ListTagsForResource", listTags);
}

}  // namespace kiln::api::codecommit
