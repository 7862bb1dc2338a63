#include "controller/cli/serve.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <utility>

#include "config/settings_loader.h"
#include "config/settings_table.h"
#include "controller/cli/daemon.h"

namespace kiln::cli {
namespace {

struct ServeFlags {
  std::string listen;
  std::string data;
  std::string config;
  std::string logLevel;
  std::vector<std::string> assignments;
};

constexpr int kUsage = 2;

Result<config::Sources> sourcesOf(const ServeFlags& flags) {
  config::Sources sources;
  sources.environment = config::environmentOf(environ);
  if (!flags.config.empty()) sources.file = flags.config;
  if (!flags.listen.empty()) {
    if (auto added = config::addListen(sources.flags, flags.listen); !added.ok())
      return added.error();
  }
  for (const auto& assignment : flags.assignments) {
    if (auto added = config::addAssignment(sources.flags, assignment); !added.ok())
      return added.error();
  }
  if (!flags.data.empty()) sources.flags["store.directory"] = flags.data;
  if (!flags.logLevel.empty()) sources.flags["log.level"] = flags.logLevel;
  return sources;
}

int serve(const ServeFlags& flags, const engine::Probe& probe) {
  auto sources = sourcesOf(flags);
  if (!sources.ok()) {
    std::fprintf(stderr, "kiln serve: %s\n", sources.error().message.c_str());
    return kUsage;
  }
  auto settings = config::loadSettings(*sources);
  if (!settings.ok()) {
    std::fprintf(stderr, "kiln serve: the settings have problems:\n%s",
                 settings.error().text().c_str());
    return kUsage;
  }
  return runDaemon(*settings, probe);
}

}  // namespace

void addServeCommand(CLI::App& app, int& exitCode, engine::Probe probe) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* command = app.add_subcommand("serve", "Run the server: AWS CodeBuild on this machine");
  command->add_option("--listen", flags->listen, "Address and port to listen on [127.0.0.1:4599]")
      ->type_name("ADDR:PORT");
  command->add_option("--data", flags->data, "Data directory [~/.local/share/kiln]")
      ->type_name("DIR")
      ->check([](const std::string& directory) {
        return directory.empty() ? "no directory is given" : "";
      });
  command
      ->add_option("--config", flags->config, "Settings file; config/kiln.yaml shows all of them")
      ->type_name("FILE");
  command->add_option("--log-level", flags->logLevel, "debug, info, warn or error [info]")
      ->type_name("LEVEL");
  command
      ->add_option("--set", flags->assignments,
                   "Any setting, may be repeated: --set queue.maxConcurrentBuilds=4")
      ->type_name("SECTION.KEY=VALUE");
  command->footer(
      "Examples:\n  kiln serve\n  kiln serve --listen 127.0.0.1:4600 --data /tmp/kiln --set "
      "queue.maxConcurrentBuilds=4\n"
      "  aws --endpoint-url http://localhost:4599 codebuild list-projects\n\n" +
      config::settingsHelp());
  command->callback(
      [flags, &exitCode, probe = std::move(probe)] { exitCode = serve(*flags, probe); });
}

}  // namespace kiln::cli
