// One page of an index of which only some entries are wanted: filtered lists without loading them whole.
//
// Reads from a Store, any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace kiln::store {

struct IndexWalk {
  std::string_view prefix;
  std::string_view cursor;  // where an earlier walk ended; empty: the start
  std::size_t most = 1;     // how many may be taken
  Order order = Order::kAscending;
};

// Asks `take` about each entry until it has taken (answered true) `most` of them. The cursor after the last one that was looked at,
// empty at the end.
Result<std::string> walkIndex(const Store& store, const IndexWalk& walk,
                              const std::function<Result<bool>(const ResourceKey&)>& take);

}  // namespace kiln::store
