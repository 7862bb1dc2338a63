// Parameter <-> the store's record and notes of it.
//
// The record's spec is JSON: {"latest": {the newest version without its value}, "labels": {label: version}, "tags": {key: value}}; each version,
// with its value, is a note `version/NUMBER`. So values never show in the change feed, and those of SecureStrings are sealed everywhere.
// Conversions are pure. kCorrupt on text that is not a parameter.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "api/ssm/failures.h"
#include "api/ssm/names.h"
#include "controller/core/clock.h"
#include "store/store.h"

namespace kiln::api::ssm {

struct Version {
  std::int64_t number = 1;
  std::string type;  // String, StringList, SecureString
  std::string tier;  // Standard, Advanced
  std::string dataType;
  std::string keyId;  // of a SecureString
  std::string description;
  std::string allowedPattern;
  std::string policies;  // JSON as it was given, or empty
  std::string user;
  TimePoint modified;
  std::string value;  // of a SecureString: sealed, in base64

  bool secure() const { return type == "SecureString"; }
};

struct Parameter {
  Scope scope;
  std::string name;
  std::uint64_t resourceVersion = 0;
  Version latest;  // without its value
  std::map<std::string, std::int64_t> labels;
  std::map<std::string, std::string> tags;

  ResourceKey key() const { return {"parameter", scope, name}; }
};

Result<Parameter> toParameter(const store::Resource& resource);
store::Resource toResource(const Parameter& parameter);

inline constexpr std::string_view kVersionNotes = "version/";
std::string versionNote(std::int64_t number);
std::string toNote(const Version& version);
Result<Version> fromNote(std::string_view text);

std::string parametersByName(const Scope& scope);  // index prefix

// What a value is sealed for.
std::string sealedFor(const Parameter& parameter, std::int64_t version);

template <typename Reader>
Found<std::optional<Parameter>> findParameter(Reader& reader, const Scope& scope,
                                              const std::string& name) {
  auto resource = reader.find(ResourceKey{"parameter", scope, name});
  if (!resource.ok()) return fromError(resource.error());
  if (!*resource) return std::optional<Parameter>();
  auto parameter = toParameter(**resource);
  if (!parameter.ok()) return fromError(parameter.error());
  return std::optional(std::move(*parameter));
}

// The one that `asked` names, whatever its selector.
template <typename Reader>
Found<Parameter> getParameter(Reader& reader, const Scope& scope, const std::string& asked) {
  for (const auto& name : parseAsked(scope, asked).names) {
    auto parameter = findParameter(reader, scope, name);
    if (!parameter.ok()) return parameter.error();
    if (*parameter) return std::move(**parameter);
  }
  return parameterNotFound(asked);
}

template <typename Reader>
Found<std::optional<Version>> findVersion(Reader& reader, const Parameter& parameter,
                                          std::int64_t number) {
  auto note = reader.findNote(parameter.key(), versionNote(number));
  if (!note.ok()) return fromError(note.error());
  if (!*note) return std::optional<Version>();
  auto version = fromNote(**note);
  if (!version.ok()) return fromError(version.error());
  return std::optional(std::move(*version));
}

}  // namespace kiln::api::ssm
