#include "store/repositories/repositories.h"

#include <spdlog/spdlog.h>

#include <set>

#include "store/repositories/git_repository.h"

namespace kiln::store {
namespace {

constexpr std::size_t kPage = 1000;

Error notFound(const std::string& name) { return {Code::kNotFound, name + " does not exist"}; }

}  // namespace

Repositories::Repositories(Store& store, const Clock& clock, std::filesystem::path directory)
    : store_(store), clock_(clock), directory_(std::move(directory)) {}

Result<std::vector<Repository>> Repositories::loadAll() const {
  std::vector<Repository> all;
  std::string cursor;
  do {
    auto page = store_.scanIndex(kAllRepositories, cursor, kPage, Order::kAscending);
    if (!page.ok()) return page.error();
    for (const auto& [index, key] : page->entries) {
      auto found = store_.find(key);
      if (!found.ok()) return found.error();
      if (!*found) continue;
      auto repository = toRepository(**found);
      if (!repository.ok()) return repository.error();
      all.push_back(std::move(*repository));
    }
    cursor = page->next;
  } while (!cursor.empty());
  return all;
}

Status Repositories::start() {
  auto all = loadAll();
  if (!all.ok()) return all.error();
  std::set<std::string> ids;
  for (const auto& repository : *all) ids.insert(repository.id);
  auto swept = directory_.sweep([&](const std::string& id) { return ids.contains(id); });
  if (!swept.ok()) return swept;
  return settleAll(*all);
}

// One damaged repository must not keep the others from being served: it is told in the log, and again to whoever uses it.
Status Repositories::settleAll(const std::vector<Repository>& all) {
  for (const auto& repository : all) {
    auto done = settle(repository, "arn:aws:iam::" + repository.scope.account + ":root");
    if (!done.ok()) {
      spdlog::error("event=repository_unreadable name={} id={} what=\"{}\"", repository.name,
                    repository.id, done.error().message);
    }
  }
  return okStatus();
}

Result<std::optional<Repository>> Repositories::load(const IndexPage& page) const {
  if (page.entries.empty()) return std::optional<Repository>();
  auto found = store_.find(page.entries.front().second);
  if (!found.ok()) return found.error();
  if (!*found) return std::optional<Repository>();
  auto repository = toRepository(**found);
  if (!repository.ok()) return repository.error();
  return std::optional(std::move(*repository));
}

Result<std::optional<Repository>> Repositories::find(const Scope& scope,
                                                     const std::string& name) const {
  auto page = store_.scanIndex(repositoryNameKey(scope, name), "", 1, Order::kAscending);
  if (!page.ok()) return page.error();
  return load(*page);
}

Result<std::vector<Repository>> Repositories::findInAllRegions(const std::string& account,
                                                               const std::string& name) const {
  auto page = store_.scanIndex(repositoriesOfAccount(account, name), "", kPage, Order::kAscending);
  if (!page.ok()) return page.error();
  std::vector<Repository> found;
  for (auto& entry : page->entries) {
    auto repository = load({{entry}, {}});
    if (!repository.ok()) return repository.error();
    if (*repository) found.push_back(std::move(**repository));
  }
  return found;
}

Result<Repository> Repositories::create(Repository wanted) {
  wanted.id = newUuid();
  wanted.created = wanted.lastModified = toWholeMillis(clock_.now());
  if (auto made = directory_.create(wanted.id); !made.ok()) return made.error();
  auto committed = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto same = txn.countIndex(repositoryNameKey(wanted.scope, wanted.name), 1);
    if (!same.ok()) return same.error();
    if (*same > 0) return Error{Code::kAlreadyExists, wanted.name + " exists already"};
    return txn.create(toResource(wanted));
  });
  if (committed.ok()) {
    wanted.resourceVersion = *committed;
    return wanted;
  }
  // After kUnavailable the record may be there all the same; then start() finds out what belongs to what.
  if (committed.error().code != Code::kUnavailable) {
    if (auto removed = directory_.remove(wanted.id); !removed.ok())
      spdlog::warn("event=repository_left_over what=\"{}\"", removed.error().message);
  }
  return committed.error();
}

Result<std::optional<std::string>> Repositories::remove(const Scope& scope,
                                                        const std::string& name) {
  auto found = find(scope, name);
  if (!found.ok()) return found.error();
  if (!*found) return std::optional<std::string>();
  const Repository repository = **found;
  auto turn = take(repository);
  if (!turn.ok() && turn.error().code != Code::kNotFound) return turn.error();
  if (!turn.ok()) return std::optional<std::string>();
  auto committed = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto now = txn.find(repository.key());
    if (!now.ok()) return now.error();
    if (!*now) return notFound(name);
    return txn.erase(repository.key(), (*now)->meta.resourceVersion);
  });
  if (!committed.ok() && committed.error().code == Code::kNotFound)
    return std::optional<std::string>();
  if (!committed.ok()) return committed.error();
  if (auto removed = directory_.remove(repository.id); !removed.ok())
    spdlog::warn("event=repository_left_over what=\"{}\"", removed.error().message);
  return std::optional(repository.id);
}

Result<Repository> Repositories::change(const Scope& scope, const std::string& name,
                                        const std::function<Result<bool>(Repository&)>& change) {
  auto found = find(scope, name);
  if (!found.ok()) return found.error();
  if (!*found) return notFound(name);
  auto turn = take(**found);
  if (!turn.ok()) return turn.error();
  std::optional<Repository> changed;
  auto committed = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto now = txn.find((*found)->key());
    if (!now.ok()) return now.error();
    if (!*now) return notFound(name);
    auto repository = toRepository(**now);
    if (!repository.ok()) return repository.error();
    if (repository->name != name) return notFound(name);
    auto touched = change(*repository);
    if (!touched.ok()) return touched.error();
    if (*touched) repository->lastModified = toWholeMillis(clock_.now());
    if (repository->name != name) {
      auto same = txn.countIndex(repositoryNameKey(scope, repository->name), 1);
      if (!same.ok()) return same.error();
      if (*same > 0) return Error{Code::kAlreadyExists, repository->name + " exists already"};
    }
    changed = *repository;
    return txn.update(toResource(*repository), Half::kSpec);
  });
  if (!committed.ok()) return committed.error();
  if (auto done = followDefaultBranch(*changed); !done.ok()) return done.error();
  return std::move(*changed);
}

Result<Turns::Turn> Repositories::take(const Repository& repository) {
  auto turn = turns_.take(repository.id);
  auto there = store_.find(repository.key());
  if (!there.ok()) return there.error();
  if (!*there) return notFound(repository.name);
  return turn;
}

}  // namespace kiln::store
