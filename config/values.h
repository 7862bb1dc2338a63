// Values as people write them: whole numbers, switches, durations ("250ms", "30s", "1m30s"), sizes ("10GiB"), URLs.
//
// Pure functions on text. Parsing answers nullopt for text that is not of the form; the caller says what would be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/clock.h"

namespace kiln::config {

std::optional<std::int64_t> parseInteger(std::string_view text);

// true/false, yes/no, on/off, 1/0, in any case.
std::optional<bool> parseSwitch(std::string_view text);

// One or more numbers with a unit (ms, s, m, h, d), largest first; a bare 0 needs none.
std::optional<Millis> parseDuration(std::string_view text);
// The shortest text that parseDuration reads back as the same.
std::string formatDuration(Millis duration);

// Bytes: a whole number, or one with KiB, MiB, GiB or TiB; never negative.
std::optional<std::int64_t> parseSize(std::string_view text);
// The shortest text that parseSize reads back as the same.
std::string formatSize(std::int64_t bytes);

// "a, b" -> {a, b}; empty text -> {}.
std::vector<std::string> splitList(std::string_view text);
// "a=b, c=d"; nullopt when an item has no '='. The last '=' divides, since neither image name can hold one.
std::optional<std::vector<std::pair<std::string, std::string>>> splitPairs(std::string_view text);

// http:// or https:// with a host and, when there is one, a port from 1 to 65535.
bool isHttpUrl(std::string_view text);
// `text` with the user name, the password and the query of every URL in it replaced by "***".
std::string redactUrl(std::string_view text);

}  // namespace kiln::config
