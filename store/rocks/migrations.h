// The schema of the store: which keys and formats there are, as one number kept in the store, and the steps that bring an
// older store to it.
//
// A step writes into a batch that is committed, synced, together with the number it leads to: it happens whole or not at all.
// A store of a newer schema is left alone: kFailedPrecondition. To change the schema, add a step at the end of migrations().
// Threads: one, while the store is opened.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "controller/core/result.h"
#include "store/rocks/database.h"

namespace kiln::store {

struct Migration {
  std::string what;
  std::function<Status(const Database&, rocksdb::WriteBatch&)> apply;
};

// A new store has this schema; each migration leads to the next one.
inline constexpr std::uint64_t kFirstSchema = 1;
std::span<const Migration> migrations();

inline constexpr std::string_view kSchemaKey = "schema";

// The schema that `steps` lead to.
std::uint64_t newestSchema(std::span<const Migration> steps);

// Brings a store that has a schema number to the newest one.
Status migrate(Database& database, std::span<const Migration> steps);

}  // namespace kiln::store
