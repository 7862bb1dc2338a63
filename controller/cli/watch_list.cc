// The list of builds: the newest ones as they are, then every change. On a terminal a table redrawn in place, in a pipe a line
// for each change of a phase.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/cli/retrying_stream.h"
#include "controller/cli/watch.h"
#include "controller/cli/watch_text.h"

namespace kiln::cli {
namespace {

constexpr Millis kListTick{200};
constexpr std::size_t kKept = 200;  // builds remembered for the table

class BuildList {
 public:
  explicit BuildList(const WatchContext& context);
  int run();

 private:
  Status load();
  std::string url() const;
  void onLine(std::string_view line);
  void take(const BuildFacts& build);
  bool again(const StreamEnd& end);
  std::vector<BuildFacts> newestFirst() const;

  const WatchContext& context_;
  HttpStreams streams_;
  RetryingStream changes_;
  std::map<std::string, BuildFacts> builds_;  // by region and id
  std::uint64_t version_ = 0;
  bool reload_ = false;
  std::string trouble_;
};

BuildList::BuildList(const WatchContext& context)
    : context_(context),
      changes_(streams_, {.url = [this] { return url(); },
                          .headers = {"Accept: application/x-ndjson"},
                          .line = [this](std::string_view line) { onLine(line); },
                          .again = [this](const StreamEnd& end) { return again(end); }}) {}

std::string BuildList::url() const {
  return context_.address.url("/_kiln/watch/builds",
                              {{"project", context_.options.project},
                               {"resourceVersion", version_ == 0 ? "" : std::to_string(version_)}});
}

// As JSON the watch itself begins with what there is.
Status BuildList::load() {
  version_ = 0;
  if (context_.options.json) return okStatus();
  auto reply = HttpStreams::get(context_.address.url(
      "/_kiln/builds",
      {{"project", context_.options.project}, {"limit", std::to_string(context_.options.limit)}}));
  if (!reply.ok()) return reply.error();
  const auto body = nlohmann::json::parse(reply->body, nullptr, false);
  if (reply->status != 200 || !body.is_object()) {
    return Error{Code::kInvalidArgument, failureText(reply->body)};
  }
  version_ = body.value("resourceVersion", std::uint64_t{0});
  auto list = body.find("builds");
  if (list == body.end() || !list->is_array()) return okStatus();
  for (const nlohmann::json& object : *list) {
    if (auto build = toBuildFacts(object)) take(*build);
  }
  return okStatus();
}

void BuildList::onLine(std::string_view line) {
  const auto event = parseWatchLine(line);
  if (!event) return;
  if (context_.options.json) context_.screen.line(line);
  if (event->type == "ERROR") {
    reload_ = reload_ || event->code == 410;
    return;
  }
  if (event->version > 0) version_ = event->version;
  if (!event->build) return;
  if (event->type == "DELETED") {
    builds_.erase(event->build->region + "/" + event->build->id);
    if (!context_.screen.traits().live && !context_.options.json) {
      context_.screen.line(event->build->id + "  DELETED");
    }
  } else {
    take(*event->build);
  }
}

void BuildList::take(const BuildFacts& build) {
  BuildFacts& known = builds_[build.region + "/" + build.id];
  const bool news = known.phase != build.phase || known.status != build.status;
  known = build;
  known.phases.clear();
  if (news && !context_.screen.traits().live && !context_.options.json) {
    context_.screen.line(listLine(build, context_.now()));
  }
  if (builds_.size() <= 2 * kKept) return;
  const std::vector<BuildFacts> list = newestFirst();
  for (auto old = list.rbegin(); old != list.rend() && builds_.size() > kKept; ++old) {
    if (old->complete()) builds_.erase(old->region + "/" + old->id);
  }
}

bool BuildList::again(const StreamEnd& end) {
  if (end.status == 410) reload_ = true;
  if (end.status == 400) trouble_ = failureText(end.body);
  return trouble_.empty();
}

std::vector<BuildFacts> BuildList::newestFirst() const {
  std::vector<BuildFacts> list;
  for (const auto& [key, build] : builds_) list.push_back(build);
  std::sort(list.begin(), list.end(), [](const BuildFacts& a, const BuildFacts& b) {
    return a.start != b.start ? a.start > b.start : a.number > b.number;
  });
  return list;
}

int BuildList::run() {
  if (const Status loaded = load(); !loaded.ok()) {
    std::cerr << "kiln watch: " << loaded.error().message << std::endl;
    return kExitNoAnswer;
  }
  while (trouble_.empty()) {
    if (reload_ && load().ok()) reload_ = false;
    changes_.tend(context_.clock.now());
    streams_.poll(kListTick);
    if (context_.interrupted != 0) return 128 + context_.interrupted;
    if (context_.screen.traits().live && !context_.options.json) {
      context_.screen.live(listTable(context_.screen.traits(), newestFirst(), context_.now()));
    }
    if (!context_.screen.flush()) return endUnseen(context_);
  }
  std::cerr << "kiln watch: " << trouble_ << std::endl;
  return kExitNoAnswer;
}

}  // namespace

int watchList(const WatchContext& context) { return BuildList(context).run(); }

}  // namespace kiln::cli
