// Between cpprestsdk's messages and ours. Only for sources that use cpprestsdk.
#pragma once

#include <cpprest/http_msg.h>

#include <string>

#include "api/http/request.h"
#include "api/http/response.h"

namespace kiln::api {

// Everything but the body. Throws what the library throws for a URI that it cannot take.
Request toRequest(const web::http::http_request& message, const std::string& account);

// True for the calls whose body is read whole before the handler runs: JSON and form protocols on `/`.
bool wantsWholeBody(const Request& request);

bool hasBody(const Request& request);

// Status, headers and, unless the answer streams, the body. `request` is the one that is answered.
web::http::http_response toMessage(const Request& request, Response response);

}  // namespace kiln::api
