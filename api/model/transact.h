// One synced commit of one API call: what `body` did becomes true as a whole, or nothing does and its error is the answer.
//
// `body` runs inside the store's commit (store.h: reads and writes only, nothing slow).
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "api/model/service_error.h"
#include "store/store.h"

namespace kiln::api {

using Answer = Result<nlohmann::json, ServiceError>;

Answer transact(store::Store& store, const std::function<Answer(store::Txn&)>& body);

}  // namespace kiln::api
