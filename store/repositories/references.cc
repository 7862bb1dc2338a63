#include "store/repositories/references.h"

#include <nlohmann/json.hpp>

#include "store/records/event.h"

namespace kiln::store {

using nlohmann::json;

std::vector<ReferenceChange> changesBetween(const References& before, const References& after) {
  std::vector<ReferenceChange> changes;
  for (const auto& [name, target] : before) {
    const auto now = after.find(name);
    if (now == after.end()) {
      changes.push_back({name, target, {}});
    } else if (now->second.id != target.id) {
      changes.push_back({name, target, now->second});
    }
  }
  for (const auto& [name, target] : after) {
    if (!before.contains(name)) changes.push_back({name, {}, target});
  }
  return changes;
}

std::string referenceNote(const std::string& name) { return std::string(kReferenceNotes) + name; }

std::string toNoteValue(const ReferenceTarget& target) { return target.id + " " + target.commit; }

ReferenceTarget fromNoteValue(std::string_view value) {
  const auto space = value.find(' ');
  if (space == std::string_view::npos) return {std::string(value), {}};
  return {std::string(value.substr(0, space)), std::string(value.substr(space + 1))};
}

namespace {

const char* eventName(const ReferenceChange& change) {
  if (change.before.id.empty()) return "referenceCreated";
  return change.after.id.empty() ? "referenceDeleted" : "referenceUpdated";
}

const std::string& shownId(const ReferenceTarget& target) {
  return target.commit.empty() ? target.id : target.commit;
}

}  // namespace

OutboxEntry toEvent(const ReferenceChange& change, const Repository& repository,
                    const std::string& callerArn, std::uint64_t version, TimePoint time) {
  const bool tag = change.name.starts_with(kTags);
  json detail = {{"event", eventName(change)},
                 {"repositoryName", repository.name},
                 {"repositoryId", repository.id},
                 {"referenceType", tag ? "tag" : "branch"},
                 {"referenceName", change.name.substr(tag ? kTags.size() : kHeads.size())},
                 {"referenceFullName", change.name},
                 {"callerUserArn", callerArn}};
  if (!change.after.id.empty()) detail["commitId"] = shownId(change.after);
  if (!change.before.id.empty()) detail["oldCommitId"] = shownId(change.before);
  return makeEvent({.id = nameUuid("codecommit/" + repository.id + "/" + change.name + "/" +
                                   std::to_string(version)),
                    .source = "aws.codecommit",
                    .detailType = "CodeCommit Repository State Change",
                    .subject = repository.key(),
                    .time = time,
                    .resources = {repository.arn()}},
                   std::move(detail));
}

std::string firstDefaultBranch(const References& references) {
  for (const char* wanted : {"main", "master"}) {
    if (references.contains(std::string(kHeads) + wanted)) return wanted;
  }
  const auto first = references.lower_bound(kHeads);
  if (first == references.end() || !first->first.starts_with(kHeads)) return {};
  return first->first.substr(kHeads.size());
}

}  // namespace kiln::store
