#include "api/codecommit/access.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace kiln::api::codecommit {

using nlohmann::json;

Result<store::Repository, ServiceError> getRepository(const Deps& deps, const Scope& scope,
                                                      const std::string& name) {
  auto found = deps.repositories.find(scope, name);
  if (!found.ok()) return fromError(found.error());
  if (!*found) return noRepository(name);
  return std::move(**found);
}

Result<Opened, ServiceError> openNamed(const Deps& deps, const Scope& scope, const json& input) {
  auto repository =
      getRepository(deps, scope, input.at("repositoryName").get_ref<const std::string&>());
  if (!repository.ok()) return repository.error();
  auto git = store::GitRepository::open(deps.repositories.pathOf(*repository));
  if (!git.ok()) return fromStore(git.error(), repository->name);
  return Opened{std::move(*repository), std::move(*git)};
}

Answer inTurn(const Deps& deps, const json& input, const CallContext& context,
              const std::function<Answer(Opened&)>& body) {
  const auto& name = input.at("repositoryName").get_ref<const std::string&>();
  auto repository = getRepository(deps, context.scope, name);
  if (!repository.ok()) return repository.error();
  auto turn = deps.repositories.take(*repository);
  if (!turn.ok()) return fromStore(turn.error(), name);
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  auto answer = body(*opened);
  if (!answer.ok()) return answer;
  auto settled = deps.repositories.settle(opened->repository, callerArn(context));
  if (!settled.ok()) return fromError(settled.error());
  return answer;
}

Result<store::GitCommit, ServiceError> getCommit(const Opened& opened,
                                                 const std::string& specifier) {
  const bool implied = specifier.empty() || specifier == "HEAD";
  if (implied && opened.repository.defaultBranch.empty())
    return failure("CommitDoesNotExistException");
  auto id =
      opened.git.resolve(implied ? branchReference(opened.repository.defaultBranch) : specifier);
  if (!id.ok()) return fromError(id.error());
  if (!*id) return failure("CommitDoesNotExistException");
  auto commit = opened.git.findCommit(**id);
  if (!commit.ok()) return fromError(commit.error());
  if (!*commit) return failure("CommitDoesNotExistException");
  return std::move(**commit);
}

namespace {

constexpr std::size_t kLongestPath = 4096;

bool isPathPart(std::string_view part) {
  if (part.empty() || part == "." || part == "..") return false;
  std::string lower(part);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  // What Windows reads as `.git`, too: git refuses such a tree when it is checked out.
  std::string plain = lower.substr(0, lower.find(':'));
  plain.erase(plain.find_last_not_of(" .") + 1);
  return plain != ".git" && plain != "git~1" && lower.find('\0') == std::string::npos;
}

}  // namespace

Result<std::string, ServiceError> folderPath(const std::string& path) {
  std::string_view rest(path);
  if (rest.size() > kLongestPath) return failure("InvalidPathException");
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::string trimmed(rest);
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    if (!isPathPart(rest.substr(0, slash))) return failure("InvalidPathException");
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
    if (rest.empty()) return failure("InvalidPathException");
  }
  return trimmed;
}

Result<std::string, ServiceError> filePath(const std::string& path) {
  if (path.empty()) return failure("PathRequiredException");
  if (path.ends_with('/')) return failure("InvalidPathException");
  return folderPath(path);
}

bool isRepositoryName(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), allowed) &&
         name != "." && name != ".." && !name.ends_with(".git");
}

bool isBranchName(std::string_view name) {
  return !name.empty() && name.size() <= 256 && !name.starts_with('-') && name != "HEAD" &&
         name != "@" && store::isReferenceName(branchReference(std::string(name)));
}

bool isObjectId(std::string_view id) {
  return id.size() == 40 &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string branchReference(const std::string& branch) {
  if (branch.starts_with(store::kHeads)) return branch;
  return std::string(store::kHeads) + branch;
}

const char* fileMode(store::EntryKind kind) {
  if (kind == store::EntryKind::kExecutable) return "EXECUTABLE";
  return kind == store::EntryKind::kSymlink ? "SYMLINK" : "NORMAL";
}

store::EntryKind fromFileMode(std::string_view mode) {
  if (mode == "EXECUTABLE") return store::EntryKind::kExecutable;
  return mode == "SYMLINK" ? store::EntryKind::kSymlink : store::EntryKind::kFile;
}

std::string callerArn(const CallContext& context) {
  return "arn:aws:iam::" + context.scope.account + ":user/" + context.principal;
}

}  // namespace kiln::api::codecommit
