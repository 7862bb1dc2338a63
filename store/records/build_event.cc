#include "store/records/build_event.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>

#include "store/records/build_artifacts.h"
#include "store/records/build_logs.h"
#include "store/records/event.h"

namespace kiln::store {
namespace {

using nlohmann::json;

struct CivilTime {
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<Seconds> time;
};

CivilTime civil(TimePoint t) {
  const auto seconds = std::chrono::floor<Seconds>(t);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<Seconds>(seconds - day)};
}

// `Sep 1, 2017 4:12:29 PM`
std::string human(TimePoint t) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CivilTime at = civil(t);
  const auto hour = at.time.hours().count();
  char text[48];
  std::snprintf(text, sizeof text, "%s %u, %d %d:%02d:%02d %s",
                kMonths[static_cast<unsigned>(at.day.month()) - 1],
                static_cast<unsigned>(at.day.day()), static_cast<int>(at.day.year()),
                static_cast<int>(hour % 12 == 0 ? 12 : hour % 12),
                static_cast<int>(at.time.minutes().count()),
                static_cast<int>(at.time.seconds().count()), hour < 12 ? "AM" : "PM");
  return text;
}

// gitCloneDepth -> git-clone-depth
std::string kebab(const std::string& camel) {
  std::string out;
  for (char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      out += '-';
      c = static_cast<char>(c - 'A' + 'a');
    }
    out += c;
  }
  return out;
}

// An AWS structure as events spell it: member names in kebab case, every number a double.
json inEventStyle(const json& value) {
  if (value.is_number()) return value.get<double>();
  json out = value;
  if (value.is_array()) {
    for (json& element : out) element = inEventStyle(element);
  } else if (value.is_object()) {
    out = json::object();
    for (const auto& [name, member] : value.items()) out[kebab(name)] = inEventStyle(member);
  }
  return out;
}

std::string contextText(const PhaseContext& context) {
  return context.statusCode + ": " + context.message;
}

json contextList(const PhaseRecord& record) {
  json list = json::array();
  if (record.context) list.push_back(contextText(*record.context));
  return list;
}

// The Java way to print that list.
std::string contextScalar(const std::optional<PhaseContext>& context) {
  return context ? "[" + contextText(*context) + "]" : "[]";
}

double durationSeconds(const PhaseRecord& record) {
  return static_cast<double>(std::chrono::floor<Seconds>(*record.end - record.start).count());
}

json phaseJson(const PhaseRecord& record, bool ended) {
  json out = {{"phase-type", name(record.phase)}, {"start-time", human(record.start)}};
  if (!ended || !record.end || !record.status) return out;
  out["phase-context"] = contextList(record);
  out["end-time"] = human(*record.end);
  out["duration-in-seconds"] = durationSeconds(record);
  out["phase-status"] = name(*record.status);
  return out;
}

json logsJson(const Build& build, std::span<const PhaseRecord> phases) {
  const LogPlaces places = logPlaces(build);
  const bool known = logsBegan(phases) && !places.group.empty();
  const std::string link =
      "https://console.aws.amazon.com/cloudwatch/home?region=" + build.id.scope.region +
      "#logEvent:group=";
  if (!known) return {{"deep-link", link + "null;stream=null"}};
  return {{"group-name", places.group},
          {"stream-name", places.stream},
          {"deep-link", link + places.group + ";stream=" + places.stream}};
}

json artifactJson(const Build& build, json artifacts) {
  addUploaded(artifacts, build);
  json out = {{"location", artifacts.value("location", "")}};
  for (const char* sum : {"md5sum", "sha256sum"}) {
    if (artifacts.contains(sum)) out[sum] = artifacts[sum];
  }
  return out;
}

