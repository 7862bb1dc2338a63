// The service tables that are compiled into the binary (api/model/*.json, put there by tables.S). Constant bytes; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace kiln::api {

// The JSON text of one service's table ("codebuild"); nullopt when it is not in the binary.
std::optional<std::string_view> findTable(std::string_view service);

}  // namespace kiln::api
