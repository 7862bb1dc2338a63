#include "store/repositories/git_repository.h"
#include "store/repositories/repositories.h"

namespace kiln::store {
namespace {

constexpr std::size_t kPage = 10'000;

}  // namespace

Result<References> Repositories::noted(const ResourceKey& key) const {
  References references;
  NoteRange range{.prefix = std::string(kReferenceNotes), .from = {}, .before = {}};
  while (true) {
    auto page = store_.scanNotes(key, range, kPage, Order::kAscending);
    if (!page.ok()) return page.error();
    for (const auto& note : *page)
      references[note.name.substr(kReferenceNotes.size())] = fromNoteValue(note.value);
    if (page->size() < kPage) return references;
    range.from = page->back().name + '\0';
  }
}

Status Repositories::settle(const Repository& repository, const std::string& callerArn) {
  auto git = GitRepository::open(pathOf(repository));
  if (!git.ok()) return git.error();
  auto now = git->references();
  if (!now.ok()) return now.error();
  auto before = noted(repository.key());
  if (!before.ok()) return before.error();
  const auto changes = changesBetween(*before, *now);
  if (!changes.empty()) {
    std::vector<std::string> names;
    for (const auto& change : changes) names.push_back(change.name);
    if (auto done = directory_.syncNames(repository.id, names); !done.ok()) return done;
    if (auto done = record(repository, *now, changes, callerArn); !done.ok()) return done;
  }
  auto current = store_.find(repository.key());
  if (!current.ok()) return current.error();
  if (!*current) return okStatus();
  auto loaded = toRepository(**current);
  return loaded.ok() ? followDefaultBranch(*loaded) : loaded.error();
}

Status Repositories::record(const Repository& repository, const References& now,
                            const std::vector<ReferenceChange>& changes,
                            const std::string& callerArn) {
  const ResourceKey key = repository.key();
  const TimePoint time = toWholeMillis(clock_.now());
  auto committed = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto found = txn.find(key);
    if (!found.ok()) return found.error();
    if (!*found) return okStatus();  // removed meanwhile: nobody is told of its references
    auto loaded = toRepository(**found);
    if (!loaded.ok()) return loaded.error();
    for (const auto& change : changes) {
      const std::string note = referenceNote(change.name);
      auto done = change.after.id.empty() ? txn.eraseNote(key, note)
                                          : txn.putNote(key, note, toNoteValue(change.after));
      if (!done.ok()) return done;
      txn.emit(toEvent(change, *loaded, callerArn, txn.version(), time));
    }
    loaded->lastModified = time;
    if (loaded->defaultBranch.empty()) loaded->defaultBranch = firstDefaultBranch(now);
    return txn.update(toResource(*loaded), Half::kSpec);
  });
  return dropValue(committed);
}

// HEAD says to git what the record says to the API.
Status Repositories::followDefaultBranch(const Repository& repository) {
  if (repository.defaultBranch.empty()) return okStatus();
  auto git = GitRepository::open(pathOf(repository));
  if (!git.ok()) return git.error();
  return git->setHead(repository.defaultBranch);
}

}  // namespace kiln::store
