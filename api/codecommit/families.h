// The families of CodeCommit operations, each in a source of its own.
#pragma once

#include "api/codecommit/deps.h"
#include "api/model/operation.h"

namespace kiln::api::codecommit {

void addRepositoryOperations(Operations& operations, const Deps& deps);
void addRepositoryListOperations(Operations& operations, const Deps& deps);
void addBranchOperations(Operations& operations, const Deps& deps);
void addCommitQueryOperations(Operations& operations, const Deps& deps);
void addFileQueryOperations(Operations& operations, const Deps& deps);
void addDifferenceOperations(Operations& operations, const Deps& deps);
void addFileWriteOperations(Operations& operations, const Deps& deps);
void addCreateCommitOperation(Operations& operations, const Deps& deps);
void addTriggerOperations(Operations& operations, const Deps& deps);
void addTagOperations(Operations& operations, const Deps& deps);

}  // namespace kiln::api::codecommit
