// The framing of `application/vnd.amazon.eventstream`: each message with its length, headers and two CRC32s. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::api::logs {

using StreamHeaders = std::vector<std::pair<std::string, std::string>>;

std::string frame(const StreamHeaders& headers, std::string_view payload);

// A message of the JSON protocols: an event of the stream's own type (`initial-response` among them), and an exception that ends it.
std::string eventFrame(std::string_view type, std::string_view json);
std::string exceptionFrame(std::string_view shape, std::string_view json);

}  // namespace kiln::api::logs
