#include "controller/cli/doctor.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "config/settings_loader.h"
#include "controller/cli/node.h"
#include "runtime/docker/docker_runtime.h"

namespace kiln::cli {
namespace {

constexpr int kUsage = 2;
constexpr int kNotShown = 1;
constexpr Millis kPatience{5'000};

constexpr const char* kTeaching =
    R"(Checks what `kiln serve` needs with the same settings and says how to mend what is not well. It may
run beside a server: then it also asks that one how it is.

Examples:
  kiln doctor
  kiln doctor --config kiln.yaml --data /srv/kiln
  kiln doctor --json | jq '.checks[] | select(.health != "ok")'

Exit status: 0 nothing fails (warnings do not count), 1 something does, 2 wrong usage or settings.)";

struct Flags {
  std::string config;
  std::string data;
  std::string listen;
  bool json = false;
  bool noColour = false;
};

std::string_view wordOf(Health health) {
  switch (health) {
    case Health::kOk: return "ok";
    case Health::kWarn: return "warn";
    case Health::kFail: return "fail";
  }
  unreachable();
}

Tone toneOf(Health health) {
  switch (health) {
    case Health::kOk: return Tone::kGood;
    case Health::kWarn: return Tone::kBusy;
    case Health::kFail: return Tone::kBad;
  }
  unreachable();
}

bool allWell(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.health == Health::kFail; });
}

Result<config::Settings> settingsOf(const Flags& flags) {
  config::Sources sources;
  sources.environment = config::environmentOf(environ);
  if (!flags.config.empty()) sources.file = flags.config;
  if (!flags.data.empty()) sources.flags["store.directory"] = flags.data;
  if (!flags.listen.empty()) {
    const Status added = config::addListen(sources.flags, flags.listen);
    if (!added.ok()) return added.error();
  }
  auto settings = config::loadSettings(sources);
  if (settings.ok()) return *settings;
  return Error{Code::kInvalidArgument, "the settings have problems:\n" + settings.error().text()};
}

void examineEngine(const config::Settings& settings, std::vector<Finding>& findings) {
  config::EngineSettings patient = settings.engine;
  patient.requestTimeout = std::min(patient.requestTimeout, kPatience);
  auto runtime = runtime::DockerRuntime::make(patient, "doctor", agentProgram());
  if (!runtime.ok()) {
    findings.push_back(checkEngine(settings.engine, settings.engine.host, runtime.error()));
    return;
  }
  const auto info = (*runtime)->info();
  findings.push_back(checkEngine(settings.engine, (*runtime)->endpoint(), info));
  if (!info.ok() || !settings.engine.enabled) return;
  findings.push_back(checkImages(settings.engine, **runtime));
  findings.push_back(checkCompute(*info));
  findings.push_back(checkBridge(settings.server, *info));
}

std::vector<Finding> examine(const config::Settings& settings) {
  std::vector<Finding> findings;
  findings.push_back(checkAgent(agentProgram()));
  examineEngine(settings, findings);
  const std::string endpoint = endpointOf(settings.server);
  const auto health = HttpStreams::get(endpoint + "/_kiln/health", kPatience);
  findings.push_back(checkPort(settings.server, health));
  if (health.ok() && findings.back().health == Health::kOk) {
    findings.push_back(checkReady(HttpStreams::get(endpoint + "/_kiln/ready", kPatience)));
  }
  findings.push_back(checkData(settings.store.directory));
  return findings;
}

int run(const Flags& flags) {
  const auto settings = settingsOf(flags);
  if (!settings.ok()) {
    std::cerr << "kiln doctor: " << settings.error().message << std::endl;
    return kUsage;
  }
  const std::vector<Finding> findings = examine(*settings);
  if (flags.json) {
    std::cout << doctorJson(findings) << std::endl;
    if (!std::cout) return kNotShown;
  } else {
    Screen screen(STDOUT_FILENO, traitsOf(STDOUT_FILENO, flags.noColour));
    for (const std::string& line : doctorLines(screen.traits(), findings)) screen.line(line);
    if (!screen.flush()) return kNotShown;
  }
  return allWell(findings) ? 0 : 1;
}

}  // namespace

std::vector<std::string> doctorLines(const Traits& traits, const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    std::string word(wordOf(finding.health));
    word.resize(6, ' ');
    std::string check = finding.check;
    check.resize(std::max<std::size_t>(check.size(), 9), ' ');
    lines.push_back(paint(traits, toneOf(finding.health), word) + check + finding.detail);
    if (!finding.remedy.empty() && finding.health != Health::kOk) {
      lines.push_back(std::string(15, ' ') + paint(traits, Tone::kBold, "-> ") + finding.remedy);
    }
  }
  lines.push_back(allWell(findings) ? "Nothing stands in the way of builds."
                                    : "Builds cannot run until what failed is mended.");
  return lines;
}

std::string doctorJson(const std::vector<Finding>& findings) {
  nlohmann::ordered_json report = {{"ok", allWell(findings)},
                                   {"checks", nlohmann::ordered_json::array()}};
  for (const Finding& finding : findings) {
    report["checks"].push_back({{"check", finding.check},
                                {"health", wordOf(finding.health)},
                                {"detail", finding.detail},
                                {"remedy", finding.remedy}});
  }
  return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void addDoctorCommand(CLI::App& app, int& exitCode) {
  CLI::App* command =
      app.add_subcommand("doctor", "Check what builds need, and say how to mend what is not well");
  command->footer(kTeaching);
  auto flags = std::make_shared<Flags>();
  command->add_option("--config", flags->config, "Settings file, as for `kiln serve`")
      ->type_name("FILE");
  command->add_option("--data", flags->data, "Data directory, as for `kiln serve`")
      ->type_name("DIR")
      ->check([](const std::string& directory) {
        return directory.empty() ? "no directory is given" : "";
      });
  command->add_option("--listen", flags->listen, "Address and port, as for `kiln serve`")
      ->type_name("ADDR:PORT");
  command->add_flag("--json", flags->json, "One JSON object: {\"ok\":…,\"checks\":[…]}");
  command->add_flag("--no-color,--no-colour", flags->noColour, "No colour (also NO_COLOR)");
  command->callback([flags, &exitCode] { exitCode = run(*flags); });
}

}  // namespace kiln::cli
