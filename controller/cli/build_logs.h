// BuildLogs: where builds' logs go beside Kiln's own: CloudWatch Logs, embedded or elsewhere, and S3; and what brings them there.
//
// It keeps the embedded log groups, which the service of CloudWatch Logs serves. Owner: Node; made before the observer, destroyed
// after the reconciler; what it is given outlives it. Any thread.
#pragma once

#include <functional>
#include <memory>

#include "config/settings.h"
#include "controller/cli/log_services.h"
#include "controller/engine/embedded_logs.h"
#include "controller/engine/log_shipper.h"
#include "store/logs/event_log.h"
#include "store/logs/log_catalog.h"

namespace kiln::cli {

class BuildLogs {
 public:
  struct Deps {
    const config::Settings& settings;
    store::Store& store;
    const store::LogStore& logs;
    runtime::AwsClient& client;
    const runtime::Endpoints& endpoints;
    const Clock& clock;
    const engine::Probe& probe;
  };
  BuildLogs(const Deps& deps, std::function<void(const BuildId&)> look);

  store::LogCatalog& catalog() { return catalog_; }
  store::EventLog& events() { return events_; }
  engine::LogShipper& shipper() { return shipper_; }

 private:
  engine::LogDestination& destination();

  const bool elsewhere_;
  store::LogCatalog catalog_;
  store::EventLog events_;
  engine::EmbeddedLogs embedded_;
  RemoteLogs remote_;
  S3LogArchive archive_;
  engine::LogShipper shipper_;
};

}  // namespace kiln::cli
