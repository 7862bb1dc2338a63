// The wire form of a watch: one JSON object a line, or the same as server-sent events. Pure.
//
//   {"type":"ADDED|MODIFIED|DELETED|BOOKMARK|ERROR","resourceVersion":N,"object":{…}}
//
// The line's own `resourceVersion` is the one to resume from after it. It is the object's, except for a change that others of
// the same commit follow: there it is one less, so that a client cut off between them misses none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/store.h"

namespace kiln::api {

enum class WatchFormat { kLines, kEvents };

std::string_view contentType(WatchFormat format);
std::string_view changeName(store::ChangeType type);

// Appends one line or event. `object` is JSON text without line breaks.
void appendLine(std::string& out, WatchFormat format, std::string_view type, std::uint64_t version,
                std::string_view object);

void appendBookmark(std::string& out, WatchFormat format, std::uint64_t version);

// A Kubernetes-style Status: the body of a failed request and the object of an ERROR line.
std::string statusObject(int code, std::string_view reason, std::string_view message);

}  // namespace kiln::api
