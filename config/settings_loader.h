// Settings from all their sources: defaults <- YAML file <- environment <- flags, each over the one before it.
//
// Pure but for reading the file; the result is a value. Failure: every problem of every source at once, each with its place.
//
// Environment: KILN_<SECTION>_<KEY> for every row of the table (KILN_ACCOUNT, KILN_SERVER_PORT, KILN_QUEUE_MAX_CONCURRENT_BUILDS);
// lists and mappings are separated by commas. SIMFRA_DOCKER switches the engine off (0, false, off, no) or on, or says where it is
// (unix://…, tcp://…); KILN_ENGINE_… comes after it. KILN_CONFIG names the file when no --config does. Other names that begin with
// KILN_ are errors, except KILN_ENDPOINT (where the clients look for the server) and KILN_TEST_…, KILN_CRASH_… (the tests').
//
// Flags of `kiln serve` (setting name -> text): --listen ADDR:PORT by addListen, --data DIR is "store.directory", --log-level is
// "log.level", --set section.key=value by addAssignment; --config FILE is `Sources::file`.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "controller/core/result.h"

namespace kiln::config {

struct SettingsProblem {
  std::string where;  // "/etc/kiln.yaml:12", "environment KILN_SERVER_PORT", "flag server.port"
  std::string what;   // what was given (secrets redacted) and what is allowed
  bool operator==(const SettingsProblem&) const = default;
};

struct SettingsProblems {
  std::vector<SettingsProblem> list;

  // One line each, "where: what".
  std::string text() const;
};

struct Sources {
  std::optional<std::filesystem::path> file;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> flags;
};

Result<Settings, SettingsProblems> loadSettings(const Sources& sources);

// The variables of a process, as main's environ has them.
std::map<std::string, std::string> environmentOf(const char* const* environ);

// "127.0.0.1:4599", "[::1]:4599", "host:port" as server.host and server.port.
Status addListen(std::map<std::string, std::string>& flags, std::string_view address);
// "section.key=value".
Status addAssignment(std::map<std::string, std::string>& flags, std::string_view assignment);

// Every setting as `name = value`, one a line, fit for a log: credentials are replaced by "***".
std::string describe(const Settings& settings);

}  // namespace kiln::config
