#include "controller/cli/watch.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "controller/core/ids.h"

namespace kiln::cli {
namespace {

std::atomic<int> interruptedBy{0};
static_assert(std::atomic<int>::is_always_lock_free);

void onSignal(int signal) { interruptedBy = signal; }

void catchSignals() {
  struct sigaction action {};
  action.sa_handler = onSignal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // the screen tells
}

constexpr const char* kTeaching =
    R"(Shows what builds do, as they do it. BUILD is a build's id (project:uuid), its ARN or uuid, or the
name of a project, which means its latest build. Without BUILD: a live list of all builds.

On a terminal the picture is redrawn in place; in a pipe each phase and each log line comes once.

Examples:
  kiln watch                          every build of the region, live
  kiln watch --project hello          those of one project
  kiln watch hello                    the latest build of project hello: phases and log
  kiln watch hello && ./deploy        go on only if it succeeds
  kiln watch hello --timestamps       each log line with its time
  kiln watch --json | jq -c '[.type, .object.id, .object.currentPhase]'

Exit status with BUILD: 0 the build succeeded, 1 it ended in any other way, 2 wrong usage,
3 no server or no such build, 130 interrupted (the build runs on), 141 nobody reads the output.)";

struct Flags {
  WatchOptions options;
  std::string endpoint;
  std::string region;
  bool noColour = false;
};

int fail(int status, const std::string& message) {
  std::cerr << "kiln watch: " << message << std::endl;
  return status;
}

int run(const Flags& flags) {
  auto address = findServer(flags.endpoint, flags.region, fromProcess);
  if (!address.ok()) return fail(kExitUsage, address.error().message);
  const auto health = HttpStreams::get(address->endpoint + "/_kiln/health");
  if (!health.ok()) return fail(kExitNoAnswer, notRunning(*address, health.error()));
  if (health->status != 200) {
    return fail(kExitNoAnswer, "What answers at " + address->endpoint + " is not a Kiln (HTTP " +
                                   std::to_string(health->status) + " for /_kiln/health).");
  }
  std::string id;
  if (!flags.options.build.empty()) {
    auto build = resolveBuild(*address, flags.options.build);
    if (!build.ok()) return fail(kExitNoAnswer, build.error().message);
    id = build->id;
    address->region = build->region;
  }
  catchSignals();
  const SystemClock clock;
  Screen screen(STDOUT_FILENO, traitsOf(STDOUT_FILENO, flags.noColour || flags.options.json));
  const WatchContext context{.address = *address,
                             .options = flags.options,
                             .clock = clock,
                             .screen = screen,
                             .interrupted = interruptedBy};
  return id.empty() ? watchList(context) : watchBuild(context, id);
}

Result<nlohmann::json> getJson(const std::string& url) {
  auto reply = HttpStreams::get(url);
  if (!reply.ok()) return reply.error();
  auto body = nlohmann::json::parse(reply->body, nullptr, false);
  if (reply->status == 200 && body.is_object()) return body;
  return Error{reply->status == 404 ? Code::kNotFound : Code::kInternal, failureText(reply->body)};
}

Result<BuildFacts> latestOf(const ServerAddress& address, const std::string& project) {
  auto body = getJson(address.url("/_kiln/builds", {{"project", project}, {"limit", "1"}}));
  if (!body.ok()) return body.error();
  auto builds = body->find("builds");
  if (builds != body->end() && builds->is_array() && !builds->empty()) {
    if (auto build = toBuildFacts(builds->front())) return *build;
  }
  return Error{Code::kNotFound,
               "There is no build of a project " + project + " in region " + address.region + "."};
}

}  // namespace

Result<BuildFacts> resolveBuild(const ServerAddress& address, const std::string& text) {
  const bool project = text.find(':') == std::string::npos && !isUuid(text);
  if (project) return latestOf(address, text);
  auto body = getJson(address.url("/_kiln/builds/" + percentEncoded(text)));
  if (!body.ok()) return body.error();
  if (auto build = toBuildFacts(*body)) return *build;
  return Error{Code::kInternal, "the server's answer for " + text + " is not a build"};
}

int endUnseen(const WatchContext& context) {
  const int why = context.screen.failure();
  if (why == EPIPE) return kExitNoReader;
  std::cerr << context.command << ": cannot write the output: " << std::strerror(why) << std::endl;
  return kExitFailed;
}

void addWatchCommand(CLI::App& app, int& exitCode) {
  CLI::App* command = app.add_subcommand("watch", "Show what builds do, as they do it");
  command->footer(kTeaching);
  auto flags = std::make_shared<Flags>();
  command->add_option("BUILD", flags->options.build, "Build id, ARN, uuid, or a project's name");
  command->add_option("--endpoint", flags->endpoint,
                      "Where Kiln listens (KILN_ENDPOINT, else http://localhost:4599)");
  command->add_option("--region", flags->region,
                      "Region to look in (AWS_REGION, else us-east-1); * for all, in the list");
  command->add_option("--project", flags->options.project, "List: only builds of this project");
  command->add_option("--limit", flags->options.limit, "List: how many builds to begin with")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--timestamps", flags->options.timestamps, "Put its time before each log line");
  command->add_flag("--json", flags->options.json, "The watch's own lines, one JSON object each");
  command->add_flag("--no-color,--no-colour", flags->noColour, "No colour (also NO_COLOR)");
  command->callback([flags, &exitCode] { exitCode = run(*flags); });
}

}  // namespace kiln::cli
