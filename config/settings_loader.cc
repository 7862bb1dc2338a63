#include "config/settings_loader.h"

#include <algorithm>
#include <array>

#include "config/settings_table.h"
#include "config/values.h"
#include "config/yaml_entries.h"

namespace kiln::config {
namespace {

constexpr std::string_view kEngineSwitch = "SIMFRA_DOCKER";
constexpr std::string_view kFileVariable = "KILN_CONFIG";
constexpr std::array<std::string_view, 2> kOtherVariables = {kFileVariable, "KILN_ENDPOINT"};
constexpr std::array<std::string_view, 2> kTestPrefixes = {"KILN_TEST_", "KILN_CRASH_"};

std::string shown(const RawValue& raw) {
  if (std::holds_alternative<std::string>(raw))
    return '"' + redactUrl(std::get<std::string>(raw)) + '"';
  if (std::holds_alternative<Pairs>(raw)) return "this mapping";
  std::string out;
  for (const auto& item : std::get<std::vector<std::string>>(raw)) {
    out += (out.empty() ? "[" : ", ") + redactUrl(item);
  }
  return out.empty() ? "[]" : out + "]";
}

bool isOther(std::string_view variable) {
  return std::find(kOtherVariables.begin(), kOtherVariables.end(), variable) !=
             kOtherVariables.end() ||
         std::any_of(kTestPrefixes.begin(), kTestPrefixes.end(),
                     [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_(sources) {}

  Result<Settings, SettingsProblems> load() {
    if (auto file = configurationFile()) applyFile(*file);
    applyEngineSwitch();
    applyEnvironment();
    applyFlags();
    resolveDirectory();
    checkTogether();
    if (!problems_.list.empty()) return std::move(problems_);
    return std::move(settings_);
  }

 private:
  const std::string* variable(std::string_view name) const {
    auto found = sources_.environment.find(std::string(name));
    return found == sources_.environment.end() || found->second.empty() ? nullptr : &found->second;
  }

  void addProblem(std::string where, std::string what) {
    problems_.list.push_back({std::move(where), std::move(what)});
  }

  std::optional<std::filesystem::path> configurationFile() const {
    if (sources_.file) return sources_.file;
    if (const auto* named = variable(kFileVariable)) return std::filesystem::path(*named);
    return std::nullopt;
  }

  void apply(const Setting& setting, const RawValue& raw, const std::string& where) {
    if (setting.apply(settings_, raw)) return;
    auto given = setting.secrecy == Secrecy::kSecret ? "what is given" : shown(raw);
    addProblem(where, setting.name + ": " + given + " is not a valid " + setting.type +
                          "; allowed: " + setting.allowed);
  }

  void applyFile(const std::filesystem::path& file) {
    for (const auto& entry : readYaml(file, problems_.list)) {
      const auto* setting = findSetting(entry.name);
      if (setting != nullptr) {
        apply(*setting, entry.value, entry.where);
        continue;
      }
      auto section = entry.name.substr(0, entry.name.find('.'));
      addProblem(entry.where,
                 "unknown key " + entry.name + "; " + section + " has: " + namesIn(section));
    }
  }

  void applyEngineSwitch() {
    const auto* given = variable(kEngineSwitch);
    if (given == nullptr) return;
    auto where = "environment " + std::string(kEngineSwitch);
    if (auto on = parseSwitch(*given)) {
      settings_.engine.enabled = *on;
    } else if (findSetting("engine.host")->apply(settings_, *given)) {
      settings_.engine.enabled = true;
    } else {
      addProblem(where, shown(*given) +
                            " is neither a switch (0, false, off; 1, true, on) nor unix:///PATH "
                            "nor tcp://HOST:PORT");
    }
  }

  void applyEnvironment() {
    std::map<std::string, const Setting*> byVariable;
    for (const auto& setting : settingsTable())
      byVariable.emplace(setting.environmentName(), &setting);
    for (const auto& [name, value] : sources_.environment) {
      if (!name.starts_with("KILN_") || isOther(name)) continue;
      auto where = "environment " + name;
      if (auto found = byVariable.find(name); found != byVariable.end()) {
        apply(*found->second, value, where);
      } else {
        addProblem(where, "unknown setting; KILN_<SECTION>_<KEY> is one of `kiln serve --help`");
      }
    }
  }

  void applyFlags() {
    for (const auto& [name, value] : sources_.flags) {
      if (const auto* setting = findSetting(name)) {
        apply(*setting, value, "flag " + name);
      } else {
        auto section = name.substr(0, name.find('.'));
        auto known = namesIn(section);
        addProblem("flag " + name, known.empty()
                                       ? "unknown setting; sections: " + namesIn("")
                                       : "unknown setting; " + section + " has: " + known);
      }
    }
  }

  void resolveDirectory() {
    auto& directory = settings_.store.directory;
    const auto* home = variable("HOME");
    auto text = directory.string();
    if (text.empty()) {
      const auto* data =
          variable("XDG_DATA_HOME");  // a relative one is to be ignored, says its specification
      if (data != nullptr && data->starts_with('/')) {
        directory = std::filesystem::path(*data) / "kiln";
      } else if (home != nullptr) {
        directory = std::filesystem::path(*home) / ".local/share/kiln";
      } else {
        addProblem(
            "store.directory",
            "neither HOME nor XDG_DATA_HOME is set; say where the data goes with --data DIR");
      }
    } else if (text == "~" || text.starts_with("~/")) {
      if (home == nullptr)
        return addProblem("store.directory", "\"" + text + "\" needs HOME, which is not set");
      directory = std::filesystem::path(*home) / text.substr(std::min<std::size_t>(2, text.size()));
    }
  }

  void checkTogether() {
    if (settings_.queue.backoffCap < settings_.queue.backoffBase) {
      addProblem("queue.backoffCap", formatDuration(settings_.queue.backoffCap) +
                                         " is shorter than queue.backoffBase, " +
                                         formatDuration(settings_.queue.backoffBase));
    }
    checkCredentials("s3", settings_.s3);
    checkCredentials("codecommit", settings_.codecommit);
    checkCredentials("logs", settings_.logs);
    checkCredentials("ssm", settings_.ssm);
    checkCredentials("secretsmanager", settings_.secretsmanager);
  }

  void checkCredentials(const std::string& section, const AwsServiceSettings& service) {
    if (service.accessKeyId.empty() == service.secretAccessKey.empty() &&
        (service.sessionToken.empty() || !service.accessKeyId.empty()))
      return;
    addProblem(section + ".accessKeyId",
               "accessKeyId and secretAccessKey are given together, sessionToken only with both");
  }

  const Sources& sources_;
  Settings settings_;
  SettingsProblems problems_;
};

}  // namespace

std::string SettingsProblems::text() const {
  std::string out;
  for (const auto& problem : list) out += problem.where + ": " + problem.what + "\n";
  return out;
}

Result<Settings, SettingsProblems> loadSettings(const Sources& sources) {
  return Loader(sources).load();
}

std::map<std::string, std::string> environmentOf(const char* const* environ) {
  std::map<std::string, std::string> variables;
  for (; environ != nullptr && *environ != nullptr; ++environ) {
    std::string_view line(*environ);
    auto equals = line.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

Status addListen(std::map<std::string, std::string>& flags, std::string_view address) {
  auto colon = address.rfind(':');
  auto host = address.substr(0, colon);
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  bool bareV6 = !bracketed && host.find_first_of(":[]") != std::string_view::npos;
  if (colon == std::string_view::npos || host.empty() || bareV6 || colon + 1 == address.size()) {
    return Error{Code::kInvalidArgument,
                 "--listen " + std::string(address) +
                     ": ADDR:PORT expected, such as 127.0.0.1:4599 or [::1]:4599"};
  }
  flags["server.host"] = host;
  flags["server.port"] = address.substr(colon + 1);
  return okStatus();
}

Status addAssignment(std::map<std::string, std::string>& flags, std::string_view assignment) {
  auto equals = assignment.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return Error{
        Code::kInvalidArgument,
        "--set " + redactUrl(assignment) + ": section.key=value expected, such as queue.workers=8"};
  }
  flags.insert_or_assign(std::string(assignment.substr(0, equals)),
                         std::string(assignment.substr(equals + 1)));
  return okStatus();
}

std::string describe(const Settings& settings) {
  std::string out;
  for (const auto& setting : settingsTable()) {
    out += setting.name + " = " + setting.showRedacted(settings) + "\n";
  }
  return out;
}

}  // namespace kiln::config
