// Any request body at all, for several operations of several tables: the first byte chooses the operation, the rest is the body.
//
// What passes the validator is input that a handler can trust: it keeps only what the model knows, passes again unchanged, and a
// body made of it is the same input. What does not pass is an error fit to be sent, and never shows a sensitive value.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "api/model/service_model.h"
#include "api/model/tables.h"
#include "api/model/validator.h"

namespace {

using kiln::api::OperationModel;
using kiln::api::ServiceError;
using kiln::api::ServiceModel;
using kiln::api::Shape;
using kiln::api::ShapeType;
using nlohmann::json;

struct Target {
  const char* service;
  const char* operation;
};

// In this order: the corpus names them by letter.
constexpr std::array kTargets{
    Target{"codebuild", "CreateProject"},    Target{"codebuild", "StartBuild"},
    Target{"codebuild", "BatchGetBuilds"},   Target{"codecommit", "CreateCommit"},
    Target{"codecommit", "PutFile"},         Target{"codecommit", "PutRepositoryTriggers"},
    Target{"logs", "PutLogEvents"},          Target{"logs", "FilterLogEvents"},
    Target{"logs", "DescribeLogGroups"},     Target{"secretsmanager", "CreateSecret"},
    Target{"secretsmanager", "ListSecrets"}, Target{"secretsmanager", "GetRandomPassword"},
    Target{"ssm", "PutParameter"},           Target{"ssm", "DescribeParameters"},
    Target{"ssm", "GetParameters"},          Target{"ssm", "SendCommand"},
};
constexpr std::size_t kLongestMessage = 512 * 1024;
constexpr std::string_view kSensitive = "never-to-be-seen";

void require(bool holds) {
  if (!holds) std::abort();
}

const ServiceModel& modelOf(const std::string& service) {
  static std::map<std::string, ServiceModel> models;
  auto found = models.find(service);
  if (found == models.end())
    found = models.emplace(service, ServiceModel::load(*kiln::api::findTable(service))).first;
  return found->second;
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::strict);
}

// Is the marker where only a sensitive value may be, and nowhere else?
bool onlySensitive(const Shape& shape, const json& value, bool sensitive) {
  sensitive = sensitive || shape.sensitive;
  if (sensitive) return true;
  if (value.is_string())
    return value.get_ref<const std::string&>().find(kSensitive) == std::string::npos;
  if (!value.is_structured()) return true;
  for (const auto& [name, item] : value.items()) {
    if (value.is_object() && name.find(kSensitive) != std::string::npos) return false;
    const auto* member = shape.findMember(name);
    const Shape* of = member != nullptr ? member->shape : shape.element;
    if (of == nullptr || !onlySensitive(*of, item, sensitive)) return false;
  }
  return true;
}

void checkError(const ServiceError& error) {
  require(!error.shape.empty() && !error.message.empty());
  require(error.message.size() < kLongestMessage);
  require(error.httpStatus >= 400 && error.httpStatus < 500);
  (void)json(error.message).dump();  // throws unless it is UTF-8
}

void checkTrusted(const OperationModel& operation, const json& input) {
  json again = input;
  require(!kiln::api::conform(*operation.input, again).has_value());
  require(again == input);
  const auto parsed = kiln::api::parseBody(dumped(input));
  require(parsed.ok());
  const auto valid = kiln::api::validInput(operation, dumped(input));
  require(valid.ok() && *valid == input);
}

void checkBody(const OperationModel& operation, std::string_view body) {
  auto parsed = kiln::api::parseBody(body);
  if (!parsed.ok()) return checkError(parsed.error());
  json input = std::move(*parsed);
  if (const auto error = kiln::api::conform(*operation.input, input)) return checkError(*error);
  const auto error = kiln::api::checkConstraints(operation, input);
  if (!error) return checkTrusted(operation, input);
  checkError(*error);
  if (onlySensitive(*operation.input, input, false))
    require(error->message.find(kSensitive) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Target& target = kTargets[(data[0] + kTargets.size() * 8 - 'a') % kTargets.size()];
  const OperationModel* operation = modelOf(target.service).findOperation(target.operation);
  require(operation != nullptr);
  checkBody(*operation, {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
