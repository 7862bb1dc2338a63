// What every route of the watch answers alike: failures as a Status object or as a sentence.
#pragma once

#include "api/http/response.h"
#include "controller/core/result.h"

namespace kiln::api {

int httpStatusOf(const Error& error);

// A JSON Status (watch_line.h): for routes that answer JSON.
Response failure(const Error& error);

// One sentence of plain text: for the log.
Response plainFailure(const Error& error);

}  // namespace kiln::api
