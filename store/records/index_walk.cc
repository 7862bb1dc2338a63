#include "store/records/index_walk.h"

namespace kiln::store {
namespace {

constexpr std::size_t kBatch = 200;

}  // namespace

Result<std::string> walkIndex(const Store& store, const IndexWalk& walk,
                              const std::function<Result<bool>(const ResourceKey&)>& take) {
  std::string cursor(walk.cursor);
  for (std::size_t taken = 0;;) {
    auto page = store.scanIndex(walk.prefix, cursor, kBatch, walk.order);
    if (!page.ok()) return page.error();
    for (std::size_t at = 0; at < page->entries.size(); ++at) {
      auto wanted = take(page->entries[at].second);
      if (!wanted.ok()) return wanted.error();
      if (!*wanted || ++taken < walk.most) continue;
      if (at + 1 == page->entries.size()) return page->next;
      auto exact = store.scanIndex(walk.prefix, cursor, at + 1, walk.order);
      if (!exact.ok()) return exact.error();
      return exact->next;
    }
    if (page->next.empty()) return std::string();
    cursor = std::move(page->next);
  }
}

}  // namespace kiln::store
