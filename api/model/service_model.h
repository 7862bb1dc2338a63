// ServiceModel: one service's operations and shapes, loaded from its table (api/model/*.json).
//
// Owner: the JsonService. After load() only read: any thread. A table that is not what this file describes aborts the program at
// start: it is part of the binary.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/model/pattern.h"

namespace kiln::api {

enum class ShapeType {
  kStructure,
  kList,
  kMap,
  kString,
  kInteger,  // 32 bits
  kLong,     // 64 bits
  kFloat,
  kDouble,
  kBoolean,
  kTimestamp,
  kBlob,
};

struct Shape;

// Where a rest-xml member travels.
enum class Location { kBody, kUri, kQuery, kHeader, kHeaders, kStatusCode };

struct Member {
  std::string name;
  const Shape* shape = nullptr;
  bool required = false;
  Location location = Location::kBody;
  std::string
      wireName;  // of the element, header or parameter; of kHeaders: the prefix. Else `name`
  bool flattened = false;  // a list without an element around it
  bool attribute = false;  // an XML attribute of its structure
  bool streaming = false;  // the body is the value
};

struct Shape {
  std::string name;
  ShapeType type = ShapeType::kStructure;
  bool sensitive = false;     // its value is never shown
  std::optional<double> min;  // of a number; of a string, list, map or blob: of its length
  std::optional<double> max;
  std::unique_ptr<Pattern> pattern;
  std::string
      patternMessage;  // what the service answers instead of the general text when `pattern` is not met
  std::vector<std::string> values;     // of an enum; empty: any
  std::vector<Member> members;         // of a structure, sorted by name
  const Shape* element = nullptr;      // of a list; the value of a map
  const Shape* key = nullptr;          // of a map
  std::string elementName = "member";  // of a list that is not flattened, in XML
  std::string payload;                 // the member that is the whole body; empty: none

  const Member* findMember(std::string_view memberName) const;
};

struct OperationModel {
  std::string name;
  const Shape* input = nullptr;   // nullptr: none
  const Shape* output = nullptr;  // nullptr: none
  std::vector<std::string> errors;
  std::string method;      // of a rest service
  std::string requestUri;  // "/{Bucket}/{Key+}?uploads"
  int successStatus = 200;

  bool declares(std::string_view errorShape) const;
};

class ServiceModel {
 public:
  static ServiceModel load(std::string_view table);
  // The compiled-in table of a service; aborts when there is none.
  static ServiceModel loadNamed(std::string_view service);

  const std::string& targetPrefix() const { return targetPrefix_; }  // empty unless a JSON service
  const std::string& apiVersion() const { return apiVersion_; }
  const OperationModel* findOperation(std::string_view name) const;
  const Shape* findShape(std::string_view name) const;
  const std::map<std::string, OperationModel, std::less<>>& operations() const {
    return operations_;
  }

 private:
  ServiceModel() = default;

  std::string targetPrefix_;
  std::string apiVersion_;
  std::map<std::string, Shape, std::less<>> shapes_;
  std::map<std::string, OperationModel, std::less<>> operations_;
};

}  // namespace kiln::api
