#include "api/codebuild/codebuild.h"

#include <nlohmann/json.hpp>

#include "api/codebuild/families.h"

namespace kiln::api {

Operations codebuildOperations(Deps deps) {
  Operations operations;
  addProjectOperations(operations, deps);
  addProjectQueryOperations(operations, deps);
  addStartOperations(operations, deps);
  addBuildOperations(operations, deps);
  addBuildQueryOperations(operations, deps);
  addImageOperations(operations);
  return operations;
}

}  // namespace kiln::api
