// Kiln's own routes for those who look on: the watch of builds, their logs, and how the server is.
//
//   GET /_kiln/watch/builds?resourceVersion=N&project=P&id=I&region=R   JSON lines, or server-sent events (watch_stream.h)
//   GET /_kiln/builds?project=P&region=R&limit=N&cursor=C               newest first, in short
//   GET /_kiln/builds/ID                                                one build, whole
//   GET /_kiln/builds/ID/logs?follow=1&timestamps=1&offset=N&region=R   text, or JSON lines by Accept (log_format.h)
//   GET /_kiln/health · /_kiln/ready · /_kiln/metrics
//
// ID is `<project>:<uuid>`, an ARN, or the uuid of one of the newest builds. `region` defaults to the request's; `*` is all.
// Wrong values answer 400 with the reason, an unknown build 404, a version that left the feed's window 410.
// Owner: main(). Everything in WatchDeps outlives the HTTP server. Handlers run on any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/http/router.h"
#include "api/watch/feed_hub.h"
#include "api/watch/readiness.h"
#include "api/watch/watch_stream.h"
#include "controller/core/clock.h"
#include "store/logs/log_store.h"
#include "store/store.h"

namespace kiln::api {

struct WatchDeps {
  store::Store& store;
  const store::LogStore& logs;
  FeedHub& hub;
  const Clock& clock;
  std::string version;                   // of Kiln, shown by /_kiln/health
  std::vector<ReadyCheck> ready;         // what must hold for /_kiln/ready to answer 200
  std::function<std::string()> metrics;  // the text of /_kiln/metrics
  WatchLimits limits;
};

void addWatchRoutes(Router& router, WatchDeps deps);

}  // namespace kiln::api
