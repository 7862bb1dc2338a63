#include "api/http/json_handler.h"

namespace kiln::api {

Handler jsonHandler(const JsonService& service) {
  return [&service](Request& request) {
    const std::string_view target = request.header("x-amz-target");
    const auto dot = target.find('.');
    const auto operation =
        dot == std::string_view::npos ? std::string_view() : target.substr(dot + 1);
    JsonAnswer answer = service.call(
        operation, request.body,
        {request.scope, request.id, request.principal, std::string(request.header("host"))});
    Response response{answer.status,
                      {{"content-type", "application/x-amz-json-1.1"}},
                      std::move(answer.body),
                      nullptr};
    if (!answer.errorShape.empty()) response.headers["x-amzn-errortype"] = answer.errorShape;
    return response;
  };
}

}  // namespace kiln::api
