// Which credentials a project's sources may ask for. Works in a commit (Txn). The operations on them are in source_credentials.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/codebuild/failures.h"
#include "controller/core/ids.h"
#include "store/store.h"

namespace kiln::api {

// A source that CreateProject or UpdateProject is given with auth of type OAUTH needs stored credentials of its provider (facts §5.2).
Refusal checkStoredCredentials(store::Txn& txn, const Scope& scope, const nlohmann::json& given);

}  // namespace kiln::api
