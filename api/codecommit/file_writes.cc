#include <nlohmann/json.hpp>

#include "api/codecommit/committing.h"
#include "api/codecommit/families.h"
#include "api/model/base64.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

std::string lastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

CommitText textOf(const json& input, const std::string& otherwise) {
  std::string message = input.value("commitMessage", "");
  return {input.value("name", ""), input.value("email", ""),
          message.empty() ? otherwise : std::move(message)};
}

Answer putFile(const Deps& deps, const json& input, const CallContext& context) {
  auto path = filePath(input.at("filePath").get<std::string>());
  if (!path.ok()) return path.error();
  const auto bytes = fromBase64(input.at("fileContent").get_ref<const std::string&>());
  return inTurn(deps, input, context, [&](Opened& opened) -> Answer {
    auto target = getTarget(opened, input);
    if (!target.ok()) return target.error();
    if (auto wrong = checkPlace(opened, *target, *path, {})) return *wrong;
    auto before = entryAt(opened, *target, *path);
    if (!before.ok()) return before.error();
    const std::string blob = store::GitRepository::blobId(*bytes);
    store::GitEntry entry{*before ? (*before)->kind : store::EntryKind::kFile, blob, {}};
    if (const auto mode = input.find("fileMode"); mode != input.end())
      entry.kind = fromFileMode(mode->get_ref<const std::string&>());
    if (*before && (*before)->id == blob && (*before)->kind == entry.kind)
      return failure("SameFileContentException");
    if (auto wrote = opened.git.writeBlob(*bytes); !wrote.ok()) return fromError(wrote.error());
    auto tree = opened.git.writeTree(target->tree(), {{*path, entry}}, false);
    if (!tree.ok()) return fromError(tree.error());
    const std::string otherwise = (*before ? "Edited " : "Added ") + lastPart(*path);
    auto commit =
        commitTo(opened, *target, *tree, textOf(input, otherwise), context, deps.clock.now());
    if (!commit.ok()) return commit.error();
    return json{{"commitId", commit->id}, {"blobId", blob}, {"treeId", commit->tree}};
  });
}

Answer deleteFile(const Deps& deps, const json& input, const CallContext& context) {
  auto path = filePath(input.at("filePath").get<std::string>());
  if (!path.ok()) return path.error();
  return inTurn(deps, input, context, [&](Opened& opened) -> Answer {
    auto target = getTarget(opened, input);
    if (!target.ok()) return target.error();
    auto before = entryAt(opened, *target, *path);
    if (!before.ok()) return before.error();
    if (!*before || (*before)->kind == store::EntryKind::kFolder ||
        (*before)->kind == store::EntryKind::kSubmodule) {
      return failure("FileDoesNotExistException");
    }
    auto tree = opened.git.writeTree(target->tree(), {{*path, std::nullopt}},
                                     input.value("keepEmptyFolders", false));
    if (!tree.ok()) return fromError(tree.error());
    auto commit = commitTo(opened, *target, *tree, textOf(input, "Deleted " + lastPart(*path)),
                           context, deps.clock.now());
    if (!commit.ok()) return commit.error();
    return json{{"commitId", commit->id},
                {"blobId", (*before)->id},
                {"treeId", commit->tree},
                {"filePath", *path}};
  });
}

}  // namespace

void addFileWriteOperations(Operations& operations, const Deps& deps) {
  operations["PutFile"] = [deps](const json& input, const CallContext& context) {
    return putFile(deps, input, context);
  };
  operations["DeleteFile"] = [deps](const json& input, const CallContext& context) {
    return deleteFile(deps, input, context);
  };
}

}  // namespace kiln::api::codecommit
