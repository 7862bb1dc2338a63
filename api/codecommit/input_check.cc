#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "api/codecommit/access.h"
#include "api/codecommit/codecommit.h"
#include "api/codecommit/triggers.h"
#include "api/model/base64.h"
#include "api/model/service_model.h"

namespace kiln::api {
namespace {

using codecommit::failure;
using codecommit::Refusal;
using nlohmann::json;

constexpr std::size_t kMostContent = 6 * 1024 * 1024;
constexpr std::size_t kMostMessage = 256 * 1024;
constexpr std::size_t kMostName = 255;
constexpr std::size_t kMostDescription = 1000;

using Test = std::function<const char*(const json& value)>;  // the exception it breaks, or nullptr

struct Rule {
  const char* missing = nullptr;  // the exception when a required member is not there
  Test test;
};

Test unless(bool (*valid)(std::string_view), const char* exception) {
  return [valid, exception](const json& value) {
    return valid(value.get_ref<const std::string&>()) ? nullptr : exception;
  };
}

Test oneOf(std::vector<std::string> values, const char* exception) {
  return [values = std::move(values), exception](const json& value) {
    for (const auto& known : values) {
      if (value == known) return static_cast<const char*>(nullptr);
    }
    return exception;
  };
}

Test shorterThan(std::size_t most, const char* exception) {
  return [most, exception](const json& value) {
    return value.get_ref<const std::string&>().size() <= most ? nullptr : exception;
  };
}

const char* checkContent(const json& value) {
  const auto bytes = fromBase64(value.get_ref<const std::string&>());
  return bytes->size() <= kMostContent ? nullptr : "FileContentSizeLimitExceededException";
}

const char* checkEmail(const json& value) {
  const auto& email = value.get_ref<const std::string&>();
  const bool odd = email.find_first_of(std::string_view("<>\n\r\0", 5)) != std::string::npos;
  return odd || email.size() > kMostName ? "InvalidEmailException" : nullptr;
}

const char* checkNames(const json& value) {
  if (value.empty()) return "RepositoryNamesRequiredException";
  if (value.size() > 100) return "MaximumRepositoryNamesExceededException";
  for (const auto& name : value) {
    if (!name.is_string() || !codecommit::isRepositoryName(name.get_ref<const std::string&>()))
      return "InvalidRepositoryNameException";
  }
  return nullptr;
}

const char* checkCommitIds(const json& value) {
  if (value.empty()) return "CommitIdsListRequiredException";
  return value.size() > 100 ? "CommitIdsLimitExceededException" : nullptr;
}

const std::map<std::string, Rule, std::less<>>& rules() {
  const Rule repository{"RepositoryNameRequiredException",
                        unless(codecommit::isRepositoryName, "InvalidRepositoryNameException")};
  const Rule branch{"BranchNameRequiredException",
                    unless(codecommit::isBranchName, "InvalidBranchNameException")};
  const Rule commitId{"CommitIdRequiredException",
                      unless(codecommit::isObjectId, "InvalidCommitIdException")};
  const Rule name{nullptr, shorterThan(kMostName, "NameLengthExceededException")};
  const Rule commit{"CommitRequiredException", nullptr};
  static const std::map<std::string, Rule, std::less<>> kRules{
      {"repositoryName", repository},
      {"oldName", repository},
      {"newName", repository},
      {"repositoryNames", {"RepositoryNamesRequiredException", checkNames}},
      {"repositoryDescription",
       {nullptr, shorterThan(kMostDescription * 4, "InvalidRepositoryDescriptionException")}},
      {"branchName", branch},
      {"defaultBranchName", branch},
      {"targetBranch", branch},
      {"commitId", commitId},
      {"commitIds", {"CommitIdsListRequiredException", checkCommitIds}},
      {"parentCommitId",
       {"ParentCommitIdRequiredException",
        unless(codecommit::isObjectId, "InvalidParentCommitIdException")}},
      {"blobId",
       {"BlobIdRequiredException", unless(codecommit::isObjectId, "InvalidBlobIdException")}},
      {"filePath", {"PathRequiredException", nullptr}},
      {"folderPath", {"PathRequiredException", nullptr}},
      {"fileContent", {"FileContentRequiredException", checkContent}},
      {"fileMode",
       {"FileModeRequiredException",
        oneOf({"EXECUTABLE", "NORMAL", "SYMLINK"}, "InvalidFileModeException")}},
      {"commitMessage",
       {nullptr, shorterThan(kMostMessage, "CommitMessageLengthExceededException")}},
      {"name", name},
      {"authorName", name},
      {"email", {nullptr, checkEmail}},
      {"afterCommitSpecifier", commit},
      {"sourceCommitSpecifier", commit},
      {"destinationCommitSpecifier", commit},
      {"sortBy",
       {nullptr, oneOf({"repositoryName", "lastModifiedDate"}, "InvalidSortByException")}},
      {"order", {nullptr, oneOf({"ascending", "descending"}, "InvalidOrderException")}},
      {"triggers", {"RepositoryTriggersListRequiredException", codecommit::triggersFault}},
      {"resourceArn", {"ResourceArnRequiredException", nullptr}},
      {"tags", {"TagsMapRequiredException", nullptr}},
      {"tagKeys", {"TagKeysListRequiredException", nullptr}}};
  return kRules;
}

Refusal checkMember(const std::string& name, const json* value, bool required) {
  const auto rule = rules().find(name);
  if (rule == rules().end()) return std::nullopt;
  const bool absent = value == nullptr || (value->is_string() && *value == "" && required &&
                                           name != "repositoryName" && name != "fileContent");
  if (absent) {
    return required && rule->second.missing != nullptr ? Refusal(failure(rule->second.missing))
                                                       : std::nullopt;
  }
  if (!rule->second.test) return std::nullopt;
  const char* broken = rule->second.test(*value);
  return broken != nullptr ? Refusal(failure(broken)) : std::nullopt;
}

Refusal checkStructure(const Shape& shape, const json& input, bool allRequired);

// The entries of putFiles, deleteFiles and setFileModes.
Refusal checkEntries(const Shape& list, const json& entries) {
  if (list.element == nullptr || list.element->type != ShapeType::kStructure) return std::nullopt;
  for (const auto& entry : entries) {
    if (!entry.is_object()) continue;
    if (auto wrong = checkStructure(*list.element, entry, false)) return wrong;
  }
  return std::nullopt;
}

Refusal checkStructure(const Shape& shape, const json& input, bool allRequired) {
  for (const Member& member : shape.members) {
    const auto at = input.find(member.name);
    const json* value = at == input.end() ? nullptr : &*at;
    if (auto wrong = checkMember(member.name, value, member.required || allRequired)) return wrong;
    if (value != nullptr && member.shape->type == ShapeType::kList && member.name != "triggers") {
      if (auto wrong = checkEntries(*member.shape, *value)) return wrong;
    }
  }
  return std::nullopt;
}

}  // namespace

InputCheck codecommitInputCheck() {
  return [](const OperationModel& operation, const json& input) {
    // GetBranch's table requires nothing, the service both members.
    return checkStructure(*operation.input, input, operation.name == "GetBranch");
  };
}

}  // namespace kiln::api
