// A commit's tree as entries: judged once, then read blob by blob. Git's trees come from a server that is not trusted.
//
// Refused: names that no checkout may make (`..`, `.git`, a slash), the same name twice in a tree, and trees that unfold to more
// than the limits allow. A symbolic link may lead anywhere: what it means is the container's business.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/source/git_handles.h"
#include "runtime/source/source_spec.h"
#include "runtime/source/tree_names.h"

namespace kiln::runtime {

// One repository of a source: the source's own, or a submodule's.
struct GitPart {
  Handle<git_repository> repository;
  git_oid commit{};
  std::string prefix;    // of its files: empty or ending in a slash
  bool filters = false;  // it has .gitattributes, so line ends and idents may have to be changed
};

struct GitEntry {
  std::string name;
  git_oid oid{};
  EntryKind kind = EntryKind::kFile;
  int mode = 0644;
  std::int64_t size = 0;  // of the blob
  std::size_t part = 0;
  bool submodule = false;  // a directory that a repository belongs in
};

// What a source has so far, over all of its parts; the limits are for all of them together.
struct GitForest {
  SourceLimits limits;
  std::stop_token stop;
  std::vector<GitPart> parts;
  std::vector<GitEntry> entries;
  std::int64_t bytes = 0;
};

// Adds the tree of the part's commit below its prefix.
std::optional<GitFault> addTree(GitForest& forest, std::size_t part);

// The bytes a checkout would give a file or link: git's own, without a copy, or those that its filters made.
class GitContent {
 public:
  explicit GitContent(Handle<git_blob> blob) : blob_(std::move(blob)) {}
  explicit GitContent(std::string filtered) : filtered_(std::move(filtered)) {}
  std::string_view bytes() const;

 private:
  Handle<git_blob> blob_;
  std::string filtered_;
};
Result<GitContent> readBlob(const GitPart& part, const GitEntry& entry);

// A file's content in the part's tree, when it has one of that path and it is at most `maxBytes` long.
std::optional<std::string> findFile(const GitPart& part, const char* path, std::size_t maxBytes);

}  // namespace kiln::runtime
