#include "api/codecommit/committing.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::api::codecommit {

using nlohmann::json;

namespace {

// A branch that is not there may be made by the first commit of a repository, and only by that.
Result<Target, ServiceError> firstTarget(const Opened& opened, const std::string& asked,
                                         const std::string& parent) {
  auto references = opened.git.references();
  if (!references.ok()) return fromError(references.error());
  const std::string branch = branchReference(asked);
  if (references->contains(std::string(store::kTags) + branch.substr(store::kHeads.size())))
    return failure("BranchNameIsTagNameException");
  const auto first = references->lower_bound(store::kHeads);
  if (first != references->end() && first->first.starts_with(store::kHeads)) return noBranch(asked);
  if (!parent.empty()) return failure("ParentCommitDoesNotExistException");
  return Target{branch, std::nullopt};
}

}  // namespace

Result<Target, ServiceError> getTarget(const Opened& opened, const json& input) {
  const std::string asked = input.at("branchName").get<std::string>();
  std::string parent = input.value("parentCommitId", "");
  std::transform(parent.begin(), parent.end(), parent.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto tip = opened.git.findReference(branchReference(asked));
  if (!tip.ok()) return fromError(tip.error());
  if (!*tip) return firstTarget(opened, asked, parent);
  if (parent.empty()) return failure("ParentCommitIdRequiredException");
  auto commit = opened.git.findCommit(parent);
  if (!commit.ok()) return fromError(commit.error());
  if (!*commit) return failure("ParentCommitDoesNotExistException");
  if (parent != **tip) return failure("ParentCommitIdOutdatedException");
  return Target{branchReference(asked), std::move(**commit)};
}

Result<std::optional<store::GitEntry>, ServiceError> entryAt(const Opened& opened,
                                                             const Target& target,
                                                             const std::string& path) {
  if (!target.tip) return std::optional<store::GitEntry>();
  auto entry = opened.git.findEntry(target.tree(), path);
  if (!entry.ok()) return fromError(entry.error());
  return std::move(*entry);
}

Refusal checkPlace(const Opened& opened, const Target& target, const std::string& path,
                   const std::set<std::string>& removed) {
  for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    auto entry = entryAt(opened, target, part);
    if (!entry.ok()) return entry.error();
    if (!*entry) return std::nullopt;
    const auto kind = (*entry)->kind;
    if (kind == store::EntryKind::kSubmodule)
      return failure("FilePathConflictsWithSubmodulePathException");
    if (slash == std::string::npos) {
      if (kind != store::EntryKind::kFolder) return std::nullopt;
      return failure("FileNameConflictsWithDirectoryNameException");
    }
    if (kind != store::EntryKind::kFolder) {
      if (removed.contains(part)) return std::nullopt;
      return failure("DirectoryNameConflictsWithFileNameException");
    }
  }
}

Result<store::GitCommit, ServiceError> commitTo(Opened& opened, const Target& target,
                                                const std::string& tree, const CommitText& text,
                                                const CallContext& context, TimePoint now) {
  const store::GitSignature who{.name = text.name.empty() ? context.principal : text.name,
                                .email = text.email,
                                .seconds = toUnixMillis(now) / 1000,
                                .offsetMinutes = 0};
  store::GitCommit commit{.id = {},
                          .tree = tree,
                          .parents = {},
                          .message = text.message,
                          .author = who,
                          .committer = who};
  if (target.tip) commit.parents.push_back(target.tip->id);
  auto id = opened.git.writeCommit(commit);
  if (!id.ok()) return fromError(id.error());
  commit.id = *id;
  auto moved =
      opened.git.setReference(target.branch, *id, target.tip ? target.tip->id : std::string());
  if (!moved.ok() && moved.error().code == Code::kConflict)
    return failure("ParentCommitIdOutdatedException");
  if (!moved.ok()) return fromError(moved.error());
  return commit;
}

}  // namespace kiln::api::codecommit
