#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/codecommit/committing.h"
#include "api/codecommit/families.h"
#include "api/model/base64.h"
#include "api/model/json_access.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;
using store::EntryKind;

constexpr std::size_t kMostEntries = 100;
constexpr std::size_t kMostContent = 7 * 1024 * 1024;
constexpr std::size_t kMostOfFolder = 6 * 1024 * 1024;

bool isFile(const std::optional<store::GitEntry>& entry) {
  return entry && entry->kind != EntryKind::kFolder && entry->kind != EntryKind::kSubmodule;
}

bool isKeepFile(const std::string& path) {
  return path == ".gitkeep" || path.ends_with("/.gitkeep");
}

// Gathers what one CreateCommit changes, each path once, and says what is wrong with it, before anything is written.
class Changes {
 public:
  Changes(Opened& opened, const Target& target) : opened_(opened), target_(target) {}

  Refusal add(const json& input) {
    for (const auto& entry : listOf(input, "putFiles")) {
      if (auto wrong = claimMove(entry)) return wrong;
    }
    for (const auto& entry : listOf(input, "deleteFiles")) {
      if (auto wrong = remove(entry.at("filePath").get<std::string>())) return wrong;
    }
    for (const auto& entry : listOf(input, "setFileModes")) {
      if (auto wrong = setMode(entry)) return wrong;
    }
    for (const auto& entry : listOf(input, "putFiles")) {
      if (auto wrong = put(entry)) return wrong;
    }
    return checkPlaces();
  }

  const store::TreeEdits& edits() const { return edits_; }

  Status writeBlobs() {
    for (const auto& bytes : contents_) {
      if (auto blob = opened_.git.writeBlob(bytes); !blob.ok()) return blob.error();
    }
    return okStatus();
  }

  // filesAdded, filesUpdated, filesDeleted.
  json told() const {
    json answer{{"filesAdded", json::array()},
                {"filesUpdated", json::array()},
                {"filesDeleted", json::array()}};
    for (const auto& [path, entry] : edits_) {
      const auto before = before_.at(path);
      const auto& shown = entry ? entry : before;
      const char* list = !entry ? "filesDeleted" : before ? "filesUpdated" : "filesAdded";
      if (entry && before && entry->id == before->id && entry->kind == before->kind) continue;
      answer[list].push_back(
          {{"absolutePath", path}, {"blobId", shown->id}, {"fileMode", fileMode(shown->kind)}});
    }
    return answer;
  }

 private:
  Result<std::optional<store::GitEntry>, ServiceError> look(const std::string& path) {
    auto entry = entryAt(opened_, target_, path);
    if (entry.ok()) before_[path] = isFile(*entry) ? *entry : std::nullopt;
    return entry;
  }

  Refusal claim(const std::string& path) {
    if (!claimed_.insert(path).second) return failure("SamePathRequestException");
    return std::nullopt;
  }

  // The source of a move is deleted.
  Refusal claimMove(const json& entry) {
    const auto source = entry.find("sourceFile");
    if (source == entry.end() || !source->value("isMove", false)) return std::nullopt;
    return remove(source->at("filePath").get<std::string>());
  }

  Refusal remove(const std::string& asked) {
    auto path = filePath(asked);
    if (!path.ok()) return path.error();
    if (auto wrong = claim(*path)) return wrong;
    auto entry = look(*path);
    if (!entry.ok()) return entry.error();
    if (!isFile(*entry)) return failure("FileDoesNotExistException");
    edits_[*path] = std::nullopt;
    removed_.insert(*path);
    return std::nullopt;
  }

  Refusal setMode(const json& asked) {
    auto path = filePath(asked.at("filePath").get<std::string>());
    if (!path.ok()) return path.error();
    if (auto wrong = claim(*path)) return wrong;
    auto entry = look(*path);
    if (!entry.ok()) return entry.error();
    if (!isFile(*entry)) return failure("FileDoesNotExistException");
    const auto kind = fromFileMode(asked.at("fileMode").get_ref<const std::string&>());
    edits_[*path] = store::GitEntry{kind, (*entry)->id, {}};
    return std::nullopt;
  }

  Refusal put(const json& asked) {
    auto path = filePath(asked.at("filePath").get<std::string>());
    if (!path.ok()) return path.error();
    if (auto wrong = claim(*path)) return wrong;
    auto before = look(*path);
    if (!before.ok()) return before.error();
    auto entry = contentOf(asked, *path, *before);
    if (!entry.ok()) return entry.error();
    if (const auto mode = asked.find("fileMode"); mode != asked.end())
      entry->kind = fromFileMode(mode->get_ref<const std::string&>());
    edits_[*path] = *entry;
    puts_.push_back(*path);
    return std::nullopt;
  }

