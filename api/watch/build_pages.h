// Reads existing builds in pages, in the order of an index: what a watch begins with and what GET /_kiln/builds lists.
//
// Pages are scans with a cursor; a load of all never happens. Values and pure reads, any thread. Failure: the store's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/watch/build_selector.h"
#include "store/store.h"

namespace kiln::api {

struct BuildPage {
  std::vector<store::Resource> builds;
  std::string next;  // cursor, empty on the last page
};

// Builds by start time, or by number when the selector names a project; builds being deleted are in no index.
Result<BuildPage> readBuilds(const store::Store& store, const BuildSelector& selector,
                             std::string_view cursor, std::size_t limit, store::Order order);

// The build that `text` names: an id, an ARN, or a bare uuid among the newest builds of the scope. kNotFound says so in a sentence.
Result<store::Resource> findBuild(const store::Store& store, const Scope& scope,
                                  std::string_view text);

}  // namespace kiln::api
