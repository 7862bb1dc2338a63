#include "api/codebuild/build_removal.h"

#include "store/records/build_record.h"

namespace kiln::api {

Status removeBuild(store::Txn& txn, Build build, TimePoint now) {
  if (build.complete() && build.finalizers.empty()) {
    return txn.erase(build.id.key(), build.resourceVersion);
  }
  build.deleted = true;
  build.deletedAt = toWholeMillis(now);
  return txn.update(store::toResource(build), store::Half::kSpec);
}

}  // namespace kiln::api
