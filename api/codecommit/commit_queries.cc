#include <nlohmann/json.hpp>

#include "api/codecommit/families.h"
#include "api/codecommit/repository_view.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

Answer getCommitById(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  auto commit = opened->git.findCommit(input.at("commitId").get<std::string>());
  if (!commit.ok()) return fromError(commit.error());
  if (!*commit) return failure("CommitIdDoesNotExistException");
  return json{{"commit", toCommit(**commit)}};
}

Answer batchGetCommits(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  json answer{{"commits", json::array()}, {"errors", json::array()}};
  for (const auto& asked : input.at("commitIds")) {
    const auto& id = asked.get_ref<const std::string&>();
    auto commit = opened->git.findCommit(id);
    if (!commit.ok()) return fromError(commit.error());
    if (*commit) {
      answer["commits"].push_back(toCommit(**commit));
      continue;
    }
    const auto why =
        failure(isObjectId(id) ? "CommitIdDoesNotExistException" : "InvalidCommitIdException");
    answer["errors"].push_back(
        {{"commitId", id}, {"errorCode", why.shape}, {"errorMessage", why.message}});
  }
  return answer;
}

}  // namespace

void addCommitQueryOperations(Operations& operations, const Deps& deps) {
  operations["GetCommit"] = [deps](const json& input, const CallContext& context) {
    return getCommitById(deps, input, context);
  };
  operations["BatchGetCommits"] = [deps](const json& input, const CallContext& context) {
    return batchGetCommits(deps, input, context);
  };
}

}  // namespace kiln::api::codecommit
