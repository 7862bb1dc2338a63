#include "controller/cli/run.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <memory>

#include "config/settings_loader.h"
#include "controller/cli/container_shell.h"
#include "controller/cli/interrupts.h"
#include "controller/cli/local_build.h"
#include "controller/cli/log_output.h"
#include "controller/cli/run_request.h"
#include "controller/cli/watch.h"

namespace kiln::cli {
namespace {

constexpr const char* kRunTeaching =
    R"(Builds DIR (default: where you are) as CodeBuild would: every phase of its buildspec, in a container, on a
copy of the directory at $CODEBUILD_SRC_DIR. DIR itself is only read. No server is needed; while the build
runs, S3, CodeCommit, CloudWatch Logs, Parameter Store and Secrets Manager are there for it at
$AWS_ENDPOINT_URL, empty at first and gone afterwards.

Phases and log are shown as they come: coloured on a terminal, plain lines in a pipe, JSON with --json.

Examples:
  kiln run                                      build the current directory
  kiln run app --env STAGE=test --env-file .env with variables of the build
  kiln run --artifacts out                      what `artifacts` in the buildspec names, as files below out/
  kiln run --buildspec ci/release.yml           another buildspec of DIR, or any file, or the text itself
  kiln run --secondary lib=../lib               ../lib is at $CODEBUILD_SRC_DIR_lib
  kiln run --image python:3.12 --privileged     another image; docker works inside
  kiln run --shell-on-failure                   look around where it failed
  kiln run && git push                          go on only if it succeeds

Ctrl-C stops the build and removes its container; a second one does not wait for that to be done in order.

Exit status: 0 the build succeeded, 1 it ended in any other way, 2 wrong usage, 3 there could be no build
(no container engine: `kiln doctor` helps), 130 Ctrl-C, 141 nobody reads the output any more (| head).)";

constexpr std::array kComputeTypes = {"BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM",
                                      "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE",
                                      "BUILD_GENERAL1_2XLARGE"};
constexpr int kLongestTimeout = 2160;  // minutes (facts §2.5)

struct RunFlags {
  RunOptions options;
  RunView view;
  std::string config;
  std::string logLevel;
  std::vector<std::string> assignments;
};

int complainRun(int status, const std::string& message) {
  std::cerr << "kiln run: " << message << std::endl;
  return status;
}

Result<config::Settings> settingsFor(const RunFlags& flags) {
  config::Sources sources;
  sources.environment = config::environmentOf(environ);
  if (!flags.config.empty()) sources.file = flags.config;
  // What a server's file says of how others reach it, and who hears of its builds, is not meant for this one.
  // Its data go to a directory that is made later, whatever HOME is.
  sources.flags = {{"log.level", "warn"},
                   {"server.publicEndpoint", ""},
                   {"events.callbacks", ""},
                   {"store.directory", "/"}};
  for (const auto& assignment : flags.assignments) {
    if (auto added = config::addAssignment(sources.flags, assignment); !added.ok())
      return added.error();
    for (const char* own : {"store.directory=", "server.host=", "server.port="}) {
      if (assignment.starts_with(own))
        return Error{Code::kInvalidArgument,
                     "--set " + assignment + ": kiln run chooses that itself"};
    }
  }
  if (!flags.logLevel.empty()) sources.flags["log.level"] = flags.logLevel;
  auto settings = config::loadSettings(sources);
  if (settings.ok()) return *std::move(settings);
  return Error{Code::kInvalidArgument, "the settings have problems:\n" + settings.error().text()};
}

int runLocally(const RunFlags& flags) {
  if (flags.view.shellOnFailure && flags.view.json)
    return complainRun(kExitUsage, "--shell-on-failure and --json do not go together");
  if (flags.view.shellOnFailure && !hasTerminal())
    return complainRun(kExitUsage,
                       "--shell-on-failure needs a terminal as standard input and output");
  const auto request = toRequest(flags.options, fromProcess);
  if (!request.ok()) return complainRun(kExitUsage, request.error().message);
  auto settings = settingsFor(flags);
  if (!settings.ok()) return complainRun(kExitUsage, settings.error().message);
  if (!settings->engine.enabled)
    return complainRun(kExitNoAnswer, "the container engine is switched off (engine.enabled)");
  Interrupts interrupts;
  startLogging(settings->log);
  LocalBuild build(*request, *std::move(settings), flags.view, interrupts);
  const auto status = build.run();
  if (status.ok()) return *status;
  return complainRun(kExitNoAnswer,
                     status.error().message + "\n  `kiln doctor` checks what a build needs.");
}

// What goes in, and what comes out.
void addInputOptions(CLI::App& command, RunOptions& options) {
  command.add_option("DIR", options.directory, "The directory to build")->capture_default_str();
  command
      .add_option("--buildspec", options.buildspec,
                  "Another buildspec: a file (of DIR, or any other) or its text [buildspec.yml]")
      ->type_name("FILE|TEXT");
  command
      .add_option("--env", options.environment,
                  "A variable of the build, may be repeated; K alone takes its value from here")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command
      .add_option("--env-file", options.environmentFiles,
                  "Variables from a file of K=V lines, as docker reads it; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("--secondary", options.secondary,
                  "A secondary source, at $CODEBUILD_SRC_DIR_ID; may be repeated")
      ->type_name("ID=DIR")
      ->allow_extra_args(false);
  command
      .add_option("--artifacts", options.artifacts,
                  "Where the build's artifacts go, with modes but setuid and setgid, secondary "
                  "ones to DIR/ID [none are collected]")
      ->type_name("DIR")
      ->check([](const std::string& directory) {
        return std::string(directory.empty() ? "a directory is needed" : "");
      });
}

// What it runs on.
void addMachineOptions(CLI::App& command, RunOptions& options) {
  command
      .add_option("--image", options.image,
                  "The build's image [engine.fallbackImage: kiln/build:latest]")
      ->type_name("IMAGE");
  command
      .add_option("--compute-type", options.computeType,
                  "CPU and memory, as far as there is that much")
      ->check(CLI::IsMember(std::vector<std::string>(kComputeTypes.begin(), kComputeTypes.end())))
      ->type_name("TYPE")
      ->capture_default_str();
  command.add_option("--timeout", options.timeout, "Minutes until it ends as TIMED_OUT")
      ->check(CLI::Range(1, kLongestTimeout))
      ->type_name("MINUTES")
      ->capture_default_str();
  command.add_flag("--privileged", options.privileged,
                   "The build may use the container engine itself");
}

void addViewOptions(CLI::App& command, RunFlags& flags) {
  command.add_flag("--shell-on-failure", flags.view.shellOnFailure,
                   "A shell in the container when the build has failed, where and as it failed");
  command.add_flag("--json", flags.view.json,
                   "One JSON object a line: the build as it changes (as kiln watch --json), and "
                   "its log lines with type LOG");
  command.add_flag("--timestamps", flags.view.timestamps, "Put its time before each log line");
  command.add_flag("--no-color,--no-colour", flags.view.noColour, "No colour (also NO_COLOR)");
  command.add_option("--config", flags.config, "Settings file, as for kiln serve")
      ->type_name("FILE");
  command.add_option("--set", flags.assignments, "Any setting of kiln serve, may be repeated")
      ->type_name("SECTION.KEY=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--log-level", flags.logLevel,
                  "Kiln's own log on stderr: debug, info, warn or error [warn]")
      ->type_name("LEVEL");
}

}  // namespace

void addRunCommand(CLI::App& app, int& exitCode) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app.add_subcommand("run", "Build a local directory with its buildspec");
  command->footer(kRunTeaching);
  addInputOptions(*command, flags->options);
  addMachineOptions(*command, flags->options);
  addViewOptions(*command, *flags);
  command->callback([flags, &exitCode] { exitCode = runLocally(*flags); });
}

}  // namespace kiln::cli
