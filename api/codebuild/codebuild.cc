#include "api/codebuild/codebuild.h"

#include <nlohmann/json.hpp>

#include "api/codebuild/failures.h"
#include "api/codebuild/families.h"
#include "api/model/json_access.h"
#include "api/model/service_model.h"
#include "controller/core/text.h"

namespace kiln::api {

Operations codebuildOperations(Deps deps) {
  Operations operations;
  addProjectOperations(operations, deps);
  addProjectQueryOperations(operations, deps);
  addStartOperations(operations, deps);
  addBuildOperations(operations, deps);
  addBuildQueryOperations(operations, deps);
  addSourceCredentialOperations(operations, deps);
  addImageOperations(operations);
  return operations;
}

std::optional<ServiceError> checkCodebuildInput(const OperationModel& operation,
                                                const nlohmann::json& input) {
  if (operation.name != "ImportSourceCredentials" || !trimmed(textOf(input, "token")).empty())
    return std::nullopt;
  return invalidInput("Token is required");
}

}  // namespace kiln::api
