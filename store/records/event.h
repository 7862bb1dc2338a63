// An EventBridge event, whole, ready for the outbox. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "store/store.h"

namespace kiln::store {

struct Event {
  std::string id;          // stable: a repeated transition repeats it (nameUuid of what happened)
  std::string source;      // aws.s3
  std::string detailType;  // Object Created
  ResourceKey
      subject;  // whose events are delivered in order; its scope is the event's account and region
  TimePoint time;
  std::vector<std::string> resources;  // ARNs
};

OutboxEntry makeEvent(const Event& event, nlohmann::json detail);

// `2017-09-01T16:14:28Z`
std::string toIsoSeconds(TimePoint time);

}  // namespace kiln::store
