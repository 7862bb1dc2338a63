#include "api/model/query_service.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "api/model/validator.h"
#include "api/model/xml.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr std::size_t kMostItems = 1000;

bool anyUnder(const TextMap& parameters, const std::string& prefix) {
  const auto at = parameters.lower_bound(prefix);
  return at != parameters.end() && at->first.starts_with(prefix);
}

Result<json, ServiceError> readValue(const Shape& shape, const TextMap& parameters,
                                     const std::string& name);

Result<json, ServiceError> readStructure(const Shape& shape, const TextMap& parameters,
                                         const std::string& prefix) {
  json value = json::object();
  for (const Member& member : shape.members) {
    const std::string name = prefix + member.wireName;
    if (!parameters.contains(name) && !anyUnder(parameters, name + ".")) continue;
    auto read = readValue(*member.shape, parameters, name);
    if (!read.ok()) return read;
    value[member.name] = std::move(*read);
  }
  return value;
}

// `Tags.member.1.Key=…`
Result<json, ServiceError> readList(const Shape& shape, const TextMap& parameters,
                                    const std::string& name) {
  json list = json::array();
  while (list.size() < kMostItems) {
    const std::string item = name + "." + shape.elementName + "." + std::to_string(list.size() + 1);
    if (!parameters.contains(item) && !anyUnder(parameters, item + ".")) break;
    auto read = readValue(*shape.element, parameters, item);
    if (!read.ok()) return read;
    list.push_back(std::move(*read));
  }
  return list;
}

Result<json, ServiceError> readValue(const Shape& shape, const TextMap& parameters,
                                     const std::string& name) {
  if (shape.type == ShapeType::kStructure) return readStructure(shape, parameters, name + ".");
  if (shape.type == ShapeType::kList) return readList(shape, parameters, name);
  const auto at = parameters.find(name);
  json value = at == parameters.end() ? json(nullptr) : readScalar(shape, at->second);
  if (value.is_null())
    return ServiceError{"MalformedInput", "The value of " + name + " is of another type", 400};
  return value;
}

QueryAnswer answer(const ServiceError& error, const CallContext& context, std::string_view xmlns) {
  std::string body = "<ErrorResponse xmlns=\"" + std::string(xmlns) + "\">\n  <Error>\n    <Type>" +
                     (error.httpStatus < 500 ? "Sender" : "Receiver") + "</Type>\n    <Code>";
  escapeXml(body, error.shape);
  body += "</Code>\n    <Message>";
  escapeXml(body, error.message);
  body += "</Message>\n  </Error>\n  <RequestId>" + context.requestId +
          "</RequestId>\n</ErrorResponse>\n";
  return {error.httpStatus, std::move(body)};
}

// The query protocol drops the suffix of the JSON services' names.
ServiceError inQueryWords(ServiceError error) {
  if (error.shape == "ValidationException") error.shape = "ValidationError";
  return error;
}

}  // namespace

struct QueryService::Impl {
  ServiceModel model;
  std::string xmlns;
  Operations operations;

  Result<json, ServiceError> perform(const OperationModel& operation, const TextMap& parameters,
                                     const CallContext& context) const {
    const auto handler = operations.find(operation.name);
    if (handler == operations.end()) {
      return ServiceError{"NotImplemented", operation.name + " is not implemented by Kiln yet",
                          501};
    }
    json input = json::object();
    if (operation.input != nullptr) {
      auto read = readStructure(*operation.input, parameters, "");
      if (!read.ok()) return read;
      if (auto wrong = checkConstraints(operation, *read)) return inQueryWords(*wrong);
      input = std::move(*read);
    }
    return handler->second(input, context);
  }

  QueryAnswer shaped(const OperationModel& operation, const json& output,
                     const CallContext& context) const {
    std::string body = "<" + operation.name + "Response xmlns=\"" + xmlns + "\">";
    if (operation.output != nullptr)
      writeXml(body, *operation.output, operation.name + "Result", output);
    body += "<ResponseMetadata><RequestId>" + context.requestId +
            "</RequestId></ResponseMetadata></" + operation.name + "Response>\n";
    return {200, std::move(body)};
  }
};

QueryService::QueryService(std::string_view service, std::string xmlns, Operations operations)
    : impl_(new Impl{ServiceModel::loadNamed(service), std::move(xmlns), std::move(operations)}) {
  for (const auto& [name, handler] : impl_->operations) {
    if (handler != nullptr && impl_->model.findOperation(name) != nullptr) continue;
    spdlog::critical("event=handler_without_operation service={} operation={}", service, name);
    std::abort();
  }
}

QueryService::~QueryService() = default;

const std::string& QueryService::version() const { return impl_->model.apiVersion(); }

QueryAnswer QueryService::call(const TextMap& parameters, const CallContext& context) const {
  const auto action = parameters.find("Action");
  const OperationModel* operation =
      action == parameters.end() ? nullptr : impl_->model.findOperation(action->second);
  try {
    if (operation == nullptr) {
      const std::string name = action == parameters.end() ? "" : action->second.substr(0, 128);
      return answer(
          {"InvalidAction", "Could not find operation " + name + " for version " + version(), 400},
          context, impl_->xmlns);
    }
    auto output = impl_->perform(*operation, parameters, context);
    if (!output.ok()) return answer(output.error(), context, impl_->xmlns);
    return impl_->shaped(*operation, *output, context);
  } catch (const std::exception& thrown) {
    spdlog::error("event=operation_threw operation={} request={} what=\"{}\"", operation->name,
                  context.requestId, thrown.what());
  }
  return answer({"InternalFailure", "The request failed inside Kiln; its log says why.", 500},
                context, impl_->xmlns);
}

}  // namespace kiln::api
