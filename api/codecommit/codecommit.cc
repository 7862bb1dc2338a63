#include "api/codecommit/codecommit.h"

#include "api/codecommit/families.h"

namespace kiln::api {

Operations codecommitOperations(const codecommit::Deps& deps) {
  Operations operations;
  codecommit::addRepositoryOperations(operations, deps);
  codecommit::addRepositoryListOperations(operations, deps);
  codecommit::addBranchOperations(operations, deps);
  codecommit::addCommitQueryOperations(operations, deps);
  codecommit::addFileQueryOperations(operations, deps);
  codecommit::addDifferenceOperations(operations, deps);
  codecommit::addFileWriteOperations(operations, deps);
  codecommit::addCreateCommitOperation(operations, deps);
  codecommit::addTriggerOperations(operations, deps);
  codecommit::addTagOperations(operations, deps);
  return operations;
}

}  // namespace kiln::api
