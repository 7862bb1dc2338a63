#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/codecommit/access.h"
#include "api/codecommit/families.h"
#include "api/model/page_token.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;
using store::EntryKind;

constexpr std::size_t kDifferencesPerPage = 100;
constexpr std::size_t kMostResults = 1000;

// One side: the commit, and what is found under the path in it.
struct Side {
  std::string path;
  std::string tree;                     // empty: nothing is there
  std::optional<store::GitEntry> file;  // the path is a file
  bool found = false;
};

Result<Side, ServiceError> sideOf(const Opened& opened, const std::string& specifier,
                                  const std::string& path) {
  auto commit = getCommit(opened, specifier);
  if (!commit.ok()) return commit.error();
  auto clean = folderPath(path);
  if (!clean.ok()) return clean.error();
  Side side{.path = *clean, .tree = commit->tree, .file = std::nullopt, .found = true};
  if (clean->empty()) return side;
  auto entry = opened.git.findEntry(commit->tree, *clean);
  if (!entry.ok()) return fromError(entry.error());
  side.tree.clear();
  side.found = entry->has_value();
  if (!side.found) return side;
  if ((*entry)->kind == EntryKind::kFolder)
    side.tree = (*entry)->id;
  else
    side.file = **entry;
  return side;
}

const char* octal(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFile: return "100644";
    case EntryKind::kExecutable: return "100755";
    case EntryKind::kSymlink: return "120000";
    case EntryKind::kFolder: return "040000";
    case EntryKind::kSubmodule: return "160000";
  }
  unreachable();
}

std::optional<store::GitFileSide> fileSide(const Side& side) {
  if (!side.file) return std::nullopt;
  return store::GitFileSide{side.file->id, side.path, octal(side.file->kind)};
}

void prefix(std::optional<store::GitFileSide>& side, const std::string& folder) {
  if (side && !folder.empty()) side->path = folder + "/" + side->path;
}

Result<std::vector<store::GitDifference>, ServiceError> compare(const Opened& opened,
                                                                const Side& before,
                                                                const Side& after) {
  std::vector<store::GitDifference> all;
  if (before.file || after.file) {
    store::GitDifference one{fileSide(before), fileSide(after)};
    const bool same = one.before && one.after && one.before->id == one.after->id &&
                      one.before->mode == one.after->mode && one.before->path == one.after->path;
    if (!same) all.push_back(std::move(one));
  }
  if (!before.tree.empty() || !after.tree.empty()) {
    auto found = opened.git.differences(before.tree, after.tree);
    if (!found.ok()) return fromError(found.error());
    for (auto& difference : *found) {
      prefix(difference.before, before.path);
      prefix(difference.after, after.path);
      all.push_back(std::move(difference));
    }
  }
  return all;
}

json toBlob(const store::GitFileSide& side) {
  return {{"blobId", side.id}, {"path", side.path}, {"mode", side.mode}};
}

json toDifference(const store::GitDifference& difference) {
  json shown{{"changeType", !difference.before ? "A" : !difference.after ? "D" : "M"}};
  if (difference.before) shown["beforeBlob"] = toBlob(*difference.before);
  if (difference.after) shown["afterBlob"] = toBlob(*difference.after);
  return shown;
}

Result<std::vector<store::GitDifference>, ServiceError> differencesOf(const Opened& opened,
                                                                      const json& input) {
  const std::string afterPath = input.value("afterPath", "");
  const std::string beforePath = input.value("beforePath", afterPath);
  auto after = sideOf(opened, input.at("afterCommitSpecifier").get<std::string>(),
                      afterPath.empty() ? beforePath : afterPath);
  if (!after.ok()) return after.error();
  Side nothing;
  Result<Side, ServiceError> before(nothing);
  if (input.contains("beforeCommitSpecifier"))
    before = sideOf(opened, input.at("beforeCommitSpecifier").get<std::string>(), beforePath);
  if (!before.ok()) return before.error();
  if (!before->found && !after->found) return failure("PathDoesNotExistException");
  return compare(opened, *before, *after);
}

Answer getDifferences(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  const auto most = input.value("MaxResults", static_cast<std::int64_t>(kDifferencesPerPage));
  if (most < 1) return failure("InvalidMaxResultsException");
  json asked = input;
  asked.erase("NextToken");
  asked.erase("MaxResults");
  const std::string list = "GetDifferences/" + opened->repository.id + asked.dump();
  std::size_t from = 0;
  if (const auto token = input.find("NextToken"); token != input.end()) {
    const auto read = fromPageToken(list, token->get_ref<const std::string&>());
    if (!read) return failure("InvalidContinuationTokenException");
    std::from_chars(read->data(), read->data() + read->size(), from);
  }
  auto all = differencesOf(*opened, input);
  if (!all.ok()) return all.error();
  const std::size_t end = std::min(
      all->size(), from + std::min<std::size_t>(static_cast<std::size_t>(most), kMostResults));
  json answer{{"differences", json::array()}};
  for (std::size_t at = from; at < end; ++at)
    answer["differences"].push_back(toDifference((*all)[at]));
  if (end < all->size()) answer["NextToken"] = toPageToken(list, std::to_string(end));
  return answer;
}

}  // namespace

void addDifferenceOperations(Operations& operations, const Deps& deps) {
  operations["GetDifferences"] = [deps](const json& input, const CallContext& context) {
    return getDifferences(deps, input, context);
  };
}

}  // namespace kiln::api::codecommit
