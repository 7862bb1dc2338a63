#include "controller/cli/log_services.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "runtime/aws/s3_client.h"
#include "runtime/logs/gzip_source.h"
#include "runtime/source/source_words.h"
#include "store/records/build_logs.h"

namespace kiln::cli {
namespace {

Status asStatus(const runtime::AwsError& error) { return Error(error); }

// A refusal goes into the build's record, in the words that it has there for every refusal of S3.
Status asArchiveStatus(const runtime::AwsError& error) {
  if (error.status == 0 || error.retryable()) return asStatus(error);
  return Error{error.code, runtime::s3Words(error)};
}

std::vector<runtime::LogEvent> toWire(std::vector<store::LogEvent> events) {
  std::vector<runtime::LogEvent> wire;
  wire.reserve(events.size());
  for (auto& event : events) wire.push_back({event.timestamp, std::move(event.message)});
  return wire;
}

}  // namespace

runtime::LogsClient RemoteLogs::clientFor(const Scope& scope) const {
  return {client_, endpoints_.resolve(runtime::AwsService::kLogs, scope)};
}

// Who may not make a group may still be given one.
Status RemoteLogs::open(const engine::LogTarget& target, std::stop_token stop) {
  auto logs = clientFor(target.scope);
  auto group = logs.createGroup(target.group, stop);
  if (!group.ok() && !group.error().accessDenied()) return asStatus(group.error());
  auto stream = logs.createStream({target.group, target.stream}, stop);
  if (stream.ok()) return okStatus();
  return asStatus(group.ok() ? stream.error() : group.error());
}

Status RemoteLogs::put(const engine::LogTarget& target, std::vector<store::LogEvent> events,
                       const std::function<Status(store::Txn&)>&, std::stop_token stop) {
  auto logs = clientFor(target.scope);
  auto written = logs.put({target.group, target.stream}, toWire(std::move(events)), stop);
  if (!written.ok()) return asStatus(written.error());
  if (written->rejected > 0) {
    spdlog::warn("event=log-events-rejected group=\"{}\" stream=\"{}\" count={}", target.group,
                 target.stream, written->rejected);
  }
  return okStatus();
}

Result<bool> RemoteLogs::endsWith(const engine::LogTarget& target,
                                  const std::vector<store::LogEvent>& events,
                                  std::stop_token stop) {
  auto logs = clientFor(target.scope);
  auto last = logs.last({target.group, target.stream}, events.size(), stop);
  if (!last.ok()) return Error(last.error());
  return *last == toWire(events);
}

Status S3LogArchive::write(const Build& build, const engine::LogBytes& bytes,
                           std::stop_token stop) {
  const auto places = store::logPlaces(build);
  const auto slash = places.s3Path.find('/');
  auto options = runtime::putOptionsOf(places.s3EncryptionDisabled ? "" : build.spec.encryptionKey,
                                       places.s3OwnerAccess);
  options.contentType = "application/gzip";
  options.metadata = {{"codebuild-buildarn", build.id.arn()}};
  runtime::S3Client s3(client_, endpoints_.resolve(runtime::AwsService::kS3, build.id.scope));
  runtime::GzipSource packed(bytes);
  auto put = s3.put(
      places.s3Path.substr(0, slash), places.s3Path.substr(slash + 1),
      [&packed] { return packed.next(); }, options, std::move(stop));
  return put.ok() ? okStatus() : asArchiveStatus(put.error());
}

}  // namespace kiln::cli
