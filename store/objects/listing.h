// Listings: pages over a bucket's tables, with keys rolled up into common prefixes that are skipped by a seek.
//
// Rows are read in batches that grow while no seek interrupts them. A page is not of one moment: a key that is written meanwhile is
// in it or not, all others are. Private to store/objects. Threads: one.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "store/objects/names.h"
#include "store/objects/object_types.h"
#include "store/objects/versions.h"

namespace kiln::store {

// The rows of one table whose keys begin with a prefix, in order.
class TableCursor {
 public:
  struct Entry {
    std::string row;
    std::string key;
    std::string rest;
    std::string value;
  };

  TableCursor(const BucketNotes& notes, char table, std::string_view prefix, std::size_t limit);

  // From the first row that is not before `row`.
  void seekRow(std::string row);
  // From the first key that is not less; nullopt: to the end.
  void seek(const std::optional<std::string>& key);
  // The same, and rows that were read before are read again.
  void reread(const std::string& key);
  // The row it is at, null at the end. Valid until it moves.
  Result<const Entry*> peek();
  void pop();

 private:
  Status fill();

  const BucketNotes& notes_;
  const char table_;
  const std::string prefix_;
  const std::size_t largestBatch_;
  std::size_t batch_;
  std::string from_;
  bool ended_ = false;  // nothing is left in the table
  std::deque<Entry> rows_;
};

// How the keys of a listing are rolled up.
struct RollUp {
  std::string prefix;
  std::string delimiter;

  // The common prefix that stands for `key`, if one does.
  std::optional<std::string> commonPrefix(std::string_view key) const;
  // The least key that comes after the item `marker`; nullopt when none does.
  std::optional<std::string> firstAfter(const std::string& marker) const;
};

// Walks the cursor's items: gives each entry to `take` and rolls up the others, up to the query's limit. `last` is the last item.
template <typename Cursor, typename Query, typename Page, typename Take>
Status walk(Cursor& cursor, const Query& query, Page& page, std::string& last, Take take) {
  const RollUp rollUp{.prefix = query.prefix, .delimiter = query.delimiter};
  for (std::size_t items = 0; query.limit > 0; ++items) {
    auto at = cursor.peek();
    if (!at) return at.error();
    if (*at == nullptr) return okStatus();
    if (items == query.limit) {
      page.truncated = true;
      return okStatus();
    }
    if (auto common = rollUp.commonPrefix((*at)->key)) {
      cursor.seek(names::after(*common));
      last = *common;
      page.commonPrefixes.push_back(std::move(*common));
      continue;
    }
    last = (*at)->key;
    if (auto taken = take(**at); !taken) return taken;
    cursor.pop();
  }
  return okStatus();
}

Result<ObjectPage> listObjects(const BucketNotes& notes, const ObjectQuery& query);
Result<VersionPage> listVersions(const BucketNotes& notes, const VersionQuery& query);
Result<UploadPage> listUploads(const BucketNotes& notes, const UploadQuery& query);

}  // namespace kiln::store
