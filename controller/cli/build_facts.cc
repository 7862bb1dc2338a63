#include "controller/cli/build_facts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "controller/core/ids.h"

namespace kiln::cli {
namespace {

using nlohmann::json;

std::string text(const json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number(const json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::uint64_t version(const json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

PhaseFacts toPhase(const json& object) {
  PhaseFacts phase{.name = text(object, "phaseType"),
                   .status = text(object, "phaseStatus"),
                   .start = number(object, "startTime"),
                   .end = number(object, "endTime"),
                   .problem = {}};
  auto contexts = object.find("contexts");
  if (contexts == object.end() || !contexts->is_array()) return phase;
  for (const json& context : *contexts) {
    if (!context.is_object()) continue;
    const std::string code = text(context, "statusCode");
    const std::string message = text(context, "message");
    if (code.empty() && message.empty()) continue;
    if (!phase.problem.empty()) phase.problem += "; ";
    phase.problem += code.empty() ? message : message.empty() ? code : code + ": " + message;
  }
  return phase;
}

json parse(std::string_view line) { return json::parse(line, nullptr, false); }

}  // namespace

std::optional<BuildFacts> toBuildFacts(const json& object) {
  if (!object.is_object() || text(object, "id").empty()) return std::nullopt;
  BuildFacts build;
  build.id = text(object, "id");
  build.project = text(object, "projectName");
  if (auto id = BuildId::parseArn(text(object, "arn"))) build.region = id->scope.region;
  build.number = static_cast<std::int64_t>(number(object, "buildNumber"));
  build.status = text(object, "buildStatus");
  build.phase = text(object, "currentPhase");
  build.start = number(object, "startTime");
  build.end = number(object, "endTime");
  build.version = version(object, "resourceVersion");
  auto phases = object.find("phases");
  if (phases == object.end() || !phases->is_array()) return build;
  for (const json& phase : *phases) {
    if (phase.is_object()) build.phases.push_back(toPhase(phase));
  }
  return build;
}

std::vector<PhaseNews> PhaseTracker::update(const BuildFacts& build) {
  std::vector<PhaseNews> news;
  for (std::size_t i = ended_; i < build.phases.size(); ++i) {
    const PhaseFacts& phase = build.phases[i];
    if (phase.ended()) {
      news.push_back({.phase = phase, .started = false});
      ended_ = i + 1;
      started_ = std::max(started_, i + 1);
    } else if (i >= started_ && phase.name != "COMPLETED") {
      news.push_back({.phase = phase, .started = true});
      started_ = i + 1;
    }
  }
  return news;
}

std::optional<WatchEvent> parseWatchLine(std::string_view line) {
  const json whole = parse(line);
  if (!whole.is_object()) return std::nullopt;
  WatchEvent event{.type = text(whole, "type"),
                   .version = version(whole, "resourceVersion"),
                   .build = {},
                   .code = 0,
                   .message = {}};
  auto object = whole.find("object");
  if (event.type.empty() || object == whole.end() || !object->is_object()) return std::nullopt;
  if (event.type == "ERROR") {
    event.code = static_cast<int>(number(*object, "code"));
    event.message = text(*object, "message");
  } else if (event.type != "BOOKMARK") {
    event.build = toBuildFacts(*object);
  }
  return event;
}

std::optional<LogLine> parseLogLine(std::string_view line) {
  const json whole = parse(line);
  if (!whole.is_object() || !whole.contains("text")) return std::nullopt;
  auto partial = whole.find("partial");
  return LogLine{.time = text(whole, "time"),
                 .text = text(whole, "text"),
                 .offset = version(whole, "offset"),
                 .partial = partial != whole.end() && *partial == true};
}

std::string failureText(std::string_view body) {
  const json whole = parse(body);
  if (whole.is_object() && !text(whole, "message").empty()) return text(whole, "message");
  return std::string(body.substr(0, body.find('\n')));
}

std::string durationText(double seconds) {
  const double tenths = std::floor(std::max(seconds, 0.0) * 10 + 0.5) / 10;
  char shown[48];
  if (tenths < 60) {
    std::snprintf(shown, sizeof shown, "%.1fs", tenths);
    return shown;
  }
  const long whole = static_cast<long>(tenths);
  if (whole < 3600) {
    std::snprintf(shown, sizeof shown, "%ldm %02lds", whole / 60, whole % 60);
  } else {
    std::snprintf(shown, sizeof shown, "%ldh %02ldm", whole / 3600, whole / 60 % 60);
  }
  return shown;
}

}  // namespace kiln::cli
