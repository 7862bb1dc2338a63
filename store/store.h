// Store: everything Kiln must not forget, behind one interface.
//
// What is in it
//   resources  one record each: meta, spec (desired, written by the API), status (observed, written by the controller)
//   indexes    ordered lists of keys, kept in step with each resource's `indexKeys` by the same commit
//   notes      values that belong to a resource but are not part of it, by name in byte order (idempotency tokens, log progress, a
//              bucket's objects); they have no version, do not show in the change feed and go with their resource
//   feed       every change of a resource with the whole object as it was, readable again from any version in the window
//   outbox     events, recorded in the commit of the transition they tell of
//
// Versions: one store-wide counter, bumped once per commit; every resource a commit touches carries that number.
// Durability: a synced commit survives the machine; an unsynced one survives the process. Synced commits of several
// threads share one sync (group commit).
// Threads: any thread, any call. commit() runs one transaction at a time, so a transaction sees no other half done; it must
// not write by another way (commit(), trimOutbox(), probe()) and should not do anything slow; what it reads by another way is the
// last commit. Subscribers are called after the commit, outside all locks.
// Failure: kConflict (load again), kNotFound, kAlreadyExists, kGone (feed), kResourceExhausted (disk full), kCorrupt,
// kUnavailable. A failed commit changed nothing, except that after kUnavailable (the disk
// did not sync) it may still be found applied, whole.
// Owner: main() makes one and outlives all users. One process at a time: a second open fails.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::store {

struct Meta {
  ResourceKey key;
  std::uint64_t resourceVersion = 0;  // set by the store
  std::uint64_t generation = 0;       // bumped by the store on each write of the spec
  std::optional<TimePoint> deletedAt;
  std::vector<std::string> finalizers;
  std::string ownerRef;  // name of the owning resource, or empty
  std::vector<std::string>
      indexKeys;  // entries `<index>/<sort bytes>`; the store adds and removes them as they change
};

// `spec` and `status` are JSON texts; the store does not look into them.
struct Resource {
  Meta meta;
  std::string spec;
  std::string status;
};

// Which half a write may change. The store refuses a write that alters the other one. Meta may change with either.
enum class Half { kSpec, kStatus };

enum class Durability {
  kSynced,  // on disk before commit() returns: what the API acknowledges, and every terminal transition
  kBuffered,  // survives kill -9, may be lost with the machine; synced with the next synced commit
};

// An event on its way out. `id` is stable: the same event always has the same one. `subject` orders deliveries.
struct OutboxEntry {
  std::uint64_t position = 0;  // set by the store; ascending
  std::string id;
  ResourceKey subject;
  std::string body;  // the whole event, JSON
};

enum class ChangeType { kAdded, kModified, kDeleted };

// `position` orders changes of one commit and across commits; `resource` is the object after the change (before it, for kDeleted).
struct FeedEntry {
  std::uint64_t resourceVersion = 0;
  ChangeType type = ChangeType::kAdded;
  Resource resource;
};

// What a subscriber is told. A hint: it may only enqueue or wake.
struct Change {
  std::uint64_t resourceVersion = 0;
  ResourceKey key;
  bool note = false;  // only a note of `key` changed; nothing shows in the feed
};

struct IndexPage {
  std::vector<std::pair<std::string, ResourceKey>> entries;  // (whole index key, resource)
  std::string next;                                          // cursor, empty on the last page
};

enum class Order { kAscending, kDescending };

struct Note {
  std::string name;
  std::string value;
};

// The notes whose names begin with `prefix` and lie in [from, before); an empty bound is none.
struct NoteRange {
  std::string prefix;
  std::string from;
  std::string before;
};

// The view inside a commit. Reads see the transaction's own writes. Not to be kept after the function returns.
class Txn {
 public:
  virtual ~Txn() = default;
  virtual std::uint64_t version() const = 0;  // the resourceVersion this commit will have

  virtual Result<std::optional<Resource>> find(const ResourceKey& key) = 0;
  virtual Status create(Resource resource) = 0;  // kAlreadyExists
  // kConflict unless `resource.meta.resourceVersion` is the stored one; kFailedPrecondition if the other half differs.
  virtual Status update(Resource resource, Half half) = 0;
  // Removes record, index entries and all notes of `key`. kConflict as above.
  virtual Status erase(const ResourceKey& key, std::uint64_t resourceVersion) = 0;

  virtual Result<std::optional<std::string>> findNote(const ResourceKey& owner,
                                                      std::string_view note) = 0;
  virtual Status putNote(const ResourceKey& owner, std::string_view note, std::string value) = 0;
  virtual Status eraseNote(const ResourceKey& owner, std::string_view note) = 0;
  virtual Result<std::vector<Note>> scanNotes(const ResourceKey& owner, const NoteRange& range,
                                              std::size_t limit, Order order) = 0;

  // A number never given before for `counter`, from 1. It survives the owner (facts §5.1: build numbers are never reused).
  virtual Result<std::int64_t> nextNumber(const Scope& scope, std::string_view counter) = 0;

  // Entries of the index under `prefix`, at most `limit`.
  virtual Result<std::size_t> countIndex(std::string_view prefix, std::size_t limit) = 0;

  virtual void emit(OutboxEntry entry) = 0;
};

class Subscription {  // unsubscribes when destroyed
 public:
  virtual ~Subscription() = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // A random id made with the store; containers carry it (io.kiln.store).
  virtual const std::string& id() const = 0;

  // Runs `body` and commits what it did, or nothing when it answers an error (which is returned). The version of the commit.
  virtual Result<std::uint64_t> commit(Durability durability,
                                       const std::function<Status(Txn&)>& body) = 0;

  virtual Result<std::optional<Resource>> find(const ResourceKey& key) const = 0;
  virtual Result<std::optional<std::string>> findNote(const ResourceKey& owner,
                                                      std::string_view note) const = 0;
  // At most `limit` of them. A scan: to go on, `from` is the last name and a zero byte (descending: `before` is the last name).
  virtual Result<std::vector<Note>> scanNotes(const ResourceKey& owner, const NoteRange& range,
                                              std::size_t limit, Order order) const = 0;

  // One page of the index under `prefix`, after `cursor` (empty: from the start). A scan, never a load of all.
  virtual Result<IndexPage> scanIndex(std::string_view prefix, std::string_view cursor,
                                      std::size_t limit, Order order) const = 0;

  virtual std::uint64_t version() const = 0;  // of the last commit

  // Changes after `version`, oldest first, about `limit`: those of one commit always come together; empty at the end. kGone when
  // the window no longer reaches back that far.
  virtual Result<std::vector<FeedEntry>> readFeed(std::uint64_t version,
                                                  std::size_t limit) const = 0;

  // Events after `position`, at most `limit`; and the removal of all up to `position`.
  virtual Result<std::vector<OutboxEntry>> readOutbox(std::uint64_t position,
                                                      std::size_t limit) const = 0;
  virtual Status trimOutbox(std::uint64_t position) = 0;

  virtual std::unique_ptr<Subscription> subscribe(std::function<void(const Change&)> listener) = 0;

  // Can it be written right now? (readiness)
  virtual Status probe() = 0;
};

}  // namespace kiln::store
