// The text of a .gitmodules file, which comes from the repository and is not trusted: names, paths and URLs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::runtime {

struct GitModule {
  std::string name;
  std::string path;
  std::string url;
};

// In the order of the file; what is not about submodules is passed over. Git's quotes, escapes and comments are understood.
std::vector<GitModule> parseGitModules(std::string_view text);

// May a directory be named so below .git/modules?
bool soundModuleName(std::string_view name);

}  // namespace kiln::runtime
