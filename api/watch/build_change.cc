#include "api/watch/build_change.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "api/codebuild/build_view.h"
#include "store/records/build_record.h"

namespace kiln::api {
namespace {

using store::ChangeType;
using store::FeedEntry;

std::optional<BuildChange> toChange(const FeedEntry& entry) {
  const store::Meta& meta = entry.resource.meta;
  const bool asked = meta.deletedAt.has_value();
  BuildChange change{.type = asked ? ChangeType::kDeleted : entry.type,
                     .key = meta.key,
                     .removal = asked ? Removal::kAsked : Removal::kNone,
                     .object = {}};
  if (asked && entry.type == ChangeType::kDeleted) {
    change.removal = Removal::kDone;
    return change;
  }
  auto object = renderBuild(entry.resource);
  if (!object) return std::nullopt;
  change.object = *std::move(object);
  return change;
}

}  // namespace

std::optional<std::string> renderBuild(const store::Resource& resource) {
  auto build = store::toBuild(resource);
  if (!build.ok()) {
    spdlog::error("event=unreadable-build build={} rv={} error=\"{}\"", resource.meta.key.name,
                  resource.meta.resourceVersion, build.error().message);
    return std::nullopt;
  }
  nlohmann::json object = buildView(*build);
  object["resourceVersion"] = resource.meta.resourceVersion;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<ChangePage> readChanges(const store::Store& store, std::uint64_t version,
                               std::size_t limit) {
  auto entries = store.readFeed(version, limit);
  if (!entries.ok()) return entries.error();
  ChangePage page{.sets = {}, .version = version, .end = entries->empty()};
  std::shared_ptr<ChangeSet> open;
  for (const FeedEntry& entry : *entries) {
    page.version = entry.resourceVersion;
    if (entry.resource.meta.key.kind != kBuildKind) continue;
    auto change = toChange(entry);
    if (!change) continue;
    if (!open || open->version != entry.resourceVersion) {
      open =
          std::make_shared<ChangeSet>(ChangeSet{.version = entry.resourceVersion, .changes = {}});
      page.sets.push_back(open);
    }
    open->changes.push_back(*std::move(change));
  }
  return page;
}

}  // namespace kiln::api
