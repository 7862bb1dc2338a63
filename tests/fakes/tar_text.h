// Tar archives of small text files, for what goes through copyIn and copyOut.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kiln::fakes {

using Files = std::map<std::string, std::string>;  // path -> content

std::string tarOf(const Files& files);
// Regular files only; directories and the like are left out.
Files filesIn(std::string_view tar);

}  // namespace kiln::fakes
