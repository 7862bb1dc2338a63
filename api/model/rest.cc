#include "api/model/rest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "api/model/timestamp.h"
#include "api/model/xml.h"
#include "controller/core/text.h"

namespace kiln::api {
namespace {

using nlohmann::json;

std::set<std::string, std::less<>> labelsOf(std::string_view path) {
  std::set<std::string, std::less<>> labels;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    labels.emplace(path.substr(at + 1, path.find_first_of("+}", at) - at - 1));
  }
  return labels;
}

TextMap fixedOf(std::string_view query) {
  TextMap fixed;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    const auto equals = std::min(part.find('='), part.size());
    fixed[std::string(part.substr(0, equals))] =
        equals < part.size() ? part.substr(equals + 1) : std::string_view();
    query.remove_prefix(std::min(part.size() + 1, query.size()));
  }
  return fixed;
}

bool isThere(const Member& member, const RestCall& call) {
  return member.location == Location::kQuery ? call.query.contains(member.wireName)
                                             : call.headers.contains(lowered(member.wireName));
}

// `a, "b", c` as a list of its parts.
json readHeaderList(const Shape& shape, std::string_view text) {
  json list = json::array();
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto begin = part.find_first_not_of(" \t\"");
    if (begin == std::string_view::npos) continue;
    part = part.substr(begin, part.find_last_not_of(" \t\"") - begin + 1);
    list.push_back(readScalar(*shape.element, part));
  }
  return list;
}

json readPrefixed(std::string_view prefix, const TextMap& headers) {
  json map = json::object();
  for (auto at = headers.lower_bound(prefix); at != headers.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    map[at->first.substr(prefix.size())] = at->second;
  }
  return map;
}

std::optional<BindError> bindText(const Member& member, const std::string& text, json& input) {
  json value = member.shape->type == ShapeType::kList ? readHeaderList(*member.shape, text)
                                                      : readScalar(*member.shape, text);
  const bool time = member.shape->type == ShapeType::kTimestamp;
  if (value.is_null() && (time || text.empty())) return std::nullopt;
  if (value.is_null())
    return BindError{member.name, member.wireName, text, "the value is of another type"};
  input[member.name] = std::move(value);
  return std::nullopt;
}

std::optional<BindError> bindMember(const Member& member, const RestCall& call, json& input) {
  const TextMap* from = nullptr;
  std::string name = member.wireName;
  switch (member.location) {
    case Location::kUri: from = &call.labels; break;
    case Location::kQuery: from = &call.query; break;
    case Location::kHeader:
      from = &call.headers;
      name = lowered(name);
      break;
    case Location::kHeaders:
      if (json map = readPrefixed(lowered(name), call.headers); !map.empty())
        input[member.name] = std::move(map);
      return std::nullopt;
    case Location::kBody:
    case Location::kStatusCode: return std::nullopt;
  }
  const auto at = from->find(name);
  return at == from->end() ? std::nullopt : bindText(member, at->second, input);
}

std::string headerText(const Shape& shape, const json& value) {
  if (shape.type == ShapeType::kTimestamp && value.is_number())
    return toHttpDate(fromTimestamp(value));
  if (shape.type != ShapeType::kList) return scalarText(shape, value);
  std::string text;
  for (const auto& item : value)
    text += (text.empty() ? "" : ", ") + scalarText(*shape.element, item);
  return text;
}

void shapeHeaders(const Shape& shape, const json& output, TextMap& headers) {
  for (const Member& member : shape.members) {
    const auto at = output.find(member.name);
    if (at == output.end() || at->is_null()) continue;
    if (member.location == Location::kHeader)
      headers[lowered(member.wireName)] = headerText(*member.shape, *at);
    if (member.location != Location::kHeaders) continue;
    for (const auto& [name, value] : at->items())
      headers[lowered(member.wireName) + name] = value.get<std::string>();
  }
}

bool hasBodyMembers(const Shape& shape) {
  return std::any_of(shape.members.begin(), shape.members.end(),
                     [](const Member& m) { return m.location == Location::kBody; });
}

}  // namespace

struct RestRoutes::Fit {
  std::size_t fixed;
  bool complete;
  int needs;  // how many are there; when not complete, how many are missing, below zero
  bool preferred;

