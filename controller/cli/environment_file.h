// Variables for a build as people give them: NAME=value, NAME alone for the value it has here, and files of such lines as
// `docker run --env-file` reads them.
//
// Values; kInvalidArgument says which line of what is wrong, without its value.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/server_address.h"
#include "controller/core/build.h"
#include "controller/core/result.h"

namespace kiln::cli {

// "NAME=value", the value as it is; "NAME": the value in `here`. Nothing when it is not set there.
Result<std::vector<EnvVar>> readVariable(const std::string& text, const Environment& here);

// Lines as above. Blank lines and lines that begin with # are passed over, space before a name goes, quotes are part of the value.
Result<std::vector<EnvVar>> readVariables(std::string_view text, const std::string& name,
                                          const Environment& here);
Result<std::vector<EnvVar>> readEnvironmentFile(const std::filesystem::path& path,
                                                const Environment& here);

// Puts `added` after `all`; a name that is there already keeps its place and gets the new value.
void mergeVariables(std::vector<EnvVar>& all, std::vector<EnvVar> added);

}  // namespace kiln::cli
