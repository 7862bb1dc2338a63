#include "runtime/aws/logs_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::runtime {
namespace {

using Json = nlohmann::json;

constexpr int kSendings = 3;

std::string textOf(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string nameOf(const LogStreamName& name) { return name.group + ":" + name.stream; }

AwsResult<Done> doneIfThere(const AwsResult<AwsReply>& reply) {
  if (reply.ok() || reply.error().awsCode == "ResourceAlreadyExistsException") return Done{};
  return reply.error();
}

// A service that rejects events says at which indexes: all before (too old) or from there on (too new).
LogsWritten writtenOf(const std::string& body, std::size_t sent) {
  auto document = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  LogsWritten written{.accepted = sent};
  auto info = document.is_object() ? document.find("rejectedLogEventsInfo") : document.end();
  if (info == document.end() || !info->is_object()) return written;
  auto index = [&](const char* name, std::size_t otherwise) {
    auto found = info->find(name);
    bool given = found != info->end() && found->is_number_unsigned();
    return given ? std::min(found->get<std::size_t>(), sent) : otherwise;
  };
  auto from = std::max(index("tooOldLogEventEndIndex", 0), index("expiredLogEventEndIndex", 0));
  auto to = index("tooNewLogEventStartIndex", sent);
  written.accepted = to > from ? to - from : 0;
  written.rejected = sent - written.accepted;
  return written;
}

AwsResult<std::vector<LogEvent>> eventsOf(const std::string& body, const std::string& attempted) {
  auto document = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  auto list = document.is_object() ? document.find("events") : document.end();
  if (list == document.end() || !list->is_array())
    return AwsError{{Code::kInternal, attempted + ": the answer holds no list of events"}};
  std::vector<LogEvent> events;
  for (const auto& item : *list) {
    if (!item.is_object()) continue;
    auto time = item.find("timestamp");
    auto message = item.find("message");
    if (time == item.end() || !time->is_number() || message == item.end() || !message->is_string())
      return AwsError{{Code::kInternal, attempted + ": an event is without time or message"}};
    events.push_back({time->get<std::int64_t>(), message->get<std::string>()});
  }
  return events;
}

}  // namespace

LogsClient::LogsClient(AwsClient& client, AwsEndpoint endpoint)
    : client_(client), endpoint_(std::move(endpoint)) {}

AwsResult<AwsReply> LogsClient::call(const std::string& operation, const std::string& on,
                                     std::string body, bool repeatable, std::stop_token stop) {
  AwsCall call{.service = "logs", .attempted = operation + " " + on};
  call.body = std::move(body);
  call.repeatable = repeatable;
  call.stop = std::move(stop);
  return client_.callJson(endpoint_, std::move(call), "Logs_20140328." + operation);
}

AwsResult<Done> LogsClient::createGroup(const std::string& group, std::stop_token stop) {
  return doneIfThere(
      call("CreateLogGroup", group, textOf({{"logGroupName", group}}), true, std::move(stop)));
}

AwsResult<Done> LogsClient::createStream(const LogStreamName& name, std::stop_token stop) {
  Json body{{"logGroupName", name.group}, {"logStreamName", name.stream}};
  return doneIfThere(call("CreateLogStream", nameOf(name), textOf(body), true, std::move(stop)));
}

AwsResult<LogsWritten> LogsClient::put(const LogStreamName& name,
                                       const std::vector<LogEvent>& events, std::stop_token stop) {
  LogsWritten all;
  for (const auto& batch : batchesOf(events)) {
    auto written = putBatch(name, batch, stop);
    if (!written.ok()) return written;
    all.accepted += written->accepted;
    all.rejected += written->rejected;
  }
  return all;
}

AwsResult<LogsWritten> LogsClient::putBatch(const LogStreamName& name,
                                            const std::vector<LogEvent>& batch,
                                            std::stop_token stop) {
  for (int number = 1;; ++number) {
    auto written = sendBatch(name, batch, stop);
    if (written.ok() || !written.error().mayHaveHappened) return written;
    if (written.error().awsCode == "DataAlreadyAcceptedException")
      return LogsWritten{.accepted = batch.size()};
    auto there = last(name, batch.size(), stop);
    if (!there.ok()) return written;
    if (*there == batch) return LogsWritten{.accepted = batch.size()};
    if (number == kSendings || stop.stop_requested()) return written;
  }
}

AwsResult<LogsWritten> LogsClient::sendBatch(const LogStreamName& name,
                                             const std::vector<LogEvent>& batch,
                                             std::stop_token stop) {
  auto events = Json::array();
  for (const auto& event : batch)
    events.push_back({{"timestamp", event.timestamp}, {"message", event.message}});
  Json body{{"logGroupName", name.group},
            {"logStreamName", name.stream},
            {"logEvents", std::move(events)}};
  auto reply = call("PutLogEvents", nameOf(name), textOf(body), false, std::move(stop));
  if (!reply.ok()) return reply.error();
  return writtenOf(reply->body, batch.size());
}

// An answer ends at 1 MiB as well, so it may take several, each of what was before.
AwsResult<std::vector<LogEvent>> LogsClient::last(const LogStreamName& name, std::size_t count,
                                                  std::stop_token stop) {
  count = std::min(count, kMostEventsInABatch);
  std::vector<LogEvent> found;
  std::string token;
  while (found.size() < count) {
    Json body{{"logGroupName", name.group},
              {"logStreamName", name.stream},
              {"startFromHead", false},
              {"limit", count - found.size()}};
    if (!token.empty()) body["nextToken"] = token;
    auto reply = call("GetLogEvents", nameOf(name), textOf(body), true, stop);
    if (!reply.ok()) return reply.error();
    auto page = eventsOf(reply->body, "GetLogEvents " + nameOf(name));
    if (!page.ok()) return page;
    found.insert(found.begin(), page->begin(), page->end());
    auto document = Json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
    auto before = document.value("nextBackwardToken", std::string());
    if (before.empty() || before == token || page->empty()) break;
    token = std::move(before);
  }
  return found;
}

}  // namespace kiln::runtime
