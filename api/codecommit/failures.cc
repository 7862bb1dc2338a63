#include "api/codecommit/failures.h"

#include <map>

namespace kiln::api::codecommit {
namespace {

const std::map<std::string_view, std::string_view>& words() {
  static const std::map<std::string_view, std::string_view> kWords{
      {"RepositoryNameRequiredException", "A repository name is required, but was not specified."},
      {"RepositoryNamesRequiredException",
       "At least one repository name object is required, but was not specified."},
      {"MaximumRepositoryNamesExceededException",
       "The maximum number of allowed repository names was exceeded. Currently, this number is "
       "100."},
      {"InvalidRepositoryNameException",
       "The repository name is not valid. Repository names can be any valid combination of "
       "letters, numbers, periods, underscores, and dashes between 1 and 100 characters in "
       "length. Names are case sensitive, and cannot end in .git. For more information, see Limits "
       "in the AWS CodeCommit User Guide."},
      {"InvalidRepositoryDescriptionException",
       "The specified repository description is not valid. Descriptions are limited to 1000 "
       "characters."},
      {"InvalidSortByException", "The specified sort by value is not valid."},
      {"InvalidOrderException", "The specified sort order is not valid."},
      {"InvalidContinuationTokenException", "The specified continuation token is not valid."},
      {"InvalidMaxResultsException", "The specified number of maximum results is not valid."},
      {"BranchNameRequiredException", "A branch name is required, but was not specified."},
      {"InvalidBranchNameException", "The specified reference name is not valid."},
      {"InvalidTargetBranchException", "The specified target branch is not valid."},
      {"BranchNameExistsException",
       "Cannot create the branch with the specified name because the "
       "commit conflicts with an existing branch with the same name. "
       "Branch names must be unique."},
      {"BranchNameIsTagNameException",
       "The specified branch name is not valid because it is a tag name. Enter the name of a "
       "branch "
       "in the repository. For a list of valid branch names, use ListBranches."},
      {"DefaultBranchCannotBeDeletedException",
       "The specified branch is the default branch for the repository, and cannot be deleted. To "
       "delete this branch, you must first set another branch as the default branch."},
      {"CommitIdRequiredException", "A commit ID was not specified."},
      {"InvalidCommitIdException", "The specified commit ID is not valid."},
      {"CommitIdDoesNotExistException", "The specified commit ID does not exist."},
      {"CommitIdsListRequiredException",
       "A list of commit IDs is required, but was either not "
       "specified or the list was empty."},
      {"CommitIdsLimitExceededException",
       "The maximum number of allowed commit IDs in a batch request is 100. Verify that your batch "
       "requests contains no more than 100 commit IDs, and then try again."},
      {"CommitRequiredException", "A commit was not specified."},
      {"InvalidCommitException", "The specified commit is not valid."},
      {"CommitDoesNotExistException",
       "The specified commit does not exist or no commit was specified, and the specified "
       "repository has no default branch."},
      {"PathRequiredException", "The folderPath for a location cannot be null."},
      {"InvalidPathException", "The specified path is not valid."},
      {"PathDoesNotExistException", "The specified path does not exist."},
      {"FileDoesNotExistException",
       "The specified file does not exist. Verify that you have used "
       "the correct file name, full path, and extension."},
      {"FolderDoesNotExistException",
       "The specified folder does not exist. Either the folder name is not correct, or you did not "
       "enter the full path to the folder."},
      {"FileTooLargeException",
       "The specified file exceeds the file size limit for AWS CodeCommit. For more information "
       "about limits in AWS CodeCommit, see AWS CodeCommit User Guide."},
      {"BlobIdRequiredException", "A blob ID is required, but was not specified."},
      {"InvalidBlobIdException", "The specified blob is not valid."},
      {"BlobIdDoesNotExistException", "The specified blob does not exist."},
      {"FileContentRequiredException",
       "The file cannot be added because it is empty. Empty files cannot be added to the "
       "repository with this API."},
      {"FileContentSizeLimitExceededException",
       "The file cannot be added because it is too large. The maximum file size is 6 MB, and the "
       "combined file content change size is 7 MB. Consider making these changes using a Git "
       "client."},
      {"FolderContentSizeLimitExceededException",
       "The commit cannot be created because at least one of the overall changes in the commit "
       "results in a folder whose contents exceed the limit of 6 MB. Either reduce the number and "
       "size of your changes, or split the changes across multiple folders."},
      {"ParentCommitIdRequiredException",
       "A parent commit ID is required. To view the full commit ID of a branch in a repository, "
       "use "
       "GetBranch or a Git command (for example, git pull or git log)."},
      {"InvalidParentCommitIdException",
       "The parent commit ID is not valid. The commit ID cannot be empty, and must match the head "
       "commit ID for the branch of the repository where you want to add or update a file."},
      {"ParentCommitDoesNotExistException",
       "The parent commit ID is not valid because it does not exist. The specified parent commit "
       "ID "
       "does not exist in the specified branch of the repository."},
      {"ParentCommitIdOutdatedException",
       "The file could not be added because the provided parent commit ID is not the current tip "
       "of "
       "the specified branch. To view the full commit ID of the current head of the branch, use "
       "GetBranch."},
      {"SameFileContentException",
       "The file was not added or updated because the content of the file is exactly the same as "
       "the content of that file in the repository and branch that you specified."},
      {"NoChangeException",
       "The commit cannot be created because no changes will be made to the repository as a result "
       "of this commit. A commit must contain at least one change."},
      {"FileEntryRequiredException",
       "The commit cannot be created because no files have been specified as added, updated, or "
       "changed (PutFile or DeleteFile) for the commit."},
      {"MaximumFileEntriesExceededException",
       "The number of specified files to change as part of this commit exceeds the maximum number "
       "of files that can be changed in a single commit. Consider using a Git client for these "
       "changes."},
      {"PutFileEntryConflictException",
       "The commit cannot be created because one or more files specified in the commit reference "
       "both a file and a folder."},
      {"SourceFileOrContentRequiredException",
       "The commit cannot be created because no source files or file content have been specified "
       "for the commit."},
      {"FileContentAndSourceFileSpecifiedException",
       "The commit cannot be created because both a source file and file content have been "
       "specified for the same file. You cannot provide both. Either specify a source file or "
       "provide the file content directly."},
      {"SamePathRequestException",
       "The commit cannot be created because one or more changes in this commit duplicate actions "
       "in the same file path. For example, you cannot make the same delete request to the same "
       "file in the same file path twice, or make a delete request and a move request to the same "
       "file as part of the same commit."},
      {"RestrictedSourceFileException",
       "The commit cannot be created because one of the changes specifies copying or moving a "
       ".gitkeep file."},
      {"FileModeRequiredException",
       "The commit cannot be created because no file mode has been specified. A file mode is "
       "required to update mode permissions for a file."},
      {"InvalidFileModeException",
       "The specified file mode permission is not valid. For a list of valid file mode "
       "permissions, "
       "see PutFile."},
      {"NameLengthExceededException",
       "The user name is not valid because it has exceeded the "
       "character limit for author names."},
      {"InvalidEmailException",
       "The specified email address either contains one or more characters that are not allowed, "
       "or it exceeds the maximum number of characters allowed for an email address."},
      {"CommitMessageLengthExceededException",
       "The commit message is too long. Provide a shorter string."},
      {"FileNameConflictsWithDirectoryNameException",
       "A file cannot be added to the repository because the specified file name has the same name "
       "as a directory in this repository. Either provide another name for the file, or add the "
       "file in a directory that does not match the file name."},
      {"DirectoryNameConflictsWithFileNameException",
       "A file cannot be added to the repository because the specified path name has the same name "
       "as a file that already exists in this repository. Either provide a different name for the "
       "file, or specify a different path for the file."},
      {"FilePathConflictsWithSubmodulePathException",
       "The commit cannot be created because a specified file path points to a submodule. Verify "
       "that the destination files have valid file paths that do not point to a submodule."},
      {"RepositoryTriggersListRequiredException",
       "The list of triggers for the repository is required, but was not specified."},
      {"MaximumRepositoryTriggersExceededException",
       "The number of triggers allowed for the repository was exceeded. Currently, this number is "
       "10."},
      {"RepositoryTriggerNameRequiredException",
       "A name for the trigger is required, but was not specified."},
      {"RepositoryTriggerDestinationArnRequiredException",
       "A destination ARN for the target service for the trigger is required, but was not "
       "specified."},
      {"RepositoryTriggerEventsListRequiredException",
       "At least one event for the trigger is required, but was not specified."},
      {"InvalidRepositoryTriggerNameException", "The name of the trigger is not valid."},
      {"InvalidRepositoryTriggerDestinationArnException",
       "The Amazon Resource Name (ARN) for the trigger is not valid for the specified destination. "
       "The most common reason for this error is that the ARN does not meet the requirements for "
       "the service type."},
      {"InvalidRepositoryTriggerRegionException",
       "The AWS Region for the trigger target does not match the AWS Region for the repository. "
       "Triggers must be created in the same AWS Region as the target for the trigger."},
      {"InvalidRepositoryTriggerCustomDataException",
       "The custom data provided for the trigger is not valid."},
      {"InvalidRepositoryTriggerBranchNameException",
       "One or more branch names specified for the trigger is not valid."},
      {"InvalidRepositoryTriggerEventsException",
       "One or more events specified for the trigger is not valid. Check to make sure that all "
       "events specified match the requirements for allowed events."},
      {"MaximumBranchesExceededException",
       "The number of branches for the trigger was exceeded. Currently, this number is 10."},
      {"ResourceArnRequiredException",
       "A valid Amazon Resource Name (ARN) for an AWS CodeCommit resource is required. For a list "
       "of "
       "valid resources in AWS CodeCommit, see CodeCommit Resources and Operations in the AWS "
       "CodeCommit User Guide."},
      {"InvalidResourceArnException",
       "The value for the resource ARN is not valid. For more information about resources in AWS "
       "CodeCommit, see CodeCommit Resources and Operations in the AWS CodeCommit User Guide."},
      {"TagsMapRequiredException", "A map of tags is required."},
      {"TagKeysListRequiredException",
       "A list of tag keys is required. The list cannot be empty or "
       "null."},
      {"InvalidTagsMapException", "The map of tags is not valid."},
      {"InvalidTagKeysListException", "The list of tags is not valid."},
      {"TooManyTagsException",
       "The maximum number of tags for an AWS CodeCommit resource has been exceeded."},
      {"InvalidSystemTagUsageException",
       "The specified tag is not valid. Key names cannot be prefixed with aws:."},
      {"ManualMergeRequiredException",
       "The pull request cannot be merged automatically into the destination branch. You must "
       "manually merge the branches and resolve any conflicts."},
      {"ConcurrentReferenceUpdateException",
       "The merge cannot be completed because the target branch has been modified. Another user "
       "might have modified the target branch while the merge was in progress. Wait a few minutes, "
       "and then try again."}};
  return kWords;
}

}  // namespace

ServiceError failure(std::string_view shape) {
  return {std::string(shape), std::string(words().at(shape)), 400};
}

ServiceError noRepository(const std::string& name) {
  return {"RepositoryDoesNotExistException", name + " does not exist", 400};
}

ServiceError repositoryExists(const std::string& name) {
  return {"RepositoryNameExistsException", "Repository named " + name + " already exists", 400};
}

ServiceError noBranch(const std::string& name) {
  return {"BranchDoesNotExistException", "Branch " + name + " does not exist", 400};
}

ServiceError fromStore(const Error& error, const std::string& repositoryName) {
  return error.code == Code::kNotFound ? noRepository(repositoryName) : fromError(error);
}

}  // namespace kiln::api::codecommit
