// Which containers are ours, and what they are called. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/ids.h"

namespace kiln::runtime {

// Marks what is not a build's container (the one that fills the agent's volume), beside the store label.
inline constexpr std::string_view kRoleLabel = "io.kiln.role";

// "kiln-<build uuid>-<8 characters of the store's id>": the same for a build always, and never the same for two Kilns.
std::string containerName(const BuildId& id, std::string_view storeId);

}  // namespace kiln::runtime
