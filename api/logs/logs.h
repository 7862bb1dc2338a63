// The CloudWatch Logs operations: valid input in, answer out.
//
// Owner: main(), which gives the table and the check to a JsonService and serves it by logsHandler(). The operations keep what `deps`
// refers to; any thread. Failure: ServiceError with AWS's shapes and words.
#pragma once

#include "api/http/router.h"
#include "api/logs/deps.h"
#include "api/model/json_service.h"

namespace kiln::api::logs {

Operations logsOperations(Deps deps);

// This service says InvalidParameterException of what its model does not allow.
std::optional<ServiceError> checkInput(const OperationModel& operation,
                                       const nlohmann::json& input);

// The service as a route. StartLiveTail, once the service has accepted it, is answered by an event stream.
Handler logsHandler(const JsonService& service, LiveTails& tails);

}  // namespace kiln::api::logs
