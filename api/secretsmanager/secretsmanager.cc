#include "api/secretsmanager/secretsmanager.h"

#include <nlohmann/json.hpp>

#include "api/secretsmanager/families.h"

namespace kiln::api::secrets {

Operations secretsOperations(Deps deps) {
  Operations operations;
  addWriteOperations(operations, deps);
  addValueOperations(operations, deps);
  addQueryOperations(operations, deps);
  addRemovalOperations(operations, deps);
  addStageOperations(operations, deps);
  addDetailOperations(operations, deps);
  addPasswordOperations(operations);
  return operations;
}

}  // namespace kiln::api::secrets
