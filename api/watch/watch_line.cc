#include "api/watch/watch_line.h"

#include <nlohmann/json.hpp>

#include "controller/core/result.h"

namespace kiln::api {

std::string_view contentType(WatchFormat format) {
  switch (format) {
    case WatchFormat::kLines: return "application/x-ndjson";
    case WatchFormat::kEvents: return "text/event-stream";
  }
  unreachable();
}

std::string_view changeName(store::ChangeType type) {
  switch (type) {
    case store::ChangeType::kAdded: return "ADDED";
    case store::ChangeType::kModified: return "MODIFIED";
    case store::ChangeType::kDeleted: return "DELETED";
  }
  unreachable();
}

void appendLine(std::string& out, WatchFormat format, std::string_view type, std::uint64_t version,
                std::string_view object) {
  const std::string number = std::to_string(version);
  if (format == WatchFormat::kEvents) {
    out.append("id: ").append(number).append("\nevent: ").append(type).append("\ndata: ");
  }
  out.append(R"({"type":")").append(type).append(R"(","resourceVersion":)").append(number);
  out.append(R"(,"object":)").append(object).append("}\n");
  if (format == WatchFormat::kEvents) out += '\n';
}

void appendBookmark(std::string& out, WatchFormat format, std::uint64_t version) {
  appendLine(out, format, "BOOKMARK", version,
             R"({"resourceVersion":)" + std::to_string(version) + "}");
}

std::string statusObject(int code, std::string_view reason, std::string_view message) {
  const nlohmann::json status = {{"kind", "Status"},
                                 {"status", "Failure"},
                                 {"code", code},
                                 {"reason", reason},
                                 {"message", message}};
  return status.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace kiln::api
