#include "api/logs/tail_session.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/logs/event_stream.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;

constexpr std::size_t kMostPerUpdate = 500;
constexpr std::size_t kMostBytesPerUpdate = 4 << 20;
constexpr Millis kUpdateEvery{1'000};
constexpr Minutes kLongest{180};

std::string textOf(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

TailSession::TailSession(std::string requestId, TailRequest request, const Clock& clock)
    : requestId_(std::move(requestId)),
      id_(newUuid()),
      request_(std::move(request)),
      clock_(clock),
      end_(clock.now() + kLongest) {}

void TailSession::follow(store::EventLog& events) {
  seat_ = events.follow([this](const store::LiveEvents& live) { heard(live); });
}

const std::string* TailSession::wants(const store::LogStream& stream) const {
  const auto& name = stream.name;
  const auto& names = request_.streams;
  const auto& prefixes = request_.prefixes;
  if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) return nullptr;
  if (!prefixes.empty() && std::none_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) {
        return name.starts_with(prefix);
      })) {
    return nullptr;
  }
  for (std::size_t i = 0; i < request_.groups.size(); ++i) {
    if (request_.groups[i].uid == stream.groupUid) return &request_.identifiers[i];
  }
  return nullptr;
}

void TailSession::heard(const store::LiveEvents& live) {
  const std::string* group = wants(live.stream);
  if (group == nullptr) return;
  std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& noted : heard_) bytes += noted.message.size();
  for (const auto& event : live.events) {
    if (!request_.pattern.matches(event.message)) continue;
    bytes += event.message.size();
    if (heard_.size() == kMostPerUpdate || bytes > kMostBytesPerUpdate) {
      sampled_ = true;
      return;
    }
    heard_.push_back(
        {*group, live.stream.name, event.timestamp, live.ingestionTime, event.message});
  }
}

std::string TailSession::startText() const {
  return textOf({{"requestId", requestId_},
                 {"sessionId", id_},
                 {"logGroupIdentifiers", request_.identifiers},
                 {"logStreamNames", request_.streams},
                 {"logStreamNamePrefixes", request_.prefixes},
                 {"logEventFilterPattern", request_.patternText}});
}

std::string TailSession::updateText() {
  std::vector<Heard> heard;
  bool sampled = false;
  {
    std::lock_guard lock(mutex_);
    heard.swap(heard_);
    std::swap(sampled, sampled_);
  }
  json results = json::array();
  for (const auto& event : heard) {
    results.push_back({{"logGroupIdentifier", event.group},
                       {"logStreamName", event.stream},
                       {"timestamp", event.timestamp},
                       {"ingestionTime", event.ingestionTime},
                       {"message", event.message}});
  }
  return textOf({{"sessionMetadata", {{"sampled", sampled}}}, {"sessionResults", results}});
}

void TailSession::run(BodyWriter& out) {
  bool open = out.write(eventFrame("initial-response", "{}")) &&
              out.write(eventFrame("sessionStart", startText()));
  while (open && !out.waitClosed(kUpdateEvery)) {
    open = out.write(eventFrame("sessionUpdate", updateText()));
    if (open && clock_.now() >= end_) {
      out.write(exceptionFrame("SessionTimeoutException",
                               R"({"message":"The session has lasted for three hours."})"));
      break;
    }
  }
  seat_.reset();
}

}  // namespace kiln::api::logs
