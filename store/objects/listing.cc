#include "store/objects/listing.h"

#include <algorithm>

namespace kiln::store {
namespace {

constexpr std::size_t kFirstBatch = 16;
constexpr std::size_t kLargestBatch = 1001;

}  // namespace

TableCursor::TableCursor(const BucketNotes& notes, char table, std::string_view prefix,
                         std::size_t limit)
    : notes_(notes),
      table_(table),
      prefix_(names::bound(table, prefix)),
      largestBatch_(std::clamp<std::size_t>(limit + 1, kFirstBatch, kLargestBatch)),
      batch_(kFirstBatch) {}

void TableCursor::seekRow(std::string row) {
  while (!rows_.empty() && rows_.front().row < row) rows_.pop_front();
  if (!rows_.empty() || row <= from_) return;
  from_ = std::move(row);
  batch_ = kFirstBatch;
}

void TableCursor::seek(const std::optional<std::string>& key) {
  if (key) return seekRow(names::bound(table_, *key));
  rows_.clear();
  ended_ = true;
}

Result<const TableCursor::Entry*> TableCursor::peek() {
  if (rows_.empty() && !ended_) {
    if (auto filled = fill(); !filled) return filled.error();
  }
  return rows_.empty() ? nullptr : &rows_.front();
}

void TableCursor::reread(const std::string& key) {
  rows_.clear();
  ended_ = false;
  from_ = names::bound(table_, key);
}

void TableCursor::pop() { rows_.pop_front(); }

Status TableCursor::fill() {
  auto notes = notes_.scan({.prefix = prefix_, .from = from_, .before = {}}, batch_);
  if (!notes) return notes.error();
  ended_ = notes->size() < batch_;
  batch_ = std::min(batch_ * 4, largestBatch_);
  for (auto& note : *notes) {
    auto row = names::parse(note.name);
    if (!row) return Error{Code::kCorrupt, "listing a bucket: a name that is none of its"};
    rows_.push_back({.row = note.name,
                     .key = std::move(row->key),
                     .rest = std::move(row->rest),
                     .value = std::move(note.value)});
  }
  if (!rows_.empty()) from_ = rows_.back().row + '\0';
  return okStatus();
}

std::optional<std::string> RollUp::commonPrefix(std::string_view key) const {
  if (delimiter.empty() || !key.starts_with(prefix)) return std::nullopt;
  const auto found = key.find(delimiter, prefix.size());
  if (found == std::string_view::npos) return std::nullopt;
  return std::string(key.substr(0, found + delimiter.size()));
}

std::optional<std::string> RollUp::firstAfter(const std::string& marker) const {
  if (marker.empty()) return marker;
  if (const auto common = commonPrefix(marker)) return names::after(*common);
  return marker + '\0';
}

Result<ObjectPage> listObjects(const BucketNotes& notes, const ObjectQuery& query) {
  TableCursor cursor(notes, names::kLatest, query.prefix, query.limit);
  cursor.seek(RollUp{query.prefix, query.delimiter}.firstAfter(query.after));
  ObjectPage page;
  std::string last;
  auto walked = walk(cursor, query, page, last, [&](const TableCursor::Entry& at) -> Status {
    auto record = decodeVersion(at.value);
    if (!record) return record.error();
    page.objects.push_back(toInfo(at.key, *record, /*latest=*/true));
    return okStatus();
  });
  if (!walked) return walked.error();
  if (page.truncated) page.next = std::move(last);
  return page;
}

Result<UploadPage> listUploads(const BucketNotes& notes, const UploadQuery& query) {
  TableCursor cursor(notes, names::kUpload, query.prefix, query.limit);
  const RollUp rollUp{query.prefix, query.delimiter};
  if (!query.keyMarker.empty() && !query.uploadIdMarker.empty() &&
      !rollUp.commonPrefix(query.keyMarker)) {
    cursor.seekRow(names::upload(query.keyMarker, query.uploadIdMarker) + '\0');
  } else {
    cursor.seek(rollUp.firstAfter(query.keyMarker));
  }
  UploadPage page;
  std::string last;
  auto walked = walk(cursor, query, page, last, [&](const TableCursor::Entry& at) -> Status {
    auto record = decodeUpload(at.value);
    if (!record) return record.error();
    page.uploads.push_back({.key = at.key,
                            .id = at.rest,
                            .initiated = record->initiated,
                            .attributes = std::move(record->attributes)});
    return okStatus();
  });
  if (!walked) return walked.error();
  if (!page.truncated) return page;
  page.nextKey = std::move(last);
  if (!page.uploads.empty() && page.uploads.back().key == page.nextKey) {
    page.nextUploadId = page.uploads.back().id;
  }
  return page;
}

}  // namespace kiln::store
