#include <nlohmann/json.hpp>

#include "api/codecommit/access.h"
#include "api/codecommit/families.h"
#include "api/model/base64.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;
using store::EntryKind;

constexpr std::uint64_t kMostFileBytes = 6 * 1024 * 1024;

bool isFile(EntryKind kind) {
  return kind == EntryKind::kFile || kind == EntryKind::kExecutable || kind == EntryKind::kSymlink;
}

Result<store::GitBlob, ServiceError> getBlob(const Opened& opened, const std::string& id,
                                             const char* missing) {
  auto blob = opened.git.findBlob(id, kMostFileBytes);
  if (!blob.ok()) return fromError(blob.error());
  if (!*blob) return failure(missing);
  if ((*blob)->size > kMostFileBytes) return failure("FileTooLargeException");
  return std::move(**blob);
}

Answer getFile(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  auto path = filePath(input.at("filePath").get<std::string>());
  if (!path.ok()) return path.error();
  auto commit = getCommit(*opened, input.value("commitSpecifier", ""));
  if (!commit.ok()) return commit.error();
  auto entry = opened->git.findEntry(commit->tree, *path);
  if (!entry.ok()) return fromError(entry.error());
  if (!*entry || !isFile((*entry)->kind)) return failure("FileDoesNotExistException");
  auto blob = getBlob(*opened, (*entry)->id, "FileDoesNotExistException");
  if (!blob.ok()) return blob.error();
  return json{{"commitId", commit->id}, {"blobId", (*entry)->id},
              {"filePath", *path},      {"fileMode", fileMode((*entry)->kind)},
              {"fileSize", blob->size}, {"fileContent", toBase64(blob->bytes)}};
}

Answer getBlobById(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  auto blob =
      getBlob(*opened, input.at("blobId").get<std::string>(), "BlobIdDoesNotExistException");
  if (!blob.ok()) return blob.error();
  return json{{"content", toBase64(blob->bytes)}};
}

void addEntry(json& answer, const store::GitEntry& entry, const std::string& folder) {
  json shown{{"absolutePath", folder.empty() ? entry.name : folder + "/" + entry.name},
             {"relativePath", entry.name}};
  switch (entry.kind) {
    case EntryKind::kFolder:
      shown["treeId"] = entry.id;
      answer["subFolders"].push_back(std::move(shown));
      return;
    case EntryKind::kSubmodule:
      shown["commitId"] = entry.id;
      answer["subModules"].push_back(std::move(shown));
      return;
    case EntryKind::kFile:
    case EntryKind::kExecutable:
    case EntryKind::kSymlink:
      shown["blobId"] = entry.id;
      shown["fileMode"] = fileMode(entry.kind);
      answer[entry.kind == EntryKind::kSymlink ? "symbolicLinks" : "files"].push_back(
          std::move(shown));
      return;
  }
}

Answer getFolder(const Deps& deps, const json& input, const CallContext& context) {
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  auto path = folderPath(input.at("folderPath").get<std::string>());
  if (!path.ok()) return path.error();
  auto commit = getCommit(*opened, input.value("commitSpecifier", ""));
  if (!commit.ok()) return commit.error();
  std::string tree = commit->tree;
  if (!path->empty()) {
    auto entry = opened->git.findEntry(tree, *path);
    if (!entry.ok()) return fromError(entry.error());
    if (!*entry || (*entry)->kind != EntryKind::kFolder)
      return failure("FolderDoesNotExistException");
    tree = (*entry)->id;
  }
  auto entries = opened->git.list(tree);
  if (!entries.ok()) return fromError(entries.error());
  json answer{
      {"commitId", commit->id},      {"folderPath", *path},    {"treeId", tree},
      {"subFolders", json::array()}, {"files", json::array()}, {"symbolicLinks", json::array()},
      {"subModules", json::array()}};
  for (const auto& entry : *entries) addEntry(answer, entry, *path);
  return answer;
}

}  // namespace

void addFileQueryOperations(Operations& operations, const Deps& deps) {
  const auto add = [&](const char* name, auto handler) {
    operations[name] = [deps, handler](const json& input, const CallContext& context) {
      return handler(deps, input, context);
    };
  };
  add("GetFile", getFile);
  add("GetFolder", getFolder);
  add("GetBlob", getBlobById);
}

}  // namespace kiln::api::codecommit
