#include "api/http/response.h"

namespace kiln::api {

Response Response::text(int status, std::string body) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(body), nullptr};
}

Response Response::json(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body), nullptr};
}

}  // namespace kiln::api
