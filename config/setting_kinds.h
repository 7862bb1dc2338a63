// The kinds of settings that the table is made of: how a value of each is read, judged and shown. Private to settings_table.cc.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "config/settings_table.h"
#include "config/values.h"

namespace kiln::config {

inline const std::string* textOf(const RawValue& raw) { return std::get_if<std::string>(&raw); }

inline std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// In each maker, `at` answers the member of a Settings, const or not.
template <typename At, typename Valid>
Setting text(std::string name, std::string allowed, std::string doc, At at, Valid valid) {
  auto apply = [at, valid](Settings& settings, const RawValue& raw) {
    const auto* given = textOf(raw);
    if (given == nullptr || !valid(*given)) return false;
    at(settings) = *given;
    return true;
  };
  auto show = [at](const Settings& settings) { return quoted(at(settings)); };
  return {std::move(name), "text", std::move(allowed), std::move(doc), Secrecy::kPublic,
          apply,           show};
}

template <typename At>
Setting integer(std::string name, int least, int most, std::string doc, At at) {
  auto apply = [at, least, most](Settings& settings, const RawValue& raw) {
    const auto* given = textOf(raw);
    auto value = given != nullptr ? parseInteger(*given) : std::nullopt;
    if (!value || *value < least || *value > most) return false;
    at(settings) = static_cast<int>(*value);
    return true;
  };
  auto show = [at](const Settings& settings) { return std::to_string(at(settings)); };
  return {std::move(name),
          "whole number",
          std::to_string(least) + " to " + std::to_string(most),
          std::move(doc),
          Secrecy::kPublic,
          apply,
          show};
}

template <typename At>
Setting toggle(std::string name, std::string doc, At at) {
  auto apply = [at](Settings& settings, const RawValue& raw) {
    const auto* given = textOf(raw);
    auto value = given != nullptr ? parseSwitch(*given) : std::nullopt;
    if (value) at(settings) = *value;
    return value.has_value();
  };
  auto show = [at](const Settings& settings) {
    return std::string(at(settings) ? "true" : "false");
  };
  return {std::move(name), "switch", "true or false", std::move(doc), Secrecy::kPublic,
          apply,           show};
}

// The member's own unit (seconds, minutes) is the finest that may be given.
template <typename At>
Setting duration(std::string name, Millis least, Millis most, std::string doc, At at) {
  using Unit = std::decay_t<decltype(at(std::declval<Settings&>()))>;
  auto apply = [at, least, most](Settings& settings, const RawValue& raw) {
    const auto* given = textOf(raw);
    auto value = given != nullptr ? parseDuration(*given) : std::nullopt;
    if (!value || *value < least || *value > most || *value % Unit(1) != Millis(0)) return false;
    at(settings) = std::chrono::duration_cast<Unit>(*value);
    return true;
  };
  auto show = [at](const Settings& settings) { return formatDuration(at(settings)); };
  auto allowed = formatDuration(least) + " to " + formatDuration(most);
  if (Unit(1) > Millis(1)) allowed += ", in steps of " + formatDuration(Unit(1));
  return {std::move(name), "duration", std::move(allowed), std::move(doc), Secrecy::kPublic,
          apply,           show};
}

// Bytes, as a std::int64_t.
template <typename At>
Setting size(std::string name, std::int64_t least, std::int64_t most, std::string doc, At at) {
  auto apply = [at, least, most](Settings& settings, const RawValue& raw) {
    const auto* given = textOf(raw);
    auto value = given != nullptr ? parseSize(*given) : std::nullopt;
    if (!value || *value < least || *value > most) return false;
    at(settings) = *value;
    return true;
  };
  auto show = [at](const Settings& settings) { return formatSize(at(settings)); };
  return {std::move(name),
          "size",
          formatSize(least) + " to " + formatSize(most),
          std::move(doc),
          Secrecy::kPublic,
          apply,
          show};
}

}  // namespace kiln::config
