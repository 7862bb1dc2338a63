// References of a repository as the store notes them, and what changed between two looks. Pure.
//
// The notes say what events have been told of; the repository says what is. Comparing the two after a write, and again at start, loses
// no change and tells none twice.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/repositories/repository.h"

namespace kiln::store {

struct ReferenceTarget {
  std::string id;      // what the reference names: a commit, or an annotated tag
  std::string commit;  // the commit in the end; empty when it is none
  bool operator==(const ReferenceTarget&) const = default;
};

// By full name: refs/heads/main, refs/tags/v1.
using References = std::map<std::string, ReferenceTarget, std::less<>>;

struct ReferenceChange {
  std::string name;
  ReferenceTarget before;  // both members empty: it was not there
  ReferenceTarget after;   // both members empty: it is gone
};

std::vector<ReferenceChange> changesBetween(const References& before, const References& after);

inline constexpr std::string_view kHeads = "refs/heads/";
inline constexpr std::string_view kTags = "refs/tags/";
inline constexpr std::string_view kReferenceNotes = "ref/";

std::string referenceNote(const std::string& name);
std::string toNoteValue(const ReferenceTarget& target);
ReferenceTarget fromNoteValue(std::string_view value);

// `CodeCommit Repository State Change`. `version` is that of the commit it is emitted in: it makes the event's id.
OutboxEntry toEvent(const ReferenceChange& change, const Repository& repository,
                    const std::string& callerArn, std::uint64_t version, TimePoint time);

// The branch that becomes the default one with the first push: main, else master, else the first by name; empty without a branch.
std::string firstDefaultBranch(const References& references);

}  // namespace kiln::store
