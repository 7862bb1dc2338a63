// An operation: valid input in, output or ServiceError out. The handler sees only input that the model's validator has passed.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "api/model/service_error.h"
#include "controller/core/ids.h"

namespace kiln::api {

struct CallContext {
  Scope scope;            // account from settings, region from the signature's credential scope
  std::string requestId;  // x-amzn-RequestId
  std::string
      principal;  // who called, for Build.initiator: the access key's user while authentication is off
  std::string host = {};  // the Host header: the address that the client reached us at
};

using Operation = std::function<Result<nlohmann::json, ServiceError>(const nlohmann::json& input,
                                                                     const CallContext& context)>;

struct OperationModel;

// What a service says of its own about input whose members have their types, before the general constraints are checked: its own
// exception for a missing or malformed member.
using InputCheck = std::function<std::optional<ServiceError>(const OperationModel& operation,
                                                             const nlohmann::json& input)>;

// Operation name -> handler. What the model has and this has not answers 501 "not implemented by Kiln yet".
using Operations = std::map<std::string, Operation, std::less<>>;

}  // namespace kiln::api
