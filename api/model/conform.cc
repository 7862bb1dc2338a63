#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/validator.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 100;

ServiceError badBody(std::string message) {
  return {"SerializationException", std::move(message), 400};
}

// Levels of nesting, without parsing: the parser would build them all first.
bool tooDeep(std::string_view body) {
  int depth = 0;
  bool inString = false;
  for (std::size_t at = 0; at < body.size(); ++at) {
    const char c = body[at];
    if (inString) {
      if (c == '\\') ++at;
      if (c == '"') inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string_view tokenOf(const json& value) {
  switch (value.type()) {
    case json::value_t::object: return "Structure or map";
    case json::value_t::array: return "List";
    case json::value_t::string: return "STRING_VALUE";
    case json::value_t::boolean: return value.get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
    case json::value_t::number_float: return "DECIMAL_VALUE";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned: return "NUMBER_VALUE";
    case json::value_t::null: return "NULL_VALUE";
    case json::value_t::binary:
    case json::value_t::discarded: break;
  }
  unreachable();
}

std::string_view expectedOf(ShapeType type) {
  switch (type) {
    case ShapeType::kStructure: return "a structure";
    case ShapeType::kList: return "a list";
    case ShapeType::kMap: return "a map";
    case ShapeType::kString: return "a String";
    case ShapeType::kInteger: return "an Integer";
    case ShapeType::kLong: return "a Long";
    case ShapeType::kFloat: return "a Float";
    case ShapeType::kDouble: return "a Double";
    case ShapeType::kBoolean: return "a Boolean";
    case ShapeType::kTimestamp: return "a Timestamp";
    case ShapeType::kBlob: return "a Blob";
  }
  unreachable();
}

template <typename Int>
bool fits(const json& value) {
  if (value.is_number_unsigned()) {
    return value.get<std::uint64_t>() <=
           static_cast<std::uint64_t>(std::numeric_limits<Int>::max());
  }
  const auto number = value.get<std::int64_t>();
  return number >= std::numeric_limits<Int>::min() && number <= std::numeric_limits<Int>::max();
}

// Walks the value beside its shape; `path_` is where it is.
class Conformer {
 public:
  std::optional<ServiceError> visit(const Shape& shape, json& value) {
    switch (shape.type) {
      case ShapeType::kStructure: return visitStructure(shape, value);
      case ShapeType::kList: return visitList(shape, value);
      case ShapeType::kMap: return visitMap(shape, value);
      case ShapeType::kString: return require(shape, value, value.is_string());
      case ShapeType::kInteger: return visitInteger(shape, value, fits<std::int32_t>);
      case ShapeType::kLong: return visitInteger(shape, value, fits<std::int64_t>);
      case ShapeType::kFloat:
      case ShapeType::kDouble:
      case ShapeType::kTimestamp: return require(shape, value, value.is_number());
      case ShapeType::kBoolean: return require(shape, value, value.is_boolean());
      case ShapeType::kBlob: return visitBlob(shape, value);
    }
    unreachable();
  }

 private:
  std::string where() const { return path_.empty() ? "the request body" : "'" + path_ + "'"; }

  std::optional<ServiceError> require(const Shape& shape, const json& value, bool met) const {
    if (met) return std::nullopt;
    return badBody(std::string(tokenOf(value)) + " can not be converted to " +
                   std::string(expectedOf(shape.type)) + " at " + where());
  }

  std::optional<ServiceError> visitInteger(const Shape& shape, const json& value,
                                           bool (*fitsIn)(const json&)) {
    if (auto wrong = require(shape, value, value.is_number_integer())) return wrong;
    if (fitsIn(value)) return std::nullopt;
    return badBody("NUMBER_VALUE is out of the range of " + std::string(expectedOf(shape.type)) +
                   " at " + where());
  }

  std::optional<ServiceError> visitBlob(const Shape& shape, const json& value) {
    if (auto wrong = require(shape, value, value.is_string())) return wrong;
    if (fromBase64(value.get_ref<const std::string&>())) return std::nullopt;
    return badBody("STRING_VALUE is not base64 and can not be converted to a Blob at " + where());
  }

  std::optional<ServiceError> visitAt(std::string_view step, const Shape& shape, json& value) {
    const auto length = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += step;
    auto wrong = visit(shape, value);
    path_.resize(length);
    return wrong;
  }

  std::optional<ServiceError> visitStructure(const Shape& shape, json& value) {
    if (auto wrong = require(shape, value, value.is_object())) return wrong;
    for (auto at = value.begin(); at != value.end();) {
      const Member* member = shape.findMember(at.key());
      if (member == nullptr || at->is_null()) {
        at = value.erase(at);
        continue;
      }
      if (auto wrong = visitAt(at.key(), *member->shape, *at)) return wrong;
      ++at;
    }
    return std::nullopt;
  }

  std::optional<ServiceError> visitList(const Shape& shape, json& value) {
    if (auto wrong = require(shape, value, value.is_array())) return wrong;
    for (std::size_t at = 0; at < value.size(); ++at) {
      if (value[at].is_null()) continue;  // told as a violation
      if (auto wrong = visitAt(std::to_string(at + 1) + ".member", *shape.element, value[at]))
        return wrong;
    }
    return std::nullopt;
  }

  std::optional<ServiceError> visitMap(const Shape& shape, json& value) {
    if (auto wrong = require(shape, value, value.is_object())) return wrong;
    for (auto at = value.begin(); at != value.end();) {
      if (at->is_null()) {
        at = value.erase(at);
        continue;
      }
      if (auto wrong = visitAt(at.key() + ".member", *shape.element, *at)) return wrong;
      ++at;
    }
    return std::nullopt;
  }

  std::string path_;
};

}  // namespace

Result<json, ServiceError> parseBody(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return json(json::object());
  if (tooDeep(body)) {
    return badBody("The request body is nested deeper than " + std::to_string(kMaxDepth) +
                   " levels");
  }
  try {
    auto value = json::parse(body);
    if (value.is_object()) return value;
    return badBody("The request body is not a JSON object");
  } catch (const json::parse_error& error) {  // its text quotes the body, which may hold a secret
    return badBody("The request body is not valid JSON (at byte " + std::to_string(error.byte) +
                   ")");
  } catch (const json::exception&) {
    return badBody("The request body holds a number that is out of range");
  }
}

std::optional<ServiceError> conform(const Shape& shape, json& input) {
  return Conformer().visit(shape, input);
}

Result<json, ServiceError> validInput(const OperationModel& operation, std::string_view body) {
  auto input = parseBody(body);
  if (!input.ok()) return input;
  if (operation.input == nullptr) return json(json::object());
  if (auto wrong = conform(*operation.input, *input)) return *wrong;
  if (auto wrong = checkConstraints(operation, *input)) return *wrong;
  return input;
}

}  // namespace kiln::api