  auto rank() const { return std::tuple(fixed, complete, needs, preferred); }
};

RestRoutes::RestRoutes(const ServiceModel& model,
                       const std::set<std::string, std::less<>>& preferred) {
  for (const auto& [name, operation] : model.operations()) {
    const std::string_view uri = operation.requestUri;
    const auto question = std::min(uri.find('?'), uri.size());
    Route route{.operation = &operation,
                .labels = labelsOf(uri.substr(0, question)),
                .fixed = fixedOf(uri.substr(std::min(question + 1, uri.size()))),
                .needs = {},
                .preferred = preferred.contains(name)};
    if (operation.input != nullptr) {
      for (const Member& member : operation.input->members) {
        const bool outside =
            member.location == Location::kQuery || member.location == Location::kHeader;
        if (member.required && outside) route.needs.push_back(&member);
      }
    }
    byMethod_[operation.method].push_back(std::move(route));
  }
}

std::optional<RestRoutes::Fit> RestRoutes::fitOf(const Route& route, const RestCall& call) {
  if (route.labels.size() != call.labels.size()) return std::nullopt;
  for (const auto& [label, value] : call.labels) {
    if (!route.labels.contains(label)) return std::nullopt;
  }
  for (const auto& [name, value] : route.fixed) {
    const auto at = call.query.find(name);
    if (at == call.query.end() || (!value.empty() && at->second != value)) return std::nullopt;
  }
  const auto there =
      static_cast<int>(std::count_if(route.needs.begin(), route.needs.end(),
                                     [&](const Member* member) { return isThere(*member, call); }));
  const int missing = static_cast<int>(route.needs.size()) - there;
  return Fit{route.fixed.size(), missing == 0, missing == 0 ? there : -missing, route.preferred};
}

const OperationModel* RestRoutes::find(const RestCall& call) const {
  const auto routes = byMethod_.find(call.method);
  if (routes == byMethod_.end()) return nullptr;
  const OperationModel* best = nullptr;
  std::optional<Fit> bestFit;
  for (const Route& route : routes->second) {
    const auto fit = fitOf(route, call);
    if (!fit || (bestFit && bestFit->rank() >= fit->rank())) continue;
    best = route.operation;
    bestFit = fit;
  }
  return best;
}

const Member* payloadOf(const Shape* shape) {
  return shape == nullptr || shape->payload.empty() ? nullptr : shape->findMember(shape->payload);
}

bool readsBody(const OperationModel& operation) {
  const Member* payload = payloadOf(operation.input);
  return payload != nullptr && !payload->streaming;
}

Result<json, BindError> bindInput(const OperationModel& operation, const RestCall& call,
                                  std::string_view body) {
  json input = json::object();
  if (operation.input == nullptr) return input;
  for (const Member& member : operation.input->members) {
    if (member.name == operation.input->payload) continue;
    if (auto wrong = bindMember(member, call, input)) return *wrong;
  }
  const Member* payload = payloadOf(operation.input);
  if (payload == nullptr || payload->streaming || body.empty()) return input;
  if (payload->shape->type != ShapeType::kStructure) {
    input[payload->name] = std::string(body);
    return input;
  }
  auto read = readXml(*payload->shape, payload->wireName, body);
  if (!read.ok()) return BindError{"", "", "", read.error().message};
  input[payload->name] = std::move(*read);
  return input;
}

RestAnswer shapeOutput(const OperationModel& operation, const json& output, std::string_view root,
                       std::string_view xmlns) {
  RestAnswer answer;
  if (operation.output == nullptr) return answer;
  const Shape& shape = *operation.output;
  shapeHeaders(shape, output, answer.headers);
  const Member* payload = payloadOf(&shape);
  if (payload == nullptr) {
    if (hasBodyMembers(shape)) writeXml(answer.body, shape, root, output, xmlns);
    return answer;
  }
  const auto at = output.find(payload->name);
  if (at == output.end() || payload->streaming) return answer;
  if (payload->shape->type != ShapeType::kStructure) {
    answer.body = at->get<std::string>();
  } else {
    writeXml(answer.body, *payload->shape, root.empty() ? payload->wireName : root, *at, xmlns);
  }
  return answer;
}

}  // namespace kiln::api
