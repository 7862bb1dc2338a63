// A repository and a commit as the API shows them. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/codecommit/access.h"

namespace kiln::api::codecommit {

// RepositoryMetadata. `cloneUrlHttp` is made of the address that the client called.
nlohmann::json toMetadata(const store::Repository& repository, const CallContext& context);

nlohmann::json toCommit(const store::GitCommit& commit);

// The path under which git finds a repository of this region: /v1/repos/NAME, for other regions than the default one
// /_kiln/regions/REGION/v1/repos/NAME.
std::string gitPath(const Scope& scope, const std::string& name);

}  // namespace kiln::api::codecommit
