// Services elsewhere, and S3 wherever it is, as where builds' logs go (engine/log_destination.h).
//
// Owner: BuildLogs; client and endpoints outlive them. Any thread.
#pragma once

#include "controller/engine/log_destination.h"
#include "runtime/aws/aws_client.h"
#include "runtime/aws/endpoints.h"
#include "runtime/aws/logs_client.h"

namespace kiln::cli {

// CloudWatch Logs at `logs.endpoint`.
class RemoteLogs final : public engine::LogDestination {
 public:
  RemoteLogs(runtime::AwsClient& client, const runtime::Endpoints& endpoints)
      : client_(client), endpoints_(endpoints) {}

  bool transactional() const override { return false; }
  engine::BatchLimits limits() const override { return {}; }
  Status open(const engine::LogTarget& target, std::stop_token stop) override;
  Status put(const engine::LogTarget& target, std::vector<store::LogEvent> events,
             const std::function<Status(store::Txn&)>& also, std::stop_token stop) override;
  Result<bool> endsWith(const engine::LogTarget& target, const std::vector<store::LogEvent>& events,
                        std::stop_token stop) override;

 private:
  runtime::LogsClient clientFor(const Scope& scope) const;

  runtime::AwsClient& client_;
  const runtime::Endpoints& endpoints_;
};

// `<prefix>/<uuid>.gz`. Encrypted under the build's key, as its artifacts are, unless logsConfig says otherwise.
class S3LogArchive final : public engine::LogArchive {
 public:
  S3LogArchive(runtime::AwsClient& client, const runtime::Endpoints& endpoints)
      : client_(client), endpoints_(endpoints) {}

  Status write(const Build& build, const engine::LogBytes& bytes, std::stop_token stop) override;

 private:
  runtime::AwsClient& client_;
  const runtime::Endpoints& endpoints_;
};

}  // namespace kiln::cli
