// What a filter pattern names and a message has: `$.eventType` or `$status_code` -> its value as text.
#pragma once

#include <map>
#include <string>

namespace kiln::api::logs {

using ExtractedValues = std::map<std::string, std::string>;

}  // namespace kiln::api::logs
