// Validator: one for all services. Turns a request body into input that a handler can trust, or into the error the service
// would answer (facts §5.2).
//
// Two steps, as the services do: every value has its shape's JSON type (else SerializationException, at the first one that has
// not), then every constraint is checked and all violations are told together. Members that the model lacks and null members
// are dropped. Values of sensitive shapes are never shown. Functions without state: any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/model/service_error.h"
#include "api/model/service_model.h"

namespace kiln::api {

// An empty body is an empty structure. Refuses more than 100 levels.
Result<nlohmann::json, ServiceError> parseBody(std::string_view body);

// Types. `input` keeps only what the model knows.
std::optional<ServiceError> conform(const Shape& shape, nlohmann::json& input);

// Constraints, of input that conforms. Answers the operation's InvalidInputException, or ValidationException.
std::optional<ServiceError> checkConstraints(const OperationModel& operation,
                                             const nlohmann::json& input);

// The first constraint that is not met, for services that have words of their own for it.
struct Violation {
  std::string member;  // of the input: the first step of the path
  std::string value;   // as it may be shown; empty when it is missing
  bool missing = false;
  std::string message;  // of all violations, as ValidationException would say it
};
std::optional<Violation> findViolation(const Shape& shape, const nlohmann::json& input);

// All of it.
Result<nlohmann::json, ServiceError> validInput(const OperationModel& operation,
                                                std::string_view body);

}  // namespace kiln::api
