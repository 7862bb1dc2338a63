// Names of things: whose (Scope), which record (ResourceKey), which build (BuildId), and the ARNs made of them (facts §5.1).
//
// Values only. Parsing answers nullopt for text that is not of the form; it never guesses.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace kiln {

// Whose state it is: every record belongs to one account and one region.
struct Scope {
  std::string account;
  std::string region;
  auto operator<=>(const Scope&) const = default;
};

// One record of the store. `kind` is a lower-case word ("build", "project"); `name` is unique within kind and scope.
struct ResourceKey {
  std::string kind;
  Scope scope;
  std::string name;
  auto operator<=>(const ResourceKey&) const = default;
};

inline constexpr std::string_view kBuildKind = "build";
inline constexpr std::string_view kProjectKind = "project";

// `<project>:<uuid4>`, in a scope.
struct BuildId {
  Scope scope;
  std::string project;
  std::string uuid;

  std::string name() const { return project + ":" + uuid; }
  std::string arn() const;
  ResourceKey key() const { return {std::string(kBuildKind), scope, name()}; }
  auto operator<=>(const BuildId&) const = default;

  // From `<project>:<uuid>`; nullopt unless both halves are there and the second is a lower-case uuid.
  static std::optional<BuildId> parse(const Scope& scope, std::string_view name);
  // From the id or its ARN. An ARN of another scope answers nullopt.
  static std::optional<BuildId> parseIdOrArn(const Scope& scope, std::string_view idOrArn);
  // From an ARN of any scope.
  static std::optional<BuildId> parseArn(std::string_view arn);
  // A build's key, which always has the form; anything else is a bug.
  static BuildId fromKey(const ResourceKey& key);
};

std::string projectArn(const Scope& scope, std::string_view name);

// A fresh random lower-case version 4 uuid, from the system's random source. Any thread.
std::string newUuid();

// The same lower-case uuid (version 5 layout) for the same name, always: ids that survive a retry.
std::string nameUuid(std::string_view name);

bool isUuid(std::string_view text);

}  // namespace kiln
