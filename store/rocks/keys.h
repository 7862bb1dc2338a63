// Every key of the store's database, in one place. Pure functions.
//
//   m <name>                                   meta: schema, id, state, probe
//   r <kind> <account> <region> <name>         a resource
//   i <index key> <resource>                   an index entry; the resource at its end makes it unique, the value is empty
//   n <resource> <note>                        a note
//   c <account> <region> <counter>             a counter
//   f <version, 8 bytes> <ordinal, 4 bytes>    a change
//   o <position, 8 bytes>                      an event on its way out
//
// Parts are written so that bytes sort as the parts do: a zero byte becomes 00 FF and a part ends with 00 01. So a prefix of a
// part is a prefix of its key, and no part can run into the next one. Numbers are big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/ids.h"
#include "store/store.h"

namespace kiln::store::keys {

std::string meta(std::string_view name);
std::string resource(const ResourceKey& key);
std::string note(const ResourceKey& owner, std::string_view name);
std::string notesOf(const ResourceKey& owner);  // prefix
std::pair<std::string, std::string> noteRange(const ResourceKey& owner,
                                              const NoteRange& range);  // [first, second)
std::string counter(const Scope& scope, std::string_view name);
std::string feed(std::uint64_t version, std::uint32_t ordinal);
std::string outbox(std::uint64_t position);
std::string outboxTable();  // prefix

std::string index(std::string_view indexKey, const ResourceKey& key);
std::string indexPrefix(std::string_view prefix);  // all index keys that begin with it
std::string indexEntries(
    std::string_view indexKey);  // prefix: the entries of exactly this index key

std::string indexRow(std::string_view row);  // an index row given without its table

struct IndexEntry {
  std::string indexKey;
  ResourceKey key;
};
std::optional<IndexEntry> parseIndex(std::string_view row);
std::optional<std::uint64_t> parseFeedVersion(std::string_view row);
std::optional<std::uint64_t> parseOutbox(std::string_view row);

// The first key after all that begin with `prefix`, which must not be empty or all FF.
std::string after(std::string prefix);

}  // namespace kiln::store::keys
