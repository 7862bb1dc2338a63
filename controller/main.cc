// kiln: one program, one subcommand for each way of using it. The objects of `kiln serve` are made and connected in cli/node.h.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "controller/cli/doctor.h"
#include "controller/cli/run.h"
#include "controller/cli/serve.h"
#include "controller/cli/watch.h"

namespace {

void addVersionCommand(CLI::App& app) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, R"(One JSON object: {"version":"..."})");
  command->callback(
      [json] { std::puts(*json ? R"({"version":")" KILN_VERSION R"("})" : "kiln " KILN_VERSION); });
}

// Where standard input, output or error is closed, the next file that is opened would take its place, and be written to.
void fillStandardDescriptors() {
  int descriptor = STDIN_FILENO;
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR);
  if (descriptor >= 0) ::close(descriptor);
}

}  // namespace

int main(int argc, char** argv) {
  fillStandardDescriptors();
  CLI::App app("Kiln: AWS CodeBuild on your own machine", "kiln");
  app.require_subcommand(1);
  app.set_version_flag("--version", "kiln " KILN_VERSION);
  app.failure_message([](const CLI::App* program, const CLI::Error& error) {
    const auto words = program->remaining();
    const bool noCommand = program->get_subcommands().empty() && !words.empty();
    return (noCommand ? "There is no command '" + words.front() + "'." : error.what()) +
           std::string("\nRun with --help for more information.\n");
  });
  int exitCode = 0;
  kiln::cli::addServeCommand(app, exitCode);
  kiln::cli::addRunCommand(app, exitCode);
  kiln::cli::addWatchCommand(app, exitCode);
  kiln::cli::addDoctorCommand(app, exitCode);
  addVersionCommand(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    constexpr int kUsage = 2;
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  return exitCode;
}
