// What the families share: the repository that a call names, its git data, names and paths in it. Any thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/codecommit/deps.h"
#include "api/codecommit/failures.h"
#include "api/model/operation.h"
#include "store/repositories/git_repository.h"

namespace kiln::api::codecommit {

using Answer = Result<nlohmann::json, ServiceError>;

// The repository that `repositoryName` of the input names, and its git data.
struct Opened {
  store::Repository repository;
  store::GitRepository git;
};
Result<store::Repository, ServiceError> getRepository(const Deps& deps, const Scope& scope,
                                                      const std::string& name);
Result<Opened, ServiceError> openNamed(const Deps& deps, const Scope& scope,
                                       const nlohmann::json& input);

// Runs `body` as the only one that changes the repository's references, and tells of what it changed.
Answer inTurn(const Deps& deps, const nlohmann::json& input, const CallContext& context,
              const std::function<Answer(Opened&)>& body);

// The commit that a specifier (branch, tag, HEAD, full commit id) means; an empty one is the default branch.
Result<store::GitCommit, ServiceError> getCommit(const Opened& opened,
                                                 const std::string& specifier);

// The path as git has it: no slash at its ends. InvalidPathException. "/" and "" are the root, for folders only.
Result<std::string, ServiceError> filePath(const std::string& path);
Result<std::string, ServiceError> folderPath(const std::string& path);

bool isRepositoryName(std::string_view name);
bool isBranchName(std::string_view name);
bool isObjectId(std::string_view id);
std::string branchReference(const std::string& branch);

// NORMAL, EXECUTABLE, SYMLINK.
const char* fileMode(store::EntryKind kind);
store::EntryKind fromFileMode(std::string_view mode);

// Who called, as events name it.
std::string callerArn(const CallContext& context);

}  // namespace kiln::api::codecommit
