#include "api/ssm/ssm.h"

#include <nlohmann/json.hpp>

#include "api/ssm/families.h"

namespace kiln::api::ssm {

Operations ssmOperations(Deps deps) {
  Operations operations;
  addPutOperations(operations, deps);
  addReadOperations(operations, deps);
  addListOperations(operations, deps);
  addDeleteOperations(operations, deps);
  addLabelOperations(operations, deps);
  addTagOperations(operations, deps);
  return operations;
}

}  // namespace kiln::api::ssm
