// The texts that stand for a place in a stream: GetLogEvents' `f/…` and `b/…` tokens, and the ids of events. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/logs/log_event.h"
#include "store/logs/log_records.h"

namespace kiln::api::logs {

// The place before `at`: forwards from there, or backwards.
struct EventToken {
  bool forward = true;
  store::EventPosition at;
};

std::string toToken(const store::LogStream& stream, const EventToken& token);
// nullopt for a text that is no token of this stream.
std::optional<EventToken> fromToken(const store::LogStream& stream, std::string_view text);

// 56 digits; always the same ones for an event, and no other event of its group has them.
std::string eventId(const store::LogStream& stream, const store::EventPosition& at);

}  // namespace kiln::api::logs
