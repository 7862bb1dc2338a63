#include <git2.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "store/repositories/git_repository.h"

namespace kiln::store {
namespace {

git_filemode_t modeOf(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFile: return GIT_FILEMODE_BLOB;
    case EntryKind::kExecutable: return GIT_FILEMODE_BLOB_EXECUTABLE;
    case EntryKind::kSymlink: return GIT_FILEMODE_LINK;
    case EntryKind::kFolder: return GIT_FILEMODE_TREE;
    case EntryKind::kSubmodule: return GIT_FILEMODE_COMMIT;
  }
  unreachable();
}

// The edits as a tree of their own: what happens in which folder.
struct Folder {
  std::map<std::string, std::unique_ptr<Folder>> folders;
  std::map<std::string, std::optional<GitEntry>> files;
};

Folder toFolders(const TreeEdits& edits) {
  Folder root;
  for (const auto& [path, entry] : edits) {
    Folder* folder = &root;
    std::size_t begin = 0;
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', begin)) {
      auto& next = folder->folders[path.substr(begin, slash - begin)];
      if (!next) next = std::make_unique<Folder>();
      folder = next.get();
      begin = slash + 1;
    }
    folder->files[path.substr(begin)] = entry;
  }
  return root;
}

// Writes trees from the leaves up. What it answers is the tree's id; nullopt for a folder that is left empty.
class TreeWriter {
 public:
  TreeWriter(git_repository* repository, bool keepEmptyFolders)
      : repository_(repository), keepEmptyFolders_(keepEmptyFolders) {}

  Result<std::optional<git_oid>> write(const git_oid* base, const Folder& edits, bool root) {
    GitHandle<git_tree> tree;
    if (base != nullptr) {
      git_tree* found = nullptr;
      if (const int answer = git_tree_lookup(&found, repository_, base); answer != 0)
        return gitError(answer, "reading tree " + toHex(*base));
      tree.reset(found);
    }
    git_treebuilder* made = nullptr;
    if (const int answer = git_treebuilder_new(&made, repository_, tree.get()); answer != 0)
      return gitError(answer, "beginning a tree");
    const GitHandle<git_treebuilder> builder(made);
    for (const auto& [name, entry] : edits.files) {
      if (auto done = apply(builder.get(), name, entry); !done.ok()) return done.error();
    }
    for (const auto& [name, folder] : edits.folders) {
      if (auto done = descend(builder.get(), name, *folder); !done.ok()) return done.error();
    }
    return finish(builder.get(), root);
  }

 private:
  Status apply(git_treebuilder* builder, const std::string& name,
               const std::optional<GitEntry>& entry) {
    if (!entry) {
      const bool there = git_treebuilder_get(builder, name.c_str()) != nullptr;
      const int answer = there ? git_treebuilder_remove(builder, name.c_str()) : 0;
      return answer == 0 ? okStatus() : gitError(answer, "removing " + name + " from a tree");
    }
    git_oid id;
    if (!fromHex(entry->id, id)) return Error{Code::kInternal, name + " has no object id"};
    return insert(builder, name, id, modeOf(entry->kind));
  }

  Status descend(git_treebuilder* builder, const std::string& name, const Folder& folder) {
    const git_tree_entry* there = git_treebuilder_get(builder, name.c_str());
    const bool isFolder = there != nullptr && git_tree_entry_filemode(there) == GIT_FILEMODE_TREE;
    git_oid base{};
    if (isFolder) base = *git_tree_entry_id(there);
    auto written = write(isFolder ? &base : nullptr, folder, false);
    if (!written.ok()) return written.error();
    if (*written) return insert(builder, name, **written, GIT_FILEMODE_TREE);
    return isFolder ? apply(builder, name, std::nullopt) : okStatus();
  }

  Result<std::optional<git_oid>> finish(git_treebuilder* builder, bool root) {
    if (git_treebuilder_entrycount(builder) == 0 && !root) {
      if (!keepEmptyFolders_) return std::optional<git_oid>();
      git_oid empty;
      if (const int answer = git_blob_create_from_buffer(&empty, repository_, "", 0); answer != 0)
        return gitError(answer, "writing an empty blob");
      if (auto done = insert(builder, ".gitkeep", empty, GIT_FILEMODE_BLOB); !done.ok())
        return done.error();
    }
    git_oid id;
    if (const int answer = git_treebuilder_write(&id, builder); answer != 0)
      return gitError(answer, "writing a tree");
    return std::optional(id);
  }

  static Status insert(git_treebuilder* builder, const std::string& name, const git_oid& id,
                       git_filemode_t mode) {
    const int answer = git_treebuilder_insert(nullptr, builder, name.c_str(), &id, mode);
    return answer == 0 ? okStatus() : gitError(answer, "adding '" + name + "' to a tree");
  }

