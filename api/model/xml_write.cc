#include <charconv>
#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/model/xml.h"

namespace kiln::api {
namespace {

using nlohmann::json;

bool isScalar(ShapeType type) {
  return type != ShapeType::kStructure && type != ShapeType::kList && type != ShapeType::kMap;
}

void open(std::string& out, std::string_view element) {
  out += '<';
  out += element;
}

void close(std::string& out, std::string_view element) {
  out += "</";
  out += element;
  out += '>';
}

void writeMember(std::string& out, const Member& member, const json& value) {
  if (!member.flattened || member.shape->type != ShapeType::kList)
    return writeXml(out, *member.shape, member.wireName, value);
  for (const auto& item : value) writeXml(out, *member.shape->element, member.wireName, item);
}

void writeAttribute(std::string& out, const Member& member, const json& value) {
  const auto colon = member.wireName.find(':');
  if (colon != std::string::npos && member.wireName.substr(0, colon) == "xsi")
    out += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
  out += ' ' + member.wireName + "=\"";
  escapeXml(out, scalarText(*member.shape, value));
  out += '"';
}

void writeMembers(std::string& out, const Shape& shape, const json& value, bool attributes) {
  for (const Member& member : shape.members) {
    if (member.location != Location::kBody || member.attribute != attributes) continue;
    const auto at = value.find(member.name);
    if (at == value.end() || at->is_null()) continue;
    attributes ? writeAttribute(out, member, *at) : writeMember(out, member, *at);
  }
}

}  // namespace

void escapeXml(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\t':
      case '\n': out += c; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out += c;
        } else {
          char digits[4];
          const auto end = std::to_chars(digits, digits + 4, static_cast<unsigned char>(c), 16).ptr;
          out.append("&#x").append(digits, end).append(";");
        }
    }
  }
}

std::string scalarText(const Shape& shape, const json& value) {
  if (shape.type == ShapeType::kTimestamp && value.is_number())
    return toIsoMillis(fromTimestamp(value));
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

void writeXml(std::string& out, const Shape& shape, std::string_view element, const json& value,
              std::string_view xmlns) {
  open(out, element);
  if (!xmlns.empty()) out.append(" xmlns=\"").append(xmlns).append("\"");
  if (shape.type == ShapeType::kStructure) writeMembers(out, shape, value, true);
  out += '>';
  if (isScalar(shape.type)) {
    escapeXml(out, scalarText(shape, value));
  } else if (shape.type == ShapeType::kStructure) {
    writeMembers(out, shape, value, false);
  } else if (shape.type == ShapeType::kList) {
    for (const auto& item : value) writeXml(out, *shape.element, shape.elementName, item);
  } else {
    for (const auto& [name, item] : value.items()) {
      out += "<entry><key>";
      escapeXml(out, name);
      out += "</key>";
      writeXml(out, *shape.element, "value", item);
      out += "</entry>";
    }
  }
  close(out, element);
}

}  // namespace kiln::api
