#include "controller/engine/orphan_sweeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/records/build_record.h"

namespace kiln::engine {

Result<bool> OrphanSweeper::wanted(const runtime::OwnedContainer& container) const {
  const auto id = BuildId::parseArn(container.buildArn);
  if (!id) return false;
  auto resource = store_.find(id->key());
  if (!resource.ok()) return resource.error();
  if (!resource->has_value()) return false;
  const auto& finalizers = (*resource)->meta.finalizers;
  return std::find(finalizers.begin(), finalizers.end(), kContainerFinalizer) != finalizers.end();
}

Result<int> OrphanSweeper::sweep() {
  auto containers = runtime_.listOwned();
  if (!containers.ok()) return containers.error();
  int removed = 0;
  for (const auto& container : *containers) {
    if (clock_.now() - container.createdAt < grace_) continue;
    auto keep = wanted(container);
    if (!keep.ok()) return keep.error();
    if (*keep) continue;
    if (auto gone = runtime_.removeOwned(container.id); !gone.ok()) return gone.error();
    spdlog::warn("event=orphan-removed container={} build={}", container.id, container.buildArn);
    ++removed;
  }
  return removed;
}

}  // namespace kiln::engine
