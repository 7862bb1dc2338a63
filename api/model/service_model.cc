#include "api/model/service_model.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "api/model/tables.h"

namespace kiln::api {
namespace {

using nlohmann::json;
using Shapes = std::map<std::string, Shape, std::less<>>;

ShapeType typeNamed(const std::string& name) {
  static const std::map<std::string, ShapeType, std::less<>> kTypes{
      {"structure", ShapeType::kStructure},
      {"list", ShapeType::kList},
      {"map", ShapeType::kMap},
      {"string", ShapeType::kString},
      {"integer", ShapeType::kInteger},
      {"long", ShapeType::kLong},
      {"float", ShapeType::kFloat},
      {"double", ShapeType::kDouble},
      {"boolean", ShapeType::kBoolean},
      {"timestamp", ShapeType::kTimestamp},
      {"blob", ShapeType::kBlob},
  };
  return kTypes.at(name);
}

std::optional<double> number(const json& row, const char* name) {
  auto at = row.find(name);
  return at == row.end() ? std::nullopt : std::optional(at->get<double>());
}

// A reference is the shape's name, or an object that names it among protocol details.
const Shape* referred(const Shapes& shapes, const json& reference) {
  return &shapes.at(reference.is_string() ? reference.get<std::string>()
                                          : reference.at("shape").get<std::string>());
}

Location locationNamed(const std::string& name) {
  static const std::map<std::string, Location, std::less<>> kLocations{
      {"", Location::kBody},
      {"uri", Location::kUri},
      {"querystring", Location::kQuery},
      {"header", Location::kHeader},
      {"headers", Location::kHeaders},
      {"statusCode", Location::kStatusCode},
  };
  return kLocations.at(name);
}

Member toMember(const std::string& name, const json& reference, const json& shapeRows,
                const Shapes& shapes) {
  Member member{.name = name, .shape = referred(shapes, reference), .wireName = name};
  const json& row = shapeRows.at(member.shape->name);
  member.flattened = row.value("flattened", false);
  if (!reference.is_object()) return member;
  member.location = locationNamed(reference.value("location", ""));
  member.wireName = reference.value("locationName", name);
  member.flattened = reference.value("flattened", member.flattened);
  member.attribute = reference.value("xmlAttribute", false);
  member.streaming = reference.value("streaming", false);
  return member;
}

void fillMembers(Shape& shape, const json& row, const json& shapeRows, const Shapes& shapes) {
  auto members = row.find("members");
  if (members == row.end()) return;
  shape.members.reserve(members->size());
  for (const auto& [name, reference] : members->items()) {
    shape.members.push_back(toMember(name, reference, shapeRows, shapes));
  }
  if (auto required = row.find("required"); required != row.end()) {
    for (auto& member : shape.members) {
      member.required =
          std::find(required->begin(), required->end(), member.name) != required->end();
    }
  }
}

void fillShape(Shape& shape, const json& shapeRows, const Shapes& shapes) {
  const json& row = shapeRows.at(shape.name);
  shape.type = typeNamed(row.at("type").get_ref<const std::string&>());
  shape.sensitive = row.value("sensitive", false);
  shape.min = number(row, "min");
  shape.max = number(row, "max");
  if (auto pattern = row.find("pattern"); pattern != row.end()) {
    shape.pattern = std::make_unique<Pattern>(pattern->get<std::string>());
    shape.patternMessage = row.value("patternMessage", "");
  }
  if (auto values = row.find("enum"); values != row.end()) values->get_to(shape.values);
  if (auto member = row.find("member"); member != row.end()) {
    shape.element = referred(shapes, *member);
    if (member->is_object()) shape.elementName = member->value("locationName", "member");
  }
  if (auto value = row.find("value"); value != row.end()) shape.element = referred(shapes, *value);
  if (auto key = row.find("key"); key != row.end()) shape.key = referred(shapes, *key);
  shape.payload = row.value("payload", "");
  fillMembers(shape, row, shapeRows, shapes);
}

void fillOperation(OperationModel& operation, const json& row, const Shapes& shapes) {
  if (row.contains("input")) operation.input = referred(shapes, row["input"]);
  if (row.contains("output")) operation.output = referred(shapes, row["output"]);
  if (row.contains("errors")) row["errors"].get_to(operation.errors);
  auto http = row.find("http");
  if (http == row.end()) return;
  operation.method = http->value("method", "POST");
  operation.requestUri = http->value("requestUri", "/");
  operation.successStatus = http->value("responseCode", 200);
}

}  // namespace

const Member* Shape::findMember(std::string_view memberName) const {
  auto at = std::lower_bound(members.begin(), members.end(), memberName,
                             [](const Member& m, std::string_view n) { return m.name < n; });
  return at != members.end() && at->name == memberName ? &*at : nullptr;
}

bool OperationModel::declares(std::string_view errorShape) const {
  return std::find(errors.begin(), errors.end(), errorShape) != errors.end();
}

ServiceModel ServiceModel::load(std::string_view table) {
  const json doc = json::parse(table);
  ServiceModel model;
  if (const json& prefix = doc.at("targetPrefix"); prefix.is_string()) {
    prefix.get_to(model.targetPrefix_);
  }
  model.apiVersion_ = doc.value("apiVersion", "");
  const json& shapes = doc.at("shapes");
  for (const auto& [name, row] : shapes.items()) model.shapes_[name].name = name;
  for (auto& [name, shape] : model.shapes_) fillShape(shape, shapes, model.shapes_);
  for (const auto& [name, row] : doc.at("operations").items()) {
    OperationModel& operation = model.operations_[name];
    operation.name = name;
    fillOperation(operation, row, model.shapes_);
  }
  return model;
}

ServiceModel ServiceModel::loadNamed(std::string_view service) {
  const auto table = findTable(service);
  if (!table) {
    spdlog::critical("event=no_service_table service={}", service);
    std::abort();
  }
  return load(*table);
}

const OperationModel* ServiceModel::findOperation(std::string_view name) const {
  auto at = operations_.find(name);
  return at == operations_.end() ? nullptr : &at->second;
}

const Shape* ServiceModel::findShape(std::string_view name) const {
  auto at = shapes_.find(name);
  return at == shapes_.end() ? nullptr : &at->second;
}

}  // namespace kiln::api
