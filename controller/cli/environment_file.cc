#include "controller/cli/environment_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "controller/core/text.h"

namespace kiln::cli {
namespace {

Error wrongVariable(const std::string& what) { return {Code::kInvalidArgument, what}; }

}  // namespace

Result<std::vector<EnvVar>> readVariable(const std::string& text, const Environment& here) {
  const auto equals = text.find('=');
  EnvVar variable{.name = text.substr(0, equals), .value = {}};
  if (variable.name.empty()) return wrongVariable("a variable has no name");
  if (variable.name.find_first_of(std::string(" \t\r\n\0", 5)) != std::string::npos)
    return wrongVariable("the name '" + variable.name + "' has a space in it");
  if (equals != std::string::npos) {
    variable.value = text.substr(equals + 1);
    return std::vector<EnvVar>{std::move(variable)};
  }
  variable.value = here(variable.name.c_str());
  if (variable.value.empty()) return std::vector<EnvVar>();
  return std::vector<EnvVar>{std::move(variable)};
}

Result<std::vector<EnvVar>> readVariables(std::string_view text, const std::string& name,
                                          const Environment& here) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<EnvVar> all;
  for (int number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto found = readVariable(std::string(line), here);
    if (!found.ok())
      return wrongVariable(name + ":" + std::to_string(number) + ": " + found.error().message);
    mergeVariables(all, std::move(*found));
  }
  return all;
}

Result<std::vector<EnvVar>> readEnvironmentFile(const std::filesystem::path& path,
                                                const Environment& here) {
  std::error_code unknown;
  errno = std::filesystem::is_directory(path, unknown) ? EISDIR : 0;
  std::ifstream in;
  if (errno == 0) in.open(path, std::ios::binary);
  if (!in.is_open())
    return wrongVariable("cannot read " + path.string() + ": " + std::strerror(errno));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return readVariables(text, path.string(), here);
}

void mergeVariables(std::vector<EnvVar>& all, std::vector<EnvVar> added) {
  for (EnvVar& variable : added) {
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const EnvVar& one) { return one.name == variable.name; });
    if (same == all.end()) {
      all.push_back(std::move(variable));
    } else {
      same->value = std::move(variable.value);
    }
  }
}

}  // namespace kiln::cli
