#include "api/ssm/change_event.h"

#include <nlohmann/json.hpp>

#include "store/records/event.h"

namespace kiln::api::ssm {

void emitChange(store::Txn& txn, const Parameter& parameter, const char* operation, TimePoint now) {
  nlohmann::json detail = {
      {"operation", operation}, {"name", parameter.name}, {"type", parameter.latest.type}};
  if (!parameter.latest.description.empty()) detail["description"] = parameter.latest.description;
  const std::string arn = parameterArn(parameter.scope, parameter.name);
  txn.emit(store::makeEvent({.id = nameUuid(arn + operation + std::to_string(txn.version())),
                             .source = "aws.ssm",
                             .detailType = "Parameter Store Change",
                             .subject = parameter.key(),
                             .time = now,
                             .resources = {arn}},
                            std::move(detail)));
}

}  // namespace kiln::api::ssm
