// Following one build: its changes and its log are two streams of the server; news of both go to the screen as they come.
#include <cstdint>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "controller/cli/retrying_stream.h"
#include "controller/cli/watch.h"
#include "controller/cli/watch_text.h"

namespace kiln::cli {
namespace {

constexpr Millis kTick{100};
constexpr Millis kQuietTick{250};
constexpr int kPatience = 2;  // failed tries before the user is told

class BuildFollower {
 public:
  BuildFollower(const WatchContext& context, std::string id);
  int run();

 private:
  std::string changesUrl() const;
  std::string logUrl() const;
  void onChange(std::string_view line);
  bool changesAgain(const StreamEnd& end);
  void onLog(std::string_view line);
  bool logAgain(const StreamEnd& end);
  void show(const BuildFacts& build);
  bool wantsLog() const { return !context_.options.json || context_.options.jsonLog; }
  void tellNews();
  std::vector<std::string> liveLines();
  bool finished();
  void tellOfTrouble();
  int leave();

  const WatchContext& context_;
  const std::string id_;
  HttpStreams streams_;
  RetryingStream changes_;
  RetryingStream log_;
  PhaseTracker tracker_;
  std::optional<BuildFacts> build_;
  std::uint64_t version_ = 0;
  std::uint64_t offset_ = 0;
  bool logRead_ = false;   // to its end, after the build was seen complete
  bool logAsked_ = false;  // was it asked for after that?
  bool told_ = false;
  std::string trouble_;  // why it cannot go on
  std::string lastError_;
  unsigned frame_ = 0;
};

BuildFollower::BuildFollower(const WatchContext& context, std::string id)
    : context_(context),
      id_(std::move(id)),
      changes_(streams_, {.url = [this] { return changesUrl(); },
                          .headers = {"Accept: application/x-ndjson"},
                          .line = [this](std::string_view line) { onChange(line); },
                          .again = [this](const StreamEnd& end) { return changesAgain(end); }}),
      log_(streams_, {.url = [this] { return logUrl(); },
                      .headers = {"Accept: application/x-ndjson"},
                      .line = [this](std::string_view line) { onLog(line); },
                      .again = [this](const StreamEnd& end) { return logAgain(end); }}) {}

std::string BuildFollower::changesUrl() const {
  return context_.address.url(
      "/_kiln/watch/builds",
      {{"id", id_}, {"resourceVersion", version_ == 0 ? "" : std::to_string(version_)}});
}

std::string BuildFollower::logUrl() const {
  return context_.address.url("/_kiln/builds/" + percentEncoded(id_) + "/logs",
                              {{"follow", "1"}, {"offset", std::to_string(offset_)}});
}

void BuildFollower::onChange(std::string_view line) {
  const auto event = parseWatchLine(line);
  if (!event || !trouble_.empty()) return;
  if (context_.options.json) context_.screen.line(line);
  if (event->type == "ERROR") {
    lastError_ = event->message;
    if (event->code == 410) version_ = 0;
    return;
  }
  if (event->version > 0) version_ = event->version;
  if (event->type == "DELETED") {
    trouble_ = "Build " + id_ + " was deleted.";
  } else if (event->build) {
    show(*event->build);
  }
}

void BuildFollower::show(const BuildFacts& build) {
  if (build_ && build.version <= build_->version) return;
  if (!build_ && !context_.options.json) {
    context_.screen.line(headingText(context_.screen.traits(), build));
  }
  if (context_.news != nullptr && build_ && build_->phase != build.phase)
    context_.news->with([](WatchNews& news) { news.doing.clear(); });
  build_ = build;
  for (const PhaseNews& news : tracker_.update(build)) {
    if (!context_.options.json) {
      context_.screen.line(phaseText(context_.screen.traits(), news));
    }
  }
}

bool BuildFollower::changesAgain(const StreamEnd& end) {
  if (!end.transfer.ok()) lastError_ = end.transfer.error().message;
  if (end.status == 410) version_ = 0;
  if (end.status == 400 || end.status == 404) trouble_ = failureText(end.body);
  return trouble_.empty() && !(build_ && build_->complete());
}

void BuildFollower::onLog(std::string_view line) {
  const auto log = parseLogLine(line);
  if (!log) return;
  offset_ = log->offset;
  if (context_.options.json) {
    context_.screen.line(std::string(R"({"type":"LOG","object":)").append(line).append("}"));
  } else {
    context_.screen.line(logText(context_.screen.traits(), *log, context_.options.timestamps));
  }
}

bool BuildFollower::logAgain(const StreamEnd& end) {
  if (end.status == 400 || end.status == 404) {
    trouble_ = failureText(end.body);
    return false;
  }
  if (end.transfer.ok() && end.status == 200 && logAsked_) logRead_ = true;
  return !logRead_;
}

// Done when the build is complete and its log was read to the end after that was known: an end before may be the server's.
bool BuildFollower::finished() {
  if (!trouble_.empty()) return true;
  if (!build_ || !build_->complete()) return false;
  if (!wantsLog()) return true;
  if (!logAsked_) {
    logAsked_ = true;
    if (!log_.open()) log_.reopen();
  }
  return logRead_;
}

void BuildFollower::tellOfTrouble() {
  const bool lost = changes_.failures() > kPatience;
  if (lost && !told_) {
    std::cerr << context_.command << ": connection to " << context_.address.endpoint
              << " lost, trying again" << (lastError_.empty() ? "" : " (" + lastError_ + ")")
              << std::endl;
  }
  told_ = lost;
}

void BuildFollower::tellNews() {
  if (context_.news == nullptr) return;
  auto lines = context_.news->with([](WatchNews& news) { return std::exchange(news.lines, {}); });
  for (const std::string& line : lines) {
    if (context_.options.json) {
      std::cerr << context_.command << ": " << line << std::endl;
    } else {
      context_.screen.line(context_.screen.paint(Tone::kDim, line));
    }
  }
}

std::vector<std::string> BuildFollower::liveLines() {
  std::vector<std::string> lines = {
      nowText(context_.screen.traits(), *build_, context_.now(), frame_++, context_.hint)};
  if (context_.news == nullptr) return lines;
  auto doing = context_.news->with([](const WatchNews& news) { return news.doing; });
  if (!doing.empty()) lines.push_back(context_.screen.paint(Tone::kDim, "  " + doing));
  return lines;
}

int BuildFollower::run() {
  const bool live = context_.screen.traits().live && !context_.options.json;
  while (!finished()) {
    const TimePoint now = context_.clock.now();
    changes_.tend(now);
    if (wantsLog()) log_.tend(now);
    streams_.poll(live ? kTick : kQuietTick);
    tellNews();
    if (context_.interrupted != 0) return 128 + context_.interrupted;
    if (live && build_ && !build_->complete()) {
      context_.screen.live(liveLines());
    }
    tellOfTrouble();
    if (!context_.screen.flush()) return endUnseen(context_);
  }
  return leave();
}

int BuildFollower::leave() {
  context_.screen.live({});
  tellNews();
  if (!trouble_.empty()) {
    context_.screen.flush();
    std::cerr << context_.command << ": " << trouble_ << std::endl;
    return kExitNoAnswer;
  }
  if (!context_.options.json) {
    for (const std::string& line : endText(context_.screen.traits(), *build_)) {
      context_.screen.line(line);
    }
  }
  if (!context_.screen.flush()) return endUnseen(context_);
  return build_->status == "SUCCEEDED" ? kExitSucceeded : kExitFailed;
}

}  // namespace

int watchBuild(const WatchContext& context, const std::string& id) {
  return BuildFollower(context, id).run();
}

}  // namespace kiln::cli
