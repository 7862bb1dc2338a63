// EventSink: somewhere events are delivered to. deliver() is called with one event at a time, again and again until it answers ok.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "config/settings.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::engine {

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual const std::string& name() const = 0;  // stable: its cursor is kept under it
  virtual Status deliver(const store::OutboxEntry& entry) = 0;
};

// One line of JSON an event in `file`, rotated by size; a line is there whole or the delivery has failed.
std::unique_ptr<EventSink> makeLogSink(const std::filesystem::path& file);

// POSTs the event to `url`; anything but 2xx is a failure. The event's id is in the header `Kiln-Event-Id` too.
std::unique_ptr<EventSink> makeCallbackSink(const std::string& url, Millis timeout);

}  // namespace kiln::engine
