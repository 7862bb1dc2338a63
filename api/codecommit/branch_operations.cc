#include <nlohmann/json.hpp>

#include "api/codecommit/access.h"
#include "api/codecommit/families.h"
#include "api/model/page_token.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

constexpr std::size_t kBranchesPerPage = 1000;

json toBranch(const std::string& reference, const std::string& commit) {
  return {{"branchName", reference.substr(store::kHeads.size())}, {"commitId", commit}};
}

Answer createBranch(const Deps& deps, const json& input, const CallContext& context) {
  const std::string name = branchReference(input.at("branchName").get<std::string>());
  const std::string commitId = input.at("commitId").get<std::string>();
  return inTurn(deps, input, context, [&](Opened& opened) -> Answer {
    auto there = opened.git.findReference(name);
    if (!there.ok()) return fromError(there.error());
    if (*there) return failure("BranchNameExistsException");
    auto commit = opened.git.findCommit(commitId);
    if (!commit.ok()) return fromError(commit.error());
    if (!*commit) return failure("CommitDoesNotExistException");
    auto made = opened.git.setReference(name, commitId, "");
    if (made.ok()) return json::object();
    // A branch a keeps a/b from being one, and the other way round.
    if (made.error().code == Code::kConflict || made.error().code == Code::kInternal)
      return failure("InvalidBranchNameException");
    return fromError(made.error());
  });
}

Answer getBranch(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  const std::string asked = input.at("branchName").get<std::string>();
  const std::string name = branchReference(asked);
  auto commit = opened->git.findReference(name);
  if (!commit.ok()) return fromError(commit.error());
  if (!*commit) return noBranch(asked);
  return json{{"branch", toBranch(name, **commit)}};
}

Answer listBranches(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  const std::string list = "ListBranches/" + opened->repository.id;
  std::string last(store::kHeads);
  if (const auto token = input.find("nextToken"); token != input.end()) {
    auto read = fromPageToken(list, token->get_ref<const std::string&>());
    if (!read) return failure("InvalidContinuationTokenException");
    last = *read;
  }
  auto references = opened->git.references();
  if (!references.ok()) return fromError(references.error());
  json answer{{"branches", json::array()}};
  for (auto at = references->upper_bound(last);
       at != references->end() && at->first.starts_with(store::kHeads); ++at) {
    if (answer["branches"].size() == kBranchesPerPage) {
      answer["nextToken"] = toPageToken(list, last);
      break;
    }
    last = at->first;
    answer["branches"].push_back(last.substr(store::kHeads.size()));
  }
  return answer;
}

// One that is not there is deleted: the answer names no branch then.
Answer deleteBranch(const Deps& deps, const json& input, const CallContext& context) {
  const std::string name = branchReference(input.at("branchName").get<std::string>());
  return inTurn(deps, input, context, [&](Opened& opened) -> Answer {
    if (name == branchReference(opened.repository.defaultBranch))
      return failure("DefaultBranchCannotBeDeletedException");
    auto commit = opened.git.findReference(name);
    if (!commit.ok()) return fromError(commit.error());
    if (!*commit) return json::object();
    if (auto gone = opened.git.removeReference(name, **commit); !gone.ok())
      return fromError(gone.error());
    return json{{"deletedBranch", toBranch(name, **commit)}};
  });
}

// A merge that needs no commit: the destination is an ancestor of the source.
Answer mergeByFastForward(const Deps& deps, const json& input, const CallContext& context) {
  return inTurn(deps, input, context, [&](Opened& opened) -> Answer {
    const std::string destinationName = input.at("destinationCommitSpecifier").get<std::string>();
    const std::string target = branchReference(input.value("targetBranch", destinationName));
    auto source = getCommit(opened, input.at("sourceCommitSpecifier").get<std::string>());
    if (!source.ok()) return source.error();
    auto destination = getCommit(opened, destinationName);
    if (!destination.ok()) return destination.error();
    auto now = opened.git.findReference(target);
    if (!now.ok()) return fromError(now.error());
    if (!*now) return noBranch(input.value("targetBranch", destinationName));
    if (**now != destination->id) return failure("InvalidTargetBranchException");
    auto base = opened.git.mergeBase(source->id, destination->id);
    if (!base.ok()) return fromError(base.error());
    if (!*base || **base != destination->id) return failure("ManualMergeRequiredException");
    auto moved =
        source->id == **now ? okStatus() : opened.git.setReference(target, source->id, **now);
    if (!moved.ok() && moved.error().code == Code::kConflict)
      return failure("ConcurrentReferenceUpdateException");
    if (!moved.ok()) return fromError(moved.error());
    return json{{"commitId", source->id}, {"treeId", source->tree}};
  });
}

}  // namespace

void addBranchOperations(Operations& operations, const Deps& deps) {
  const auto add = [&](const char* name, auto handler) {
    operations[name] = [deps, handler](const json& input, const CallContext& context) {
      return handler(deps, input, context);
    };
  };
  add("CreateBranch", createBranch);
  add("GetBranch", getBranch);
  add("ListBranches", listBranches);
  add("DeleteBranch", deleteBranch);
  add("MergeBranchesByFastForward", mergeByFastForward);
}

}  // namespace kiln::api::codecommit
