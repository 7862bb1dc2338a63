// What a buildspec leaves to the build's own environment: `$NAME` and `${NAME}` in the paths of an artifact, and its name, which the
// shell reads as it reads a text between double quotes: `app-$(date +%Y-%m-%d)`.
//
// The build's shell is asked, with the directory and the variables that the next command would have; what it does to them ends with it.
// What it writes to its error output goes to the log. Blocks until it has answered; for the collecting process only.
// Failure: the shell ended with another status than 0 (a command of the name failed, or it is no expression).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/agent/protocol.h"
#include "runtime/agent/workspace.h"

namespace kiln::agent {

// Replaces paths and names by what they mean. Shell variables that are not set are empty.
Status evaluate(std::vector<ArtifactToCollect>& artifacts, const std::string& shell,
                Workspace& workspace);

// The variables that a path refers to. `\$` is a dollar sign, and `$` before anything but a name or a name in braces is itself.
std::vector<std::string> variablesIn(std::string_view path);
std::string withVariables(std::string_view path, const std::map<std::string, std::string>& values);

}  // namespace kiln::agent
