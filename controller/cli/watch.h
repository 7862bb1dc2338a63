// `kiln watch [BUILD]`: what the builds of a running Kiln do, as they do it.
//
// Without BUILD a live list; with it phases and log of one build, and its outcome as exit status: 0 SUCCEEDED, 1 any other end,
// 2 wrong usage, 3 no server or no such build, 130 interrupted, 141 nobody reads the output. One thread; a lost connection is taken up again where it broke.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/build_facts.h"
#include "controller/cli/http_streams.h"
#include "controller/cli/screen.h"
#include "controller/cli/server_address.h"
#include "controller/cli/watch_text.h"
#include "controller/core/clock.h"
#include "controller/core/guarded.h"

namespace CLI {
class App;
}

namespace kiln::cli {

inline constexpr int kExitSucceeded = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNoAnswer = 3;
inline constexpr int kExitNoReader = 141;  // 128 + SIGPIPE, as of a program that this signal ends

struct WatchOptions {
  std::string build;    // id, ARN, uuid or project; empty: the list
  std::string project;  // of the list
  int limit = 20;       // of the list, at first
  bool json = false;
  bool timestamps = false;
  bool jsonLog =
      false;  // of one build, with `json`: its log lines, too, as {"type": "LOG", "object": …}
};

// What others have to say while a build is followed.
struct WatchNews {
  std::vector<std::string> lines;  // each shown once
  std::string doing;               // shown as long as the phase lasts, on a terminal
};

// What both forms of the command work with.
struct WatchContext {
  const ServerAddress& address;
  const WatchOptions& options;
  const Clock& clock;
  Screen& screen;
  const std::atomic<int>& interrupted;  // the signal's number
  std::string_view command = "kiln watch";
  std::string_view hint = kWatchHint;
  Guarded<WatchNews>* news = nullptr;

  double now() const { return static_cast<double>(toUnixMillis(clock.now())) / 1000.0; }
};

// Follows one build (watch_build.cc) and the list (watch_list.cc) until their end; the exit status.
int watchBuild(const WatchContext& context, const std::string& id);
int watchList(const WatchContext& context);

// The exit status when the output cannot be shown: quiet when nobody reads it any more, said when it is something else.
int endUnseen(const WatchContext& context);

// The build that `text` names: an id, an ARN, a uuid; or a project, which names its latest build. kNotFound says so in a sentence,
// kUnavailable that there is no server.
Result<BuildFacts> resolveBuild(const ServerAddress& address, const std::string& text);

void addWatchCommand(CLI::App& app, int& exitCode);

}  // namespace kiln::cli
