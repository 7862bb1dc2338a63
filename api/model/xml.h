// XML of the rest-xml and query protocols: a body into the JSON form of its shape, and back. Pure functions.
//
// A hostile document is harmless: size and depth are limited, there are no DTDs and no entities but the five of XML itself. JSON form:
// as the JSON protocols have it (a timestamp is a number of seconds, a blob base64), so that one validator serves all.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "api/model/service_model.h"
#include "controller/core/result.h"

namespace kiln::api {

inline constexpr std::size_t kMaxXmlBytes = 4 << 20;

// What is wrong with a document, in words for a log; a service has its own for the caller.
struct XmlError {
  std::string message;
};

// The document's root must be called `root`. Elements that the shape lacks are refused.
Result<nlohmann::json, XmlError> readXml(const Shape& shape, std::string_view root,
                                         std::string_view text);

// A header, integer or other scalar as text into JSON; null when it is not of the shape's type. Timestamps: ISO 8601 or an HTTP date.
nlohmann::json readScalar(const Shape& shape, std::string_view text);
// Bare text of a scalar. Timestamps as ISO 8601.
std::string scalarText(const Shape& shape, const nlohmann::json& value);

// Appends `<element>…</element>`; members that are null or not of the body are left out. `xmlns` empty: none.
void writeXml(std::string& out, const Shape& shape, std::string_view element,
              const nlohmann::json& value, std::string_view xmlns = {});

// Appends the text with what XML reserves, and what it cannot hold, as references.
void escapeXml(std::string& out, std::string_view text);

}  // namespace kiln::api
