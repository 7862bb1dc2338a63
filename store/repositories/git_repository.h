// GitRepository: the git data of one repository, read and written through libgit2.
//
// Opened for one call and closed after it, so that it always sees what git's own programs did. One thread. Ids are 40 hexadecimal
// digits. Writing: objects first, then one reference with compare-and-set; all of it synced.
// Failure: nullopt for what is not there; kConflict when a reference is not what it was expected to be; kCorrupt and kInternal with
// what was attempted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/result.h"
#include "store/repositories/git_handles.h"
#include "store/repositories/references.h"

namespace kiln::store {

struct GitSignature {
  std::string name;
  std::string email;
  std::int64_t seconds = 0;  // since 1970
  int offsetMinutes = 0;     // of the time zone
};

struct GitCommit {
  std::string id;
  std::string tree;
  std::vector<std::string> parents;
  std::string message;
  GitSignature author;
  GitSignature committer;
};

enum class EntryKind { kFile, kExecutable, kSymlink, kFolder, kSubmodule };

struct GitEntry {
  EntryKind kind = EntryKind::kFile;
  std::string id;
  std::string name;
};

struct GitBlob {
  std::uint64_t size = 0;
  std::string bytes;  // empty when it is larger than asked for
};

// One side of a difference.
struct GitFileSide {
  std::string id;
  std::string path;
  std::string mode;  // 100644
};

struct GitDifference {
  std::optional<GitFileSide> before;
  std::optional<GitFileSide> after;
};

// What a new tree changes: a path's new entry (its name is not used), or none to remove it.
using TreeEdits = std::map<std::string, std::optional<GitEntry>>;

// May a reference have this full name?
bool isReferenceName(const std::string& name);

class GitRepository {
 public:
  static Result<GitRepository> open(const std::filesystem::path& path);

  // Branches and tags.
  Result<References> references() const;
  Result<std::optional<std::string>> findReference(const std::string& name) const;  // its target

  // A branch or tag name, a full reference name, HEAD, or a whole commit id: the commit.
  Result<std::optional<std::string>> resolve(const std::string& specifier) const;
  Result<std::optional<GitCommit>> findCommit(const std::string& id) const;
  Result<std::optional<GitEntry>> findEntry(const std::string& tree, const std::string& path) const;
  Result<std::vector<GitEntry>> list(const std::string& tree) const;
  Result<std::optional<GitBlob>> findBlob(const std::string& id, std::uint64_t most) const;
  Result<std::optional<std::string>> mergeBase(const std::string& one,
                                               const std::string& other) const;
  // Of two trees, in the order of their paths; an empty id is the empty tree.
  Result<std::vector<GitDifference>> differences(const std::string& before,
                                                 const std::string& after) const;

  // The id that writeBlob() answers, without writing.
  static std::string blobId(const std::string& bytes);
  Result<std::string> writeBlob(const std::string& bytes);
  // `base` with the edits; a folder left empty goes, or with `keepEmptyFolders` gets a file .gitkeep.
  Result<std::string> writeTree(const std::string& base, const TreeEdits& edits,
                                bool keepEmptyFolders);
  Result<std::string> writeCommit(const GitCommit& commit);
  // Sets the reference if it still is `expected` (empty: if it is not there).
  Status setReference(const std::string& name, const std::string& target,
                      const std::string& expected);
  Status removeReference(const std::string& name, const std::string& expected);
  // Which branch HEAD means, whether it exists or not.
  Status setHead(const std::string& branch);

 private:
  explicit GitRepository(GitHandle<git_repository> handle) : handle_(std::move(handle)) {}
  Result<std::optional<std::string>> peelToCommit(const git_oid& id) const;

  GitHandle<git_repository> handle_;
};

}  // namespace kiln::store