  git_repository* repository_;
  bool keepEmptyFolders_;
};

// A line of a commit, as git writes it. What would end a name or the line is left out.
std::string signatureLine(const char* role, const GitSignature& who) {
  const auto plain = [](std::string text) {
    std::erase_if(text, [](char c) { return c == '<' || c == '>' || c == '\n' || c == '\0'; });
    return text;
  };
  char time[48];
  const int minutes = std::abs(who.offsetMinutes);
  std::snprintf(time, sizeof time, "%lld %c%02d%02d", static_cast<long long>(who.seconds),
                who.offsetMinutes < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
  return std::string(role) + " " + plain(who.name) + " <" + plain(who.email) + "> " + time + "\n";
}

}  // namespace

std::string GitRepository::blobId(const std::string& bytes) {
  git_oid id{};
  (void)git_odb_hash(&id, bytes.data(), bytes.size(), GIT_OBJECT_BLOB);  // fails for no bytes
  return toHex(id);
}

Result<std::string> GitRepository::writeBlob(const std::string& bytes) {
  git_oid id;
  const int answer = git_blob_create_from_buffer(&id, handle_.get(), bytes.data(), bytes.size());
  if (answer != 0) return gitError(answer, "writing a blob");
  return toHex(id);
}

Result<std::string> GitRepository::writeTree(const std::string& base, const TreeEdits& edits,
                                             bool keepEmptyFolders) {
  git_oid from;
  if (!base.empty() && !fromHex(base, from))
    return Error{Code::kInternal, "writing a tree over '" + base + "': no object id"};
  auto written = TreeWriter(handle_.get(), keepEmptyFolders)
                     .write(base.empty() ? nullptr : &from, toFolders(edits), true);
  if (!written.ok()) return written.error();
  return toHex(**written);
}

// Written as text: libgit2 refuses signatures without an address, which the API allows.
Result<std::string> GitRepository::writeCommit(const GitCommit& commit) {
  std::string text = "tree " + commit.tree + "\n";
  for (const auto& parent : commit.parents) text += "parent " + parent + "\n";
  text += signatureLine("author", commit.author) + signatureLine("committer", commit.committer);
  text += "\n" + commit.message;
  git_odb* odb = nullptr;
  int answer = git_repository_odb(&odb, handle_.get());
  if (answer != 0) return gitError(answer, "opening the object database");
  git_oid id;
  answer = git_odb_write(&id, odb, text.data(), text.size(), GIT_OBJECT_COMMIT);
  git_odb_free(odb);
  if (answer != 0) return gitError(answer, "writing a commit");
  return toHex(id);
}

Status GitRepository::setReference(const std::string& name, const std::string& target,
                                   const std::string& expected) {
  git_oid to;
  git_oid from{};
  if (!fromHex(target, to) || (!expected.empty() && !fromHex(expected, from)))
    return Error{Code::kInternal, "setting " + name + ": no object id"};
  git_reference* made = nullptr;
  const int answer =
      expected.empty()
          ? git_reference_create(&made, handle_.get(), name.c_str(), &to, 0, "api")
          : git_reference_create_matching(&made, handle_.get(), name.c_str(), &to, 1, &from, "api");
  const GitHandle<git_reference> reference(made);
  if (answer == GIT_EEXISTS && expected.empty())
    return Error{Code::kConflict, "setting " + name + ": it exists already"};
  if (answer != 0) return gitError(answer, "setting " + name + " to " + target);
  return okStatus();
}

Status GitRepository::removeReference(const std::string& name, const std::string& expected) {
  git_reference* found = nullptr;
  int answer = git_reference_lookup(&found, handle_.get(), name.c_str());
  if (answer != 0) return gitError(answer, "reading " + name);
  const GitHandle<git_reference> reference(found);
  const git_oid* target = git_reference_target(reference.get());
  if (target == nullptr || toHex(*target) != expected)
    return Error{Code::kConflict, "removing " + name + ": it is no longer " + expected};
  answer = git_reference_delete(reference.get());
  return answer == 0 ? okStatus() : gitError(answer, "removing " + name);
}

Status GitRepository::setHead(const std::string& branch) {
  const std::string target = std::string(kHeads) + branch;
  git_reference* found = nullptr;
  if (git_reference_lookup(&found, handle_.get(), "HEAD") == 0) {
    const GitHandle<git_reference> head(found);
    const char* now = git_reference_symbolic_target(head.get());
    if (now != nullptr && target == now) return okStatus();
  }
  git_reference* made = nullptr;
  const int answer =
      git_reference_symbolic_create(&made, handle_.get(), "HEAD", target.c_str(), 1, "api");
  const GitHandle<git_reference> head(made);
  return answer == 0 ? okStatus() : gitError(answer, "setting HEAD to " + target);
}

}  // namespace kiln::store
