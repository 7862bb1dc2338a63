#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "api/model/timestamp.h"
#include "api/model/utf8.h"
#include "api/model/xml.h"
#include "controller/core/text.h"

namespace kiln::api {
namespace {

using nlohmann::json;
using Read = Result<json, XmlError>;

constexpr int kMaxDepth = 64;

std::string_view localName(const char* name) {
  const char* colon = std::strchr(name, ':');
  return colon == nullptr ? name : colon + 1;
}

bool isBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool isText(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

bool isElement(const pugi::xml_node& node) { return node.type() == pugi::node_element; }

template <typename Number>
json readNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return nullptr;
  return number;
}

json readBoolean(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true") return true;
  return lower == "false" ? json(false) : json(nullptr);
}

json readTime(std::string_view text) {
  auto time = fromIso8601(text);
  if (!time) time = fromHttpDate(text);
  return toTimestamp(time);
}

Read readNode(const Shape& shape, const pugi::xml_node& node);

XmlError misplaced(const pugi::xml_node& node, const char* what) {
  return {std::string(what) + " in <" + std::string(node.name()).substr(0, 64) + ">"};
}

Read readLeaf(const Shape& shape, const pugi::xml_node& node) {
  std::string text;
  for (const auto& child : node.children()) {
    if (isElement(child)) return misplaced(node, "an element");
    if (isText(child)) text += child.value();
  }
  json value = readScalar(shape, text);
  if (value.is_null()) return misplaced(node, "a value of another type");
  return value;
}

Read readList(const Shape& shape, const pugi::xml_node& node) {
  json list = json::array();
  for (const auto& child : node.children()) {
    if (isText(child) && !isBlank(child.value())) return misplaced(node, "text");
    if (!isElement(child)) continue;
    if (localName(child.name()) != shape.elementName) return misplaced(child, "an unknown element");
    auto item = readNode(*shape.element, child);
    if (!item.ok()) return item;
    list.push_back(std::move(*item));
  }
  return list;
}

const Member* memberFor(const Shape& shape, std::string_view wireName, bool attribute) {
  for (const Member& member : shape.members) {
    if (member.location != Location::kBody || member.attribute != attribute) continue;
    const std::string_view own = member.wireName;
    const auto colon = own.find(':');
    if ((colon == std::string_view::npos ? own : own.substr(colon + 1)) == wireName) return &member;
  }
  return nullptr;
}

// One element of a structure into its member.
std::optional<XmlError> readMember(const Member& member, const pugi::xml_node& node, json& into) {
  if (member.flattened && member.shape->type == ShapeType::kList) {
    auto item = readNode(*member.shape->element, node);
    if (!item.ok()) return item.error();
    into[member.name].push_back(std::move(*item));
    return std::nullopt;
  }
  if (into.contains(member.name)) return misplaced(node, "a second one");
  auto value = readNode(*member.shape, node);
  if (!value.ok()) return value.error();
  into[member.name] = std::move(*value);
  return std::nullopt;
}

Read readStructure(const Shape& shape, const pugi::xml_node& node) {
  json value = json::object();
  for (const auto& attribute : node.attributes()) {
    const Member* member = memberFor(shape, localName(attribute.name()), true);
    if (member != nullptr) value[member->name] = readScalar(*member->shape, attribute.value());
  }
  for (const auto& child : node.children()) {
    if (isText(child) && !isBlank(child.value())) return misplaced(node, "text");
    if (!isElement(child)) continue;
    const Member* member = memberFor(shape, localName(child.name()), false);
    if (member == nullptr) return misplaced(child, "an unknown element");
    if (auto wrong = readMember(*member, child, value)) return *wrong;
  }
  return value;
}

Read readNode(const Shape& shape, const pugi::xml_node& node) {
  switch (shape.type) {
    case ShapeType::kStructure: return readStructure(shape, node);
    case ShapeType::kList: return readList(shape, node);
    case ShapeType::kMap: return misplaced(node, "a map");
    case ShapeType::kString:
    case ShapeType::kInteger:
    case ShapeType::kLong:
    case ShapeType::kFloat:
    case ShapeType::kDouble:
    case ShapeType::kBoolean:
    case ShapeType::kTimestamp:
    case ShapeType::kBlob: return readLeaf(shape, node);
  }
  unreachable();
}

class DepthCheck final : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node& node) override {
    return depth() < kMaxDepth && node.type() != pugi::node_doctype;
  }
};

}  // namespace

json readScalar(const Shape& shape, std::string_view text) {
  switch (shape.type) {
    case ShapeType::kString:
    case ShapeType::kBlob: return std::string(text);
    case ShapeType::kInteger: return readNumber<std::int32_t>(trimmed(text));
    case ShapeType::kLong: return readNumber<std::int64_t>(trimmed(text));
    case ShapeType::kFloat:
    case ShapeType::kDouble: return readNumber<double>(trimmed(text));
    case ShapeType::kBoolean: return readBoolean(trimmed(text));
    case ShapeType::kTimestamp: return readTime(trimmed(text));
    case ShapeType::kStructure:
    case ShapeType::kList:
    case ShapeType::kMap: return nullptr;
  }
  unreachable();
}

// XML 1.0 has no U+0000, and the parser's texts end at one.
bool refersToZero(std::string_view text) {
  for (auto at = text.find("&#"); at != std::string_view::npos; at = text.find("&#", at + 2)) {
    auto digits = text.substr(at + 2);
    if (digits.starts_with('x')) digits.remove_prefix(1);
    const auto end = digits.find_first_not_of('0');
    if (end != 0 && (end == std::string_view::npos || digits[end] == ';')) return true;
  }
  return false;
}

Read readXml(const Shape& shape, std::string_view root, std::string_view text) {
  if (text.size() > kMaxXmlBytes) return XmlError{"the document is too large"};
  if (text.find('\0') != std::string_view::npos || !isUtf8(text))
    return XmlError{"the document is not UTF-8"};
  if (refersToZero(text)) return XmlError{"the document refers to the character 0"};
  pugi::xml_document document;
  constexpr unsigned kOptions =
      pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
  const auto parsed = document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) {
    return XmlError{std::string(parsed.description()) + " at byte " +
                    std::to_string(parsed.offset)};
  }
  DepthCheck check;
  if (!document.traverse(check)) return XmlError{"the document is too deep or has a DTD"};
  const pugi::xml_node node = document.document_element();
  if (localName(node.name()) != root) return misplaced(node, "the root element is another one");
  if (node.next_sibling()) return XmlError{"something follows the root element"};
  return readNode(shape, node);
}

}  // namespace kiln::api
