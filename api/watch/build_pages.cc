#include "api/watch/build_pages.h"

#include "store/records/build_record.h"

namespace kiln::api {
namespace {

// How far back a bare uuid is looked for.
constexpr std::size_t kUuidSearch = 10'000;
constexpr std::size_t kUuidPage = 500;

std::string indexOf(const BuildSelector& selector) {
  if (selector.everyRegion()) return store::buildsIndexOfAccount(selector.scope.account);
  if (!selector.project.empty()) return store::projectBuildsIndex(selector.scope, selector.project);
  return store::buildsIndex(selector.scope);
}

Result<BuildPage> readOne(const store::Store& store, const ResourceKey& key) {
  auto found = store.find(key);
  if (!found.ok()) return found.error();
  BuildPage page;
  if (*found && !(*found)->meta.deletedAt) page.builds.push_back(**std::move(found));
  return page;
}

Error notFound(const Scope& scope, std::string_view text) {
  const std::string where =
      scope.region == kAllRegions ? "in any region" : "in region " + scope.region;
  return {Code::kNotFound, "There is no build " + std::string(text) + " " + where + " of account " +
                               scope.account + "."};
}

Result<std::optional<ResourceKey>> searchUuid(const store::Store& store, const Scope& scope,
                                              std::string_view uuid) {
  const std::string index = indexOf({.scope = scope, .project = {}, .name = {}});
  std::string cursor;
  for (std::size_t seen = 0; seen < kUuidSearch; seen += kUuidPage) {
    auto page = store.scanIndex(index, cursor, kUuidPage, store::Order::kDescending);
    if (!page.ok()) return page.error();
    for (const auto& [entry, key] : page->entries) {
      if (key.name.ends_with(uuid)) return std::optional(key);
    }
    if (page->next.empty()) break;
    cursor = page->next;
  }
  return std::optional<ResourceKey>();
}

Result<std::optional<ResourceKey>> keyOf(const store::Store& store, const Scope& scope,
                                         std::string_view text) {
  if (auto id = BuildId::parseArn(text)) {
    if (id->scope.account != scope.account) return std::optional<ResourceKey>();
    return std::optional(id->key());
  }
  auto id = BuildId::parse(scope, text);
  if (id && scope.region != kAllRegions) return std::optional(id->key());
  if (id) return searchUuid(store, scope, text);
  if (isUuid(text)) return searchUuid(store, scope, ":" + std::string(text));
  return std::optional<ResourceKey>();
}

}  // namespace

Result<BuildPage> readBuilds(const store::Store& store, const BuildSelector& selector,
                             std::string_view cursor, std::size_t limit, store::Order order) {
  if (!selector.name.empty() && !selector.everyRegion()) {
    const ResourceKey key{std::string(kBuildKind), selector.scope, selector.name};
    return selector.matches(key) ? readOne(store, key) : BuildPage{};
  }
  auto entries = store.scanIndex(indexOf(selector), cursor, limit, order);
  if (!entries.ok()) return entries.error();
  BuildPage page{.builds = {}, .next = entries->next};
  for (const auto& [entry, key] : entries->entries) {
    if (!selector.matches(key)) continue;
    auto found = store.find(key);
    if (!found.ok()) return found.error();
    if (*found && !(*found)->meta.deletedAt) page.builds.push_back(**std::move(found));
  }
  return page;
}

Result<store::Resource> findBuild(const store::Store& store, const Scope& scope,
                                  std::string_view text) {
  auto key = keyOf(store, scope, text);
  if (!key.ok()) return key.error();
  if (!*key) return notFound(scope, text);
  auto found = store.find(**key);
  if (!found.ok()) return found.error();
  if (!*found || (*found)->meta.deletedAt) return notFound(scope, text);
  return **std::move(found);
}

}  // namespace kiln::api
