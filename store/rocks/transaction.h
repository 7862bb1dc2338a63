// RocksTxn: one transaction inside a group. Reads see the store, what earlier transactions of the group wrote, and its own.
//
// It writes into the group's batch under a save point: keep() leaves it there and moves the state on, drop() takes it out again.
// Exactly one of the two ends it. Owner: the leader of the group, one thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "store/rocks/codec.h"
#include "store/store.h"

namespace rocksdb {
class DB;
class WriteBatchWithIndex;
}  // namespace rocksdb

namespace kiln::store {

class RocksTxn final : public Txn {
 public:
  RocksTxn(rocksdb::DB& rocks, rocksdb::WriteBatchWithIndex& batch, const StoreState& before);

  bool empty() const { return !wrote_; }
  // The state after it and the changes to tell of.
  StoreState keep(std::vector<Change>& changes);
  void drop();

  std::uint64_t version() const override { return state_.version; }
  Result<std::optional<Resource>> find(const ResourceKey& key) override;
  Status create(Resource resource) override;
  Status update(Resource resource, Half half) override;
  Status erase(const ResourceKey& key, std::uint64_t resourceVersion) override;
  Result<std::optional<std::string>> findNote(const ResourceKey& owner,
                                              std::string_view note) override;
  Status putNote(const ResourceKey& owner, std::string_view note, std::string value) override;
  Status eraseNote(const ResourceKey& owner, std::string_view note) override;
  Result<std::vector<Note>> scanNotes(const ResourceKey& owner, const NoteRange& range,
                                      std::size_t limit, Order order) override;
  Result<std::int64_t> nextNumber(const Scope& scope, std::string_view counter) override;
  Result<std::size_t> countIndex(std::string_view prefix, std::size_t limit) override;
  void emit(OutboxEntry entry) override;

 private:
  // The stored resource, or why it may not be changed on the strength of `resourceVersion`.
  Result<Resource> getAt(const ResourceKey& key, std::uint64_t resourceVersion,
                         std::string_view verb);
  Result<std::optional<std::string>> read(const std::string& key);
  void put(const std::string& key, const std::string& value);
  void remove(const std::string& key);
  void writeIndex(const Resource& resource, const std::vector<std::string>& before,
                  const std::vector<std::string>& after);
  void record(ChangeType type, const Resource& resource);
  void changed(const ResourceKey& key, bool note);
  // Calls `visit` with each key that begins with `prefix` until it answers false.
  template <typename Visit>
  Status walk(const std::string& prefix, Visit visit);

  rocksdb::DB& rocks_;
  rocksdb::WriteBatchWithIndex& batch_;
  StoreState state_;
  std::uint32_t changesInFeed_ = 0;
  std::vector<Change> changes_;
  bool wrote_ = false;
};

}  // namespace kiln::store
