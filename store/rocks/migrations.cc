#include "store/rocks/migrations.h"

#include <rocksdb/write_batch.h>

#include "store/rocks/codec.h"
#include "store/rocks/keys.h"

namespace kiln::store {

std::span<const Migration> migrations() { return {}; }

std::uint64_t newestSchema(std::span<const Migration> steps) { return kFirstSchema + steps.size(); }

Status migrate(Database& database, std::span<const Migration> steps) {
  const auto key = keys::meta(kSchemaKey);
  auto stored = database.find(key);
  if (!stored) return stored.error();
  if (!*stored) return Error{Code::kCorrupt, "opening the store: it has no schema number"};
  auto schema = decodeNumber(**stored);
  if (!schema) return schema.error();
  const auto newest = newestSchema(steps);
  if (*schema < kFirstSchema) {
    return Error{Code::kCorrupt,
                 "opening the store: there is no schema " + std::to_string(*schema)};
  }
  if (*schema > newest) {
    return Error{Code::kFailedPrecondition,
                 "opening the store: a newer Kiln wrote it (schema " + std::to_string(*schema) +
                     ", this one knows " + std::to_string(newest) + "); use that one or a newer"};
  }
  for (auto from = *schema; from < newest; ++from) {
    const Migration& step = steps[from - kFirstSchema];
    rocksdb::WriteBatch batch;
    auto done = step.apply(database, batch);
    if (done) batch.Put(key, encodeNumber(from + 1));
    if (done) done = database.write(batch, /*synced=*/true);
    if (!done) {
      return Error{done.error().code, "bringing the store to schema " + std::to_string(from + 1) +
                                          " (" + step.what + "): " + done.error().message};
    }
  }
  return okStatus();
}

}  // namespace kiln::store
