// One page of a list: names of the index's entries in their order, and the token of the next page (facts §5.4).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/model/transact.h"
#include "store/store.h"

namespace kiln::api {

struct ListQuery {
  std::string prefix;  // of the index
  store::Order order = store::Order::kAscending;
  std::string member;  // of the answer: "ids", "projects"
};

// Reads `nextToken` of the input. InvalidInputException for a token of another list, scope or order.
Answer listPage(const store::Store& store, const ListQuery& query, const nlohmann::json& input);

// `sortOrder` of the input, or `otherwise`.
store::Order sortOrder(const nlohmann::json& input, store::Order otherwise);

}  // namespace kiln::api
