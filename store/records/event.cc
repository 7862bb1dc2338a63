#include "store/records/event.h"

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace kiln::store {

using nlohmann::json;

std::string toIsoSeconds(TimePoint time) {
  const auto seconds = std::chrono::floor<Seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Seconds> clock(seconds - day);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

OutboxEntry makeEvent(const Event& event, json detail) {
  const json body = {{"version", "0"},
                     {"id", event.id},
                     {"detail-type", event.detailType},
                     {"source", event.source},
                     {"account", event.subject.scope.account},
                     {"region", event.subject.scope.region},
                     {"time", toIsoSeconds(event.time)},
                     {"resources", event.resources},
                     {"detail", std::move(detail)}};
  return {.position = 0,
          .id = event.id,
          .subject = event.subject,
          .body = body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

}  // namespace kiln::store
