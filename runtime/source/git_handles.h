// libgit2's objects with an owner, and its last error as a GitFault. For the sources of runtime/source alone.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "runtime/source/git_fault.h"

namespace kiln::runtime {

struct FreeHandle {
  void operator()(git_indexer* it) const { git_indexer_free(it); }
  void operator()(git_repository* it) const { git_repository_free(it); }
  void operator()(git_object* it) const { git_object_free(it); }
  void operator()(git_commit* it) const { git_commit_free(it); }
  void operator()(git_tree* it) const { git_tree_free(it); }
  void operator()(git_blob* it) const { git_blob_free(it); }
  void operator()(git_odb* it) const { git_odb_free(it); }
  void operator()(git_odb_object* it) const { git_odb_object_free(it); }
  void operator()(git_index* it) const { git_index_free(it); }
  void operator()(git_config* it) const { git_config_free(it); }
  void operator()(git_config_iterator* it) const { git_config_iterator_free(it); }
};

template <typename T>
using Handle = std::unique_ptr<T, FreeHandle>;

// Of the call that has just failed: a full disk and its like are the host's, everything else is about what was fetched.
inline GitFault gitFault(const std::string& attempted) {
  const git_error* last = git_error_last();
  const std::string words =
      attempted + ": " +
      (last == nullptr || last->message == nullptr ? "no reason given" : last->message);
  if (last == nullptr || (last->klass != GIT_ERROR_OS && last->klass != GIT_ERROR_NOMEMORY &&
                          last->klass != GIT_ERROR_FILESYSTEM))
    return GitFault::ofBuild(words);
  const bool full =
      words.find("No space left") != std::string::npos || words.find("quota") != std::string::npos;
  return GitFault::ofHost(
      {full || last->klass == GIT_ERROR_NOMEMORY ? Code::kResourceExhausted : Code::kUnavailable,
       words});
}

inline std::string textOf(const git_oid& oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, &oid);
}

}  // namespace kiln::runtime
