// Settings: everything that can be configured, built once at start and never changed. Each component is given its own part.
//
// Defaults <- YAML file <- environment <- flags (settings_loader.h). Every default works. Values only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/core/clock.h"

namespace kiln::config {

struct ServerSettings {
  std::string host = "127.0.0.1";
  int port = 4599;
  int threads = 16;                     // JSON and query calls handled at once
  std::int64_t bodyMemory = 256 << 20;  // bytes; of all request bodies that are held whole
  bool listenForBuilds = true;  // also on the engine's bridge address, so that builds reach Kiln
  // AWS_ENDPOINT_URL inside builds; empty: the bridge address and the port.
  std::string publicEndpoint;
};

struct StoreSettings {
  std::filesystem::path directory;  // data directory; the loader fills in the default of this user
  int feedWindow = 100'000;         // changes kept for watchers that come back
};

struct EngineSettings {
  // unix:///var/run/docker.sock, tcp://host:port; empty: DOCKER_HOST or the usual sockets.
  std::string host;
  bool enabled = true;  // SIMFRA_DOCKER=0 switches the engine off: builds stay QUEUED
  Millis requestTimeout{30'000};
  Minutes pullTimeout{30};
  // Any image -> one that is pulled instead. A later source adds to an earlier one.
  std::map<std::string, std::string> images;
  // privilegedMode gives a build every capability; false: only the engine's socket.
  bool privileged = true;
  // Used for curated images that cannot be pulled, when the engine has it.
  std::string fallbackImage = "kiln/build:latest";
};

struct QueueSettings {
  int workers = 4;              // reconcile workers
  int jobs = 4;                 // pulls and the like at once
  int maxConcurrentBuilds = 0;  // 0: one per core
  int maxQueuedBuilds =
      1'000;  // beyond it StartBuild answers AccountLimitExceededException; 0: any number
  Millis backoffBase{200};
  Millis backoffCap{30'000};
  // How long a build in FINALIZING waits until CloudWatch Logs and S3 have its log.
  Millis logDelivery{30'000};
  Seconds resync{60};
  Seconds sweep{60};
  Seconds sweepGrace{120};
  Millis minute{60'000};  // how long a minute of a build's timeouts lasts; shorter only for tests
};

// How much a source may hold. Beyond it DOWNLOAD_SOURCE fails.
struct SourceSettings {
  std::int64_t maxSize = std::int64_t{10} << 30;  // bytes, unpacked
  int maxFiles = 1'000'000;                       // entries of any kind
  int maxRatio = 200;  // of an archive: unpacked to packed, once more than ratioFloor is unpacked
  std::int64_t ratioFloor = std::int64_t{100} << 20;
};

struct EventSettings {
  std::vector<std::string> callbacks;  // http:// or https:// URLs, each sent every event
  Millis callbackTimeout{10'000};
};

struct LogSettings {
  std::string level = "info";  // debug, info, warn, error
};

// One AWS service that builds use, and where it is.
struct AwsServiceSettings {
  std::string endpoint;  // http:// or https://; empty: the embedded service of this Kiln
  std::string region;    // empty: the build's
  // Empty: AWS_ACCESS_KEY_ID, ... of the environment, else ones that mean nothing. Never shown.
  std::string accessKeyId;
  std::string secretAccessKey;
  std::string sessionToken;
};

struct S3Settings : AwsServiceSettings {
  bool pathStyle = true;  // ENDPOINT/bucket/key; false: bucket.ENDPOINT/key
};

struct Settings {
  std::string account = "000000000000";
  ServerSettings server;
  StoreSettings store;
  EngineSettings engine;
  QueueSettings queue;
  SourceSettings sources;
  EventSettings events;
  LogSettings log;
  S3Settings s3;
  AwsServiceSettings codecommit;
  AwsServiceSettings logs;
  AwsServiceSettings ssm;
  AwsServiceSettings secretsmanager;
};

}  // namespace kiln::config
