#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/validator.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxShownValue = 1024;
constexpr std::size_t kMaxShownViolations = 50;

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t codePoints(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return !isContinuation(c); }));
}

std::string shortened(std::string text) {
  if (text.size() <= kMaxShownValue) return text;
  std::size_t cut = kMaxShownValue;
  while (cut > 0 && isContinuation(text[cut])) --cut;
  text.resize(cut);
  return text + "...";
}

// As the services print it: text bare, lists in brackets, structures and maps in braces, what is sensitive left out.
std::string shown(const Shape& shape, const json& value) {
  if (shape.sensitive) return "***";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) return value.dump();
  std::string text;
  for (const auto& [name, item] : value.items()) {
    if (text.size() > kMaxShownValue) break;
    if (!text.empty()) text += ", ";
    const Member* member = shape.findMember(name);
    if (value.is_object()) text += name + "=";
    text += shown(member != nullptr ? *member->shape : *shape.element, item);
  }
  return value.is_array() ? "[" + text + "]" : "{" + text + "}";
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

std::string whole(double number) { return json(static_cast<std::int64_t>(number)).dump(); }

std::string limitText(double number) {
  return number == std::floor(number) ? whole(number) : json(number).dump();
}

class Checker {
 public:
  void visit(const Shape& shape, const json& value, bool hidden) {
    hidden = hidden || shape.sensitive;
    switch (shape.type) {
      case ShapeType::kStructure: return visitStructure(shape, value, hidden);
      case ShapeType::kList: return visitList(shape, value, hidden);
      case ShapeType::kMap: return visitMap(shape, value, hidden);
      case ShapeType::kString: return visitString(shape, value, hidden);
      case ShapeType::kBlob:
        return checkSize(shape, value, hidden,
                         fromBase64(value.get_ref<const std::string&>())->size());
      case ShapeType::kInteger:
      case ShapeType::kLong:
      case ShapeType::kFloat:
      case ShapeType::kDouble: return checkRange(shape, value, hidden);
      case ShapeType::kBoolean:
      case ShapeType::kTimestamp: return;
    }
  }

  std::string message() const {
    if (!ownMessage_.empty()) return ownMessage_;
    const std::string many =
        count_ == 1 ? " validation error detected: " : " validation errors detected: ";
    return std::to_string(count_) + many + text_;
  }

  bool clean() const { return count_ == 0; }
  const Violation& first() const { return first_; }

 private:
  void violated(const Shape* shape, const json& value, bool hidden, const std::string& constraint) {
    if (++count_ == 1) {
      first_.member = path_.substr(0, path_.find('.'));
      first_.missing = value.is_null();
      if (!value.is_null() && !hidden) first_.value = shortened(shown(*shape, value));
    }
    if (count_ > kMaxShownViolations) return;
    if (!text_.empty()) text_ += "; ";
    text_ += "Value ";
    if (value.is_null())
      text_ += "null ";
    else if (!hidden)
      text_ += "'" + shortened(shown(*shape, value)) + "' ";
    text_ += "at '" + path_ + "' failed to satisfy constraint: " + constraint;
  }

  void visitAt(const std::string& step, const Shape& shape, const json& value, bool hidden) {
    const auto length = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += step;
    if (value.is_null())
      violated(&shape, value, hidden, "Member must not be null");
    else
      visit(shape, value, hidden);
    path_.resize(length);
  }

  void visitStructure(const Shape& shape, const json& value, bool hidden) {
    static const json kAbsent;
    for (const Member& member : shape.members) {
      auto at = value.find(member.name);
      if (at != value.end())
        visitAt(member.name, *member.shape, *at, hidden);
      else if (member.required)
        visitAt(member.name, *member.shape, kAbsent, hidden);
    }
  }

  void visitList(const Shape& shape, const json& value, bool hidden) {
    checkSize(shape, value, hidden, value.size());
    for (std::size_t at = 0; at < value.size(); ++at) {
      visitAt(std::to_string(at + 1) + ".member", *shape.element, value[at], hidden);
    }
  }

  void visitMap(const Shape& shape, const json& value, bool hidden) {
    checkSize(shape, value, hidden, value.size());
    for (const auto& [name, item] : value.items()) {
      visitAt(name + ".key", *shape.key, json(name), hidden);
      visitAt(name + ".member", *shape.element, item, hidden);
    }
  }

  void visitString(const Shape& shape, const json& value, bool hidden) {
    const auto& text = value.get_ref<const std::string&>();
    checkSize(shape, value, hidden, codePoints(text));
    if (!shape.values.empty() &&
        std::find(shape.values.begin(), shape.values.end(), text) == shape.values.end()) {
      violated(&shape, value, hidden,
               "Member must satisfy enum value set: [" + joined(shape.values) + "]");
    }
    if (shape.pattern && !shape.pattern->matches(text)) {
      violated(&shape, value, hidden,
               "Member must satisfy regular expression pattern: " + shape.pattern->source());
      if (ownMessage_.empty()) ownMessage_ = shape.patternMessage;
    }
  }

  void checkSize(const Shape& shape, const json& value, bool hidden, std::size_t size) {
    const auto length = static_cast<double>(size);
    if (shape.min && length < *shape.min) {
      violated(&shape, value, hidden,
               "Member must have length greater than or equal to " + limitText(*shape.min));
    }
    if (shape.max && length > *shape.max) {
      violated(&shape, value, hidden,
               "Member must have length less than or equal to " + limitText(*shape.max));
    }
  }

  void checkRange(const Shape& shape, const json& value, bool hidden) {
    const auto number = value.get<double>();
    if (shape.min && number < *shape.min) {
      violated(&shape, value, hidden,
               "Member must have value greater than or equal to " + limitText(*shape.min));
    }
    if (shape.max && number > *shape.max) {
      violated(&shape, value, hidden,
               "Member must have value less than or equal to " + limitText(*shape.max));
    }
  }

  std::string path_;
  std::string text_;
  std::string ownMessage_;
  Violation first_;
  std::size_t count_ = 0;
};

}  // namespace

std::optional<ServiceError> checkConstraints(const OperationModel& operation, const json& input) {
  Checker checker;
  checker.visit(*operation.input, input, false);
  if (checker.clean()) return std::nullopt;
  const char* shape =
      operation.declares("InvalidInputException") ? "InvalidInputException" : "ValidationException";
  return ServiceError{shape, checker.message(), 400};
}

std::optional<Violation> findViolation(const Shape& shape, const json& input) {
  Checker checker;
  checker.visit(shape, input, false);
  if (checker.clean()) return std::nullopt;
  Violation violation = checker.first();
  violation.message = checker.message();
  return violation;
}

}  // namespace kiln::api
