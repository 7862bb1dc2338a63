// The names of a bucket's notes, in one place, and the ids in them. Pure functions, but for newUploadId().
//
//   d <name>                     a document
//   o <key>                      the latest version of a key, unless that is a delete marker
//   v <key> <sequence, inverted> the versions and delete markers of a key, newest first
//   n <key>                      the sequence of the null version, when it is among those of `v`
//   c <content id>               a small body, or the manifest of one of several pieces
//   u <key> <upload id>          an upload under way
//   p <upload id> <number>       a part of it
//
// A key has rows in `v` once it was written in a bucket with versioning, and then they are all of its versions, so that the latest
// stands in `o` and in `v`; before, its one version stands in `o` alone. What a listing of objects reads are the objects it lists.
// Where something follows a key, its zero bytes become 00 FF and it ends with 00 01, so that rows sort as keys do and a prefix of
// a key is a prefix of its rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/clock.h"

namespace kiln::store::names {

inline constexpr char kLatest = 'o';
inline constexpr char kVersion = 'v';
inline constexpr char kUpload = 'u';

std::string document(std::string_view name);
std::string latest(std::string_view key);
std::string version(std::string_view key, std::uint64_t sequence);
std::string nullVersion(std::string_view key);
std::string content(std::string_view id);
std::string upload(std::string_view key, std::string_view id);
std::string part(std::string_view uploadId, int number);

std::string versionsOf(std::string_view key);    // prefix
std::string partsOf(std::string_view uploadId);  // prefix

// The least row of a table (kLatest, kVersion or kUpload) whose key is not less than `key`; also the prefix of the rows of all keys
// that begin with it.
std::string bound(char table, std::string_view key);

// A row of one of these tables taken apart; `rest` is what follows the key.
struct Row {
  std::string key;
  std::string rest;
};
std::optional<Row> parse(std::string_view row);
std::optional<std::uint64_t> parseSequence(std::string_view rest);
int parsePart(std::string_view row);

std::string encodeSequence(std::uint64_t sequence);
std::uint64_t decodeSequence(std::string_view bytes);

// 32 hex digits that begin with the sequence.
std::string newVersionId(std::uint64_t sequence);
std::optional<std::uint64_t> sequenceOf(std::string_view versionId);
// 48 hex digits that begin with the time.
std::string newUploadId(TimePoint now);

// The least text greater than all that begin with `prefix`; nullopt when there is none.
std::optional<std::string> after(std::string prefix);

}  // namespace kiln::store::names
