// The CodeCommit operations: valid input in, one change of a repository or a look at it, answer out.
//
// Owner: main(), which gives operations and check to a JsonService. The handlers keep references to `deps`; any thread may call them.
// Failure: ServiceError with CodeCommit's exceptions. Operations that are not here (pull requests, approval rules, merges that need a
// new commit) answer NotImplementedException.
#pragma once

#include "api/codecommit/deps.h"
#include "api/model/operation.h"

namespace kiln::api {

Operations codecommitOperations(const codecommit::Deps& deps);

// CodeCommit has an exception of its own for every missing or malformed member.
InputCheck codecommitInputCheck();

}  // namespace kiln::api