  Result<store::GitEntry, ServiceError> contentOf(const json& asked, const std::string& path,
                                                  const std::optional<store::GitEntry>& before) {
    const auto content = asked.find("fileContent");
    const auto source = asked.find("sourceFile");
    if (content != asked.end() && source != asked.end())
      return failure("FileContentAndSourceFileSpecifiedException");
    if (content == asked.end() && source == asked.end())
      return failure("SourceFileOrContentRequiredException");
    if (source != asked.end()) return sourceOf(source->at("filePath").get<std::string>());
    auto bytes = fromBase64(content->get_ref<const std::string&>());
    total_ += bytes->size();
    auto& folder = folders_[path.substr(0, path.rfind('/') + 1)];
    folder += bytes->size();
    if (total_ > kMostContent) return failure("FileContentSizeLimitExceededException");
    if (folder > kMostOfFolder) return failure("FolderContentSizeLimitExceededException");
    contents_.push_back(std::move(*bytes));
    return store::GitEntry{isFile(before) ? before->kind : EntryKind::kFile,
                           store::GitRepository::blobId(contents_.back()),
                           {}};
  }

  Result<store::GitEntry, ServiceError> sourceOf(const std::string& asked) {
    auto path = filePath(asked);
    if (!path.ok()) return path.error();
    if (isKeepFile(*path)) return failure("RestrictedSourceFileException");
    auto entry = entryAt(opened_, target_, *path);
    if (!entry.ok()) return entry.error();
    if (!isFile(*entry)) return failure("FileDoesNotExistException");
    return std::move(**entry);
  }

  Refusal checkPlaces() const {
    for (const auto& path : puts_) {
      for (const auto& other : puts_) {
        if (other.starts_with(path + "/")) return failure("PutFileEntryConflictException");
      }
      if (auto wrong = checkPlace(opened_, target_, path, removed_)) return wrong;
    }
    return std::nullopt;
  }

  Opened& opened_;
  const Target& target_;
  store::TreeEdits edits_;
  std::map<std::string, std::optional<store::GitEntry>> before_;
  std::set<std::string> claimed_;
  std::set<std::string> removed_;
  std::vector<std::string> puts_;
  std::vector<std::string> contents_;
  std::map<std::string, std::size_t> folders_;
  std::size_t total_ = 0;
};

Refusal checkCount(const json& input) {
  const std::size_t entries = listOf(input, "putFiles").size() +
                              listOf(input, "deleteFiles").size() +
                              listOf(input, "setFileModes").size();
  if (entries == 0) return failure("FileEntryRequiredException");
  if (entries > kMostEntries) return failure("MaximumFileEntriesExceededException");
  return std::nullopt;
}

bool nothingIn(const json& told) {
  return std::all_of(told.begin(), told.end(), [](const json& list) { return list.empty(); });
}

CommitText textOf(const json& input, const json& told) {
  CommitText text{input.value("authorName", ""), input.value("email", ""),
                  input.value("commitMessage", "")};
  if (!text.message.empty()) return text;
  for (const auto& [list, word] :
       {std::pair("filesAdded", "Added "), std::pair("filesUpdated", "Edited "),
        std::pair("filesDeleted", "Deleted ")}) {
    for (const auto& file : told.at(list)) {
      text.message += (text.message.empty() ? "" : "\n") + std::string(word) +
                      file.at("absolutePath").get<std::string>();
    }
  }
  return text;
}

Answer createCommit(const Deps& deps, const json& input, const CallContext& context) {
  if (auto wrong = checkCount(input)) return *wrong;
  return inTurn(deps, input, context, [&](Opened& opened) -> Answer {
    auto target = getTarget(opened, input);
    if (!target.ok()) return target.error();
    Changes changes(opened, *target);
    if (auto wrong = changes.add(input)) return *wrong;
    json answer = changes.told();
    if (nothingIn(answer)) return failure("NoChangeException");
    if (auto wrote = changes.writeBlobs(); !wrote.ok()) return fromError(wrote.error());
    auto tree = opened.git.writeTree(target->tree(), changes.edits(),
                                     input.value("keepEmptyFolders", false));
    if (!tree.ok()) return fromError(tree.error());
    auto commit =
        commitTo(opened, *target, *tree, textOf(input, answer), context, deps.clock.now());
    if (!commit.ok()) return commit.error();
    answer["commitId"] = commit->id;
    answer["treeId"] = commit->tree;
    return answer;
  });
}

}  // namespace

void addCreateCommitOperation(Operations& operations, const Deps& deps) {
  operations["CreateCommit"] = [deps](const json& input, const CallContext& context) {
    return createCommit(deps, input, context);
  };
}

}  // namespace kiln::api::codecommit