// `shown` phases are told, the last of them as running; 0: none, as the first event has it.
json additionalInformation(const Build& build, std::size_t shown) {
  const json document = json::parse(build.spec.document).at("build");
  const auto& phases = build.state.phases;
  const Phase latest = shown == 0 ? Phase::kSubmitted : phases[shown - 1].phase;
  json out = {{"build-number", static_cast<double>(build.spec.number)},
              {"timeout-in-minutes", static_cast<double>(build.spec.timeout.count())},
              {"queued-timeout-in-minutes", static_cast<double>(build.spec.queuedTimeout.count())},
              {"build-complete", latest == Phase::kCompleted},
              {"initiator", build.spec.initiator},
              {"build-start-time", human(build.spec.startTime)},
              {"artifact", artifactJson(build, document.value("artifacts", json::object()))},
              {"logs", logsJson(build, std::span(phases).first(shown))}};
  for (const char* name : {"cache", "source", "environment", "vpcConfig"}) {
    if (document.contains(name)) out[kebab(name)] = inEventStyle(document[name]);
  }
  if (!build.spec.sourceVersion.empty()) out["source-version"] = build.spec.sourceVersion;
  out["project-file-system-locations"] =
      inEventStyle(document.value("fileSystemLocations", json::array()));
  if (shown == 0) return out;
  out["phases"] = json::array();
  for (std::size_t i = 0; i < shown; ++i)
    out["phases"].push_back(phaseJson(phases[i], i + 1 < shown));
  return out;
}

OutboxEntry envelope(const Build& build, std::string_view kind, std::string_view what,
                     TimePoint time, json detail) {
  const std::string arn = build.id.arn();
  detail["project-name"] = build.id.project;
  detail["build-id"] = arn;
  detail["version"] = "1";
  return makeEvent({.id = nameUuid(arn + "/" + std::string(kind) + "/" + std::string(what)),
                    .source = "aws.codebuild",
                    .detailType = "CodeBuild Build " + std::string(kind) + " Change",
                    .subject = build.id.key(),
                    .time = time,
                    .resources = {arn}},
                   std::move(detail));
}

OutboxEntry phaseChange(const Build& build, std::size_t index) {
  const PhaseRecord& record = build.state.phases[index];
  const std::size_t shown = std::min(index + 2, build.state.phases.size());
  json detail = {{"completed-phase", name(record.phase)},
                 {"completed-phase-status", name(*record.status)},
                 {"completed-phase-context", contextScalar(record.context)},
                 {"completed-phase-duration-seconds", durationSeconds(record)},
                 {"completed-phase-start", human(record.start)},
                 {"completed-phase-end", human(*record.end)},
                 {"additional-information", additionalInformation(build, shown)}};
  return envelope(build, "Phase", name(record.phase), record.start, std::move(detail));
}

OutboxEntry stateChange(const Build& build, BuildStatus status) {
  const bool started = status == BuildStatus::kInProgress;
  const auto& phases = build.state.phases;
  json detail = {
      {"build-status", name(status)},
      {"current-phase", started ? name(Phase::kSubmitted) : name(Phase::kCompleted)},
      {"current-phase-context", started ? "[]" : "[: ]"},
      {"additional-information", additionalInformation(build, started ? 0 : phases.size())}};
  return envelope(build, "State", started ? name(status) : "COMPLETED",
                  started ? build.spec.startTime : phases.back().start, std::move(detail));
}

bool endedIn(const Build* build, std::size_t index) {
  return build != nullptr && index < build->state.phases.size() &&
         build->state.phases[index].end.has_value();
}

}  // namespace

std::vector<OutboxEntry> eventsBetween(const Build* before, const Build& after) {
  std::vector<OutboxEntry> events;
  if (before == nullptr) events.push_back(stateChange(after, BuildStatus::kInProgress));
  for (std::size_t i = 0; i < after.state.phases.size(); ++i) {
    if (endedIn(&after, i) && !endedIn(before, i)) events.push_back(phaseChange(after, i));
  }
  const BuildStatus was = before == nullptr ? BuildStatus::kInProgress : before->state.outcome;
  if (after.state.outcome != was) events.push_back(stateChange(after, after.state.outcome));
  return events;
}

}  // namespace kiln::store
