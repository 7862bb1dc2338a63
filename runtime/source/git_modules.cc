#include "runtime/source/git_modules.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "controller/core/text.h"
#include "runtime/source/tree_names.h"

namespace kiln::runtime {
namespace {

// `[submodule "name"]`: the name; nullopt for any other section.
std::optional<std::string> moduleName(std::string_view line) {
  line = trimmed(line.substr(1));
  const auto quote = line.find('"');
  if (quote == std::string_view::npos || lowered(trimmed(line.substr(0, quote))) != "submodule")
    return std::nullopt;
  std::string name;
  for (std::size_t i = quote + 1; i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    name += line[i];
  }
  return name;
}

std::string valueOf(std::string_view text) {
  std::string value;
  std::size_t solid = 0;  // spaces after it belong to nobody
  bool quoted = false;
  text = trimmed(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
      solid = value.size();
      continue;
    }
    if (!quoted && (c == '#' || c == ';')) break;
    const bool escape = c == '\\' && i + 1 < text.size();
    value += escape ? (text[++i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i]) : c;
    if (quoted || escape || std::isspace(static_cast<unsigned char>(c)) == 0) solid = value.size();
  }
  value.resize(solid);
  return value;
}

}  // namespace

std::vector<GitModule> parseGitModules(std::string_view text) {
  std::vector<GitModule> modules;
  bool inModule = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      auto name = moduleName(line);
      inModule = name.has_value();
      if (!inModule) continue;
      modules.push_back({std::move(*name), {}, {}});
      continue;
    }
    const auto equals = line.find('=');
    if (!inModule || equals == std::string_view::npos) continue;
    const auto key = lowered(trimmed(line.substr(0, equals)));
    if (key == "path") modules.back().path = valueOf(line.substr(equals + 1));
    if (key == "url") modules.back().url = valueOf(line.substr(equals + 1));
  }
  return modules;
}

bool soundModuleName(std::string_view name) {
  const auto clean = cleanName(name);
  return clean && *clean == name && name.find('\\') == std::string_view::npos &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20; });
}

}  // namespace kiln::runtime
