// Log groups and log streams as the store keeps them.
//
//   {log-group, name}             the group: its settings; listed by the index of its scope
//   {log-stream, groupUid/name}   a stream; listed by the index of its group
//   {log-data, uid}               what belongs to one group or stream, as notes. Each group and stream gets a uid of its own when it is
//                                 made: one that is deleted is gone with its record, whatever is still to be cleared away, and one
//                                 that is made again under the same name begins empty.
//     of a stream: `s` its figures; `e…` its rows (event_row.h)
//     of a group:  `b` the bytes of its events; `t<time of the last event><name>` its streams by that time
//   Once doomed, {log-data, uid} is a resource too, on the index of garbage, until nothing of it is left (log_cleaner.h).
//
// Values and pure functions. kCorrupt for text that is not such a record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/ids.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

struct LogGroup {
  Scope scope;
  std::string name;
  std::string uid;
  std::int64_t creationTime = 0;
  std::string logClass = "STANDARD";
  std::optional<int> retentionInDays;
  std::string kmsKeyId;
  std::map<std::string, std::string> tags;
  bool deletionProtected = false;
  std::uint64_t resourceVersion = 0;

  static ResourceKey keyOf(const Scope& scope, std::string_view name);
  ResourceKey key() const { return keyOf(scope, name); }
  ResourceKey data() const;
  std::string arn() const;
  // Events of before this time are no longer shown, and removed; 0 when they never are.
  std::int64_t expiry(std::int64_t nowMillis) const;
};

struct LogStream {
  Scope scope;
  std::string group;
  std::string groupUid;
  std::string name;
  std::string uid;
  std::int64_t creationTime = 0;
  std::uint64_t resourceVersion = 0;

  static ResourceKey keyOf(const Scope& scope, std::string_view groupUid, std::string_view name);
  ResourceKey key() const { return keyOf(scope, groupUid, name); }
  ResourceKey data() const;
  ResourceKey groupData() const;
  std::string arn() const;
};

// Figures of a stream, kept with every append.
struct StreamFigures {
  std::optional<std::int64_t> firstEvent;
  std::optional<std::int64_t> lastEvent;
  std::optional<std::int64_t> lastIngestion;
  std::uint64_t nextSequence = 0;
  std::uint64_t bytes = 0;
  std::uint32_t levels = 0;  // a bit for each level that has rows
};

Resource toResource(const LogGroup& group);
Resource toResource(const LogStream& stream);
Result<LogGroup> toLogGroup(const Resource& resource);
Result<LogStream> toLogStream(const Resource& resource);
std::string encode(const StreamFigures& figures);
Result<StreamFigures> decodeFigures(std::string_view text);

inline constexpr std::string_view kFiguresNote = "s";
inline constexpr std::string_view kBytesNote = "b";
std::string byTimeNote(const StreamFigures& figures, std::string_view stream);
std::string_view streamOfByTimeNote(std::string_view note);
inline constexpr std::string_view kByTimePrefix = "t";

// Index prefixes; a name follows.
std::string logGroupsIndex(const Scope& scope);
inline constexpr std::string_view kAllLogGroupsIndex = "log-groups/";
std::string logStreamsIndex(const Scope& scope, std::string_view groupUid);
inline constexpr std::string_view kLogGarbageIndex = "log-garbage/";

// {log-data, uid} with a place on the index of garbage; `groupsOwn` when streams may hang on it too.
Resource logGarbage(const ResourceKey& data, bool groupsOwn);
bool isGroupsOwn(const Resource& garbage);

}  // namespace kiln::store
