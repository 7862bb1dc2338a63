// The rest-xml protocol: which operation a request is, its members into JSON input, and JSON output into headers and body.
//
// RestRoutes: owner is the service; after construction only read, any thread. The rest are pure functions.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/model/service_model.h"
#include "controller/core/result.h"

namespace kiln::api {

using TextMap = std::map<std::string, std::string, std::less<>>;

struct RestCall {
  std::string method;
  TextMap labels;  // of the URI template, decoded: Bucket, Key
  const TextMap& query;
  const TextMap& headers;  // lower-case names
};

class RestRoutes {
 public:
  // Among operations that a request fits equally well, those of `preferred` win.
  RestRoutes(const ServiceModel& model, const std::set<std::string, std::less<>>& preferred);

  // The operation with the labels of the call whose fixed query parts are all there, most of them first; of equal ones the one most of
  // whose required members are there. nullptr: none has this method.
  const OperationModel* find(const RestCall& call) const;

 private:
  struct Route {
    const OperationModel* operation;
    std::set<std::string, std::less<>> labels;
    TextMap fixed;                     // query parts; an empty value fits any
    std::vector<const Member*> needs;  // required, in the query or a header
    bool preferred;
  };
  struct Fit;
  static std::optional<Fit> fitOf(const Route& route, const RestCall& call);

  std::map<std::string, std::vector<Route>, std::less<>> byMethod_;
};

struct BindError {
  std::string member;    // empty: the body as a whole
  std::string wireName;  // of the header or parameter
  std::string value;
  std::string message;
};

// `body` is looked at only when the operation has a payload that does not stream. Unreadable times in headers are left out, as S3 does.
Result<nlohmann::json, BindError> bindInput(const OperationModel& operation, const RestCall& call,
                                            std::string_view body);

// The payload member of the input, nullptr when there is none; true when its body is to be read whole before bindInput().
const Member* payloadOf(const Shape* shape);
bool readsBody(const OperationModel& operation);

struct RestAnswer {
  TextMap headers;
  std::string body;  // without an XML declaration
};

// `root` names the body's root element when the output has no payload member.
RestAnswer shapeOutput(const OperationModel& operation, const nlohmann::json& output,
                       std::string_view root, std::string_view xmlns);

}  // namespace kiln::api
