// Handles of libgit2 with one owner each, and its errors as ours. For the sources of this folder only.
//
// Threads: a handle is one thread's. Failure: gitError() reads the calling thread's last error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controller/core/result.h"

struct git_blob;
struct git_commit;
struct git_diff;
struct git_object;
struct git_oid;
struct git_reference;
struct git_reference_iterator;
struct git_repository;
struct git_tree;
struct git_tree_entry;
struct git_treebuilder;

namespace kiln::store {

struct GitFree {
  void operator()(git_blob* held) const;
  void operator()(git_commit* held) const;
  void operator()(git_diff* held) const;
  void operator()(git_object* held) const;
  void operator()(git_reference* held) const;
  void operator()(git_reference_iterator* held) const;
  void operator()(git_repository* held) const;
  void operator()(git_tree* held) const;
  void operator()(git_tree_entry* held) const;
  void operator()(git_treebuilder* held) const;
};

template <typename T>
using GitHandle = std::unique_ptr<T, GitFree>;

// Makes libgit2 ready: its table of settings, no configuration of the user or the system, everything synced. Once per process.
void startGitLibrary();

// What failed, and what libgit2 says about it; kNotFound, kAlreadyExists and kConflict where its answer means that.
Error gitError(int answer, std::string_view attempted);

std::string toHex(const git_oid& id);
// False unless `hex` is a whole object id.
bool fromHex(std::string_view hex, git_oid& id);

}  // namespace kiln::store
