#include "controller/engine/resync.h"

#include "store/records/build_record.h"

namespace kiln::engine {

Status forEachActiveBuild(const store::Store& store,
                          const std::function<void(const Build&)>& seen) {
  constexpr std::size_t kPage = 200;
  std::string cursor;
  do {
    auto page = store.scanIndex(store::kActiveBuildsIndex, cursor, kPage, store::Order::kAscending);
    if (!page.ok()) return page.error();
    for (const auto& [index, key] : page->entries) {
      auto resource = store.find(key);
      if (!resource.ok()) return resource.error();
      if (!resource->has_value()) continue;
      auto build = store::toBuild(**resource);
      if (!build.ok()) return build.error();
      seen(*build);
    }
    cursor = page->next;
  } while (!cursor.empty());
  return okStatus();
}

}  // namespace kiln::engine
