#include "store/repositories/git_handles.h"

#include <git2.h>

#include <algorithm>
#include <mutex>

namespace kiln::store {

void GitFree::operator()(git_blob* held) const { git_blob_free(held); }
void GitFree::operator()(git_commit* held) const { git_commit_free(held); }
void GitFree::operator()(git_diff* held) const { git_diff_free(held); }
void GitFree::operator()(git_object* held) const { git_object_free(held); }
void GitFree::operator()(git_reference* held) const { git_reference_free(held); }
void GitFree::operator()(git_reference_iterator* held) const { git_reference_iterator_free(held); }
void GitFree::operator()(git_repository* held) const { git_repository_free(held); }
void GitFree::operator()(git_tree* held) const { git_tree_free(held); }
void GitFree::operator()(git_tree_entry* held) const { git_tree_entry_free(held); }
void GitFree::operator()(git_treebuilder* held) const { git_treebuilder_free(held); }

void startGitLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    git_libgit2_init();
    for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
                            GIT_CONFIG_LEVEL_PROGRAMDATA}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  });
}

Error gitError(int answer, std::string_view attempted) {
  const git_error* last = git_error_last();
  Code code = Code::kInternal;
  if (answer == GIT_ENOTFOUND) code = Code::kNotFound;
  if (answer == GIT_EEXISTS) code = Code::kAlreadyExists;
  if (answer == GIT_EMODIFIED || answer == GIT_ELOCKED) code = Code::kConflict;
  if (answer == GIT_EINVALIDSPEC) code = Code::kInvalidArgument;
  return {code, std::string(attempted) + ": " +
                    (last != nullptr && last->message != nullptr
                         ? std::string(last->message)
                         : "libgit2 answered " + std::to_string(answer))};
}

std::string toHex(const git_oid& id) {
  std::string hex(GIT_OID_HEXSZ, '0');
  git_oid_fmt(hex.data(), &id);
  return hex;
}

bool fromHex(std::string_view hex, git_oid& id) {
  if (hex.size() != GIT_OID_HEXSZ) return false;
  if (!std::all_of(hex.begin(), hex.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      })) {
    return false;
  }
  return git_oid_fromstrn(&id, hex.data(), hex.size()) == 0;
}

}  // namespace kiln::store
