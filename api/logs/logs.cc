#include "api/logs/logs.h"

#include <nlohmann/json.hpp>

#include "api/http/json_handler.h"
#include "api/logs/families.h"
#include "api/logs/live_tail.h"
#include "api/model/validator.h"

namespace kiln::api::logs {

Operations logsOperations(Deps deps) {
  Operations operations;
  addGroupOperations(operations, deps);
  addGroupQueryOperations(operations, deps);
  addTagOperations(operations, deps);
  addStreamOperations(operations, deps);
  addPutOperations(operations, deps);
  addGetOperations(operations, deps);
  addFilterOperations(operations, deps);
  addTailOperations(operations, deps);
  return operations;
}

std::optional<ServiceError> checkInput(const OperationModel& operation,
                                       const nlohmann::json& input) {
  auto wrong = checkConstraints(operation, input);
  if (wrong) wrong->shape = "InvalidParameterException";
  return wrong;
}

Handler logsHandler(const JsonService& service, LiveTails& tails) {
  return [answer = jsonHandler(service), &tails](Request& request) {
    Response response = answer(request);
    if (request.header("x-amz-target").ends_with(".StartLiveTail") && response.status == 200)
      return tails.begin(request.id);
    return response;
  };
}

}  // namespace kiln::api::logs
