// Repository: what CodeCommit knows of one repository beside its git data, and its resource in the store. Pure.
//
// Resources have the id as name, so that a new name is only a changed record and a name never becomes a path.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

inline constexpr std::string_view kRepositoryKind = "codecommit-repository";

struct Repository {
  Scope scope;
  std::string id;                     // a uuid
  std::uint64_t resourceVersion = 0;  // as loaded; 0 for one that is not stored yet
  std::string name;
  std::string description;
  std::string defaultBranch;  // empty until the first push
  std::string kmsKeyId;
  TimePoint created;
  TimePoint lastModified;
  std::map<std::string, std::string> tags;
  std::string triggers = "[]";  // JSON, as the API was given it
  std::string triggersId;       // changes with every PutRepositoryTriggers; empty before the first

  ResourceKey key() const { return repositoryKey(scope, id); }
  std::string arn() const;

  static ResourceKey repositoryKey(const Scope& scope, const std::string& id) {
    return {std::string(kRepositoryKind), scope, id};
  }
};

// kCorrupt when the record does not read.
Result<Repository> toRepository(const Resource& resource);
Resource toResource(const Repository& repository);

// Index prefixes.
std::string repositoriesByName(const Scope& scope);    // then the name and a zero byte
std::string repositoriesByChange(const Scope& scope);  // then the time and the name
std::string repositoriesOfAccount(const std::string& account,
                                  const std::string& name);  // the same name in every region
inline constexpr std::string_view kAllRepositories = "codecommit-by-name/";

// The index key that one repository of this name has.
std::string repositoryNameKey(const Scope& scope, const std::string& name);

std::string repositoryArn(const Scope& scope, std::string_view name);

}  // namespace kiln::store
