// Secret <-> the store's record of it.
//
// The record's spec is JSON and holds everything but the values: those are notes `value/VERSION-ID`, sealed. A secret whose recovery window
// has passed is not there any more, whether it was removed yet or not.
// Conversions are pure. kCorrupt on text that is not a secret.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "api/secretsmanager/failures.h"
#include "controller/core/clock.h"
#include "store/store.h"

namespace kiln::api::secrets {

struct Version {
  std::set<std::string> stages;  // none: deprecated
  TimePoint created;
  std::optional<TimePoint> accessed;  // the day
};

struct Secret {
  Scope scope;
  std::string name;
  std::uint64_t resourceVersion = 0;
  std::string suffix;  // six characters of the ARN
  std::string description;
  std::string kmsKeyId;
  std::string type;
  std::string policy;  // JSON as it was given, or empty
  std::map<std::string, std::string> tags;
  std::map<std::string, Version> versions;  // by id
  TimePoint created;
  TimePoint changed;
  std::optional<TimePoint> accessed;  // the day
  std::optional<TimePoint> deleted;   // when it was marked
  std::optional<TimePoint> removal;   // when the window ends

  ResourceKey key() const { return {"secret", scope, name}; }
  std::string arn() const;
  // The version that has the stage, or none.
  const std::string* versionWith(const std::string& stage) const;
};

inline constexpr const char* kCurrent = "AWSCURRENT";
inline constexpr const char* kPrevious = "AWSPREVIOUS";
inline constexpr const char* kPending = "AWSPENDING";

Result<Secret> toSecret(const store::Resource& resource);
store::Resource toResource(const Secret& secret);

std::string newSuffix();
std::string secretArn(const Scope& scope, const std::string& name, const std::string& suffix);
std::string valueNote(const std::string& versionId);
// What a value is sealed for.
std::string sealedFor(const Secret& secret, const std::string& versionId);

// Index prefixes, one for each order of ListSecrets; and over all regions the end of the window, then the name.
std::string secretsByName(const Scope& scope);
std::string secretsByCreation(const Scope& scope);
std::string secretsByChange(const Scope& scope);
std::string secretsByAccess(const Scope& scope);
inline constexpr const char* kSecretsByRemoval = "secrets-by-removal/";

bool isOver(const Secret& secret, TimePoint now);

}  // namespace kiln::api::secrets
