// The one table of settings: name, type, what is allowed, what it is for, and how it is set and shown.
//
// The YAML file, the environment, the flags, `kiln serve --help` and the check of config/kiln.yaml all read it; a setting that is
// not in it cannot be set. Immutable after the first call; any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/settings.h"

namespace kiln::config {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What a source gives for a setting: text, or (YAML only) a list or a mapping of texts.
using RawValue = std::variant<std::string, std::vector<std::string>, Pairs>;

// How much of a value may be shown to people.
enum class Secrecy {
  kPublic,
  kUrl,     // may hold URLs with credentials: shown through redactUrl
  kSecret,  // is a credential: never shown
};

struct Setting {
  std::string name;     // "server.port"; "account" has no section
  std::string type;     // "whole number", "duration", ...
  std::string allowed;  // "1 to 65535"
  std::string doc;      // one line
  Secrecy secrecy = Secrecy::kPublic;
  // Puts the value into the settings, or answers false and leaves them as they were.
  std::function<bool(Settings&, const RawValue&)> apply;
  // The value as it could be written in the YAML file.
  std::function<std::string(const Settings&)> show;

  // The part before the dot; empty when there is none.
  std::string_view section() const;
  // The value, fit for a log.
  std::string showRedacted(const Settings& settings) const;
  // "KILN_SERVER_LISTEN_FOR_BUILDS" for "server.listenForBuilds".
  std::string environmentName() const;
};

const std::vector<Setting>& settingsTable();
const Setting* findSetting(std::string_view name);

// The names of a section's settings without the section, separated by commas; of the whole file when `section` is empty.
std::string namesIn(std::string_view section);

// The table as text for `kiln serve --help`: name, default, what is allowed, what it is for.
std::string settingsHelp();

}  // namespace kiln::config
