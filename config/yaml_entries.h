// A YAML file as a flat list of named values with their lines. The only user of yaml-cpp here.
//
// Two levels: `account: …` and `section: {key: …}`. Failure: every problem of form found (unreadable file, not YAML, not a mapping, a
// key twice, a key without a value) is added to `problems`, with file and line; the rest of the file is still read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/settings_loader.h"
#include "config/settings_table.h"

namespace kiln::config {

struct YamlEntry {
  std::string name;   // "server.port"
  std::string where;  // "kiln.yaml:12"
  RawValue value;
};

std::vector<YamlEntry> readYaml(const std::filesystem::path& file,
                                std::vector<SettingsProblem>& problems);

}  // namespace kiln::config
