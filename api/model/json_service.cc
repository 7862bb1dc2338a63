#include "api/model/json_service.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "api/model/validator.h"

namespace kiln::api {
namespace {

using nlohmann::json;

// Bytes that are not UTF-8 (a log line, a file name) must not fail a whole answer.
std::string text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What is not there is left out, not null (facts §5.1).
void dropNulls(json& value) {
  if (value.is_array()) {
    for (auto& item : value) dropNulls(item);
  }
  if (!value.is_object()) return;
  for (auto at = value.begin(); at != value.end();) {
    if (at->is_null()) {
      at = value.erase(at);
    } else {
      dropNulls(*at);
      ++at;
    }
  }
}

JsonAnswer answer(const ServiceError& error) {
  return {error.httpStatus, text({{"__type", error.shape}, {"message", error.message}}),
          error.shape};
}

}  // namespace

struct JsonService::Impl {
  ServiceModel model;
  Operations operations;
  InputCheck check;

  Result<json, ServiceError> accepted(const OperationModel& operation,
                                      std::string_view body) const {
    if (!check || operation.input == nullptr) return validInput(operation, body);
    auto input = parseBody(body);
    if (!input.ok()) return input;
    if (auto wrong = conform(*operation.input, *input)) return *wrong;
    if (auto wrong = check(operation, *input)) return *wrong;
    if (auto wrong = checkConstraints(operation, *input)) return *wrong;
    return input;
  }

  Result<json, ServiceError> perform(std::string_view name, std::string_view body,
                                     const CallContext& context) const {
    const OperationModel* operation = model.findOperation(name);
    if (operation == nullptr) {
      return ServiceError{
          "UnknownOperationException",
          model.targetPrefix() + " has no operation '" + std::string(name.substr(0, 128)) + "'",
          400};
    }
    auto input = accepted(*operation, body);
    if (!input.ok()) return input;
    auto handler = operations.find(name);
    if (handler == operations.end()) {
      return ServiceError{"NotImplementedException",
                          operation->name + " is not implemented by Kiln yet", 501};
    }
    return handler->second(*input, context);
  }
};

JsonService::JsonService(std::string_view service, Operations operations, InputCheck check)
    : impl_(new Impl{ServiceModel::loadNamed(service), std::move(operations), std::move(check)}) {
  for (const auto& [name, handler] : impl_->operations) {
    if (handler != nullptr && impl_->model.findOperation(name) != nullptr) continue;
    spdlog::critical("event=handler_without_operation service={} operation={}", service, name);
    std::abort();
  }
}

JsonService::~JsonService() = default;

const std::string& JsonService::targetPrefix() const { return impl_->model.targetPrefix(); }

JsonAnswer JsonService::call(std::string_view operation, std::string_view body,
                             const CallContext& context) const {
  try {
    auto output = impl_->perform(operation, body, context);
    if (!output.ok()) return answer(output.error());
    dropNulls(*output);
    return {200, text(*output), ""};
  } catch (const std::exception& thrown) {
    spdlog::error("event=operation_threw operation={} request={} what=\"{}\"", operation,
                  context.requestId, thrown.what());
  } catch (...) {
    spdlog::error("event=operation_threw operation={} request={}", operation, context.requestId);
  }
  return answer({"InternalFailure", "The request failed inside Kiln; its log says why.", 500});
}

}  // namespace kiln::api
