// What the object store tells of buckets, objects, versions, uploads and parts; and what it is asked. Values only.
//
// `attributes` and documents are texts of the API (JSON) that the store keeps and does not look into. ETags are without quotes.
// Keys are 1 to 1024 bytes, any bytes, in byte order; the API checks that they are UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

inline constexpr std::string_view kBucketKind = "s3-bucket";

// A bucket's name is unique in its account, whatever region it was made in: its scope's region is this word.
inline constexpr std::string_view kBucketScopeRegion = "global";

struct BucketId {
  std::string account;
  std::string name;

  ResourceKey key() const {
    return {std::string(kBucketKind), {account, std::string(kBucketScopeRegion)}, name};
  }
  auto operator<=>(const BucketId&) const = default;
};

enum class Versioning { kNever, kEnabled, kSuspended };

struct BucketInfo {
  BucketId id;
  std::string region;
  TimePoint created;
  Versioning versioning = Versioning::kNever;
};

struct ObjectName {
  BucketId bucket;
  std::string key;
};

inline constexpr std::string_view kNullVersion = "null";

// Has it the form of a version's id? (There need be no such version.)
bool isVersionId(std::string_view text);

// One version of an object, or a delete marker (which has no size, etag or attributes).
struct ObjectInfo {
  std::string key;
  std::string versionId;       // kNullVersion when it was written without versioning
  std::uint64_t sequence = 0;  // ascends with the writes of a key; fit for an event's sequencer
  std::uint64_t size = 0;
  std::string etag;
  TimePoint modified;
  bool deleteMarker = false;
  bool latest = false;
  std::string attributes;
};

// A part of an upload, or of an object that was completed from parts.
struct PartInfo {
  int number = 0;  // 1 to 10,000
  std::uint64_t size = 0;
  std::string etag;
  TimePoint modified;
  std::string attributes;
};

struct UploadInfo {
  std::string key;
  std::string id;  // letters and digits; those of one key sort by their beginning
  TimePoint initiated;
  std::string attributes;
};

// What must be so of the latest version (a delete marker is no object) for a write to happen. Decided inside the commit.
struct Condition {
  bool absent = false;  // If-None-Match: *  → kFailedPrecondition when there is an object
  std::string
      etag;  // If-Match; "*" is any. kNotFound when there is no object, kFailedPrecondition when it has another
};

// Makes the event of a change from what is being committed; runs inside the commit, so it must be quick, must not call the store,
// and must not keep references. Null or nullopt: no event.
using Notice = std::function<std::optional<OutboxEntry>(const ObjectInfo&)>;

struct NewBucket {
  std::string region = {};
  std::map<std::string, std::string> documents = {};  // name → text
};

struct NewObject {
  std::string etag = {};
  std::string attributes = {};
  Condition condition = {};
  Notice notice = {};
};

struct Removal {
  std::string key = {};
  std::optional<std::string>
      versionId;             // this version for good; otherwise as the bucket's versioning has it
  Condition condition = {};  // `etag` only
  Notice notice =
      {};  // is given the delete marker that was made, or else the version that was removed
};

// What a removal did. Nothing of both when there was nothing to remove, which is no error.
struct Removed {
  std::optional<ObjectInfo> version;  // removed for good (may have been a delete marker)
  std::optional<ObjectInfo> marker;   // a delete marker that was made
};

// What an upload becomes when it is completed.
struct Assembled {
  std::string etag = {};
  std::string attributes = {};
};

struct Completion {
  struct Part {
    int number = 0;
    std::string etag = {};  // empty: whatever it has
  };
  std::vector<Part> parts = {};  // ascending numbers
  // Is given the upload and the chosen parts, as they are in the commit; its error ends the completion and changes nothing.
  // As quick and as closed in itself as a Notice.
  std::function<Result<Assembled>(const UploadInfo&, const std::vector<PartInfo>&)> assemble = {};
  Condition condition = {};
  Notice notice = {};
};

// All listings: only keys that begin with `prefix`. With a delimiter, keys that have it after the prefix are rolled up into
// common prefixes, each of which is one item; what is rolled up is skipped, not walked through. Items come in byte order,
// keys and common prefixes each in their own list, at most `limit` together (0 answers an empty page that is not truncated).
struct ObjectQuery {
  std::string prefix = {};
  std::string delimiter = {};
  std::string
      after;  // items after this one: a key or a common prefix (marker, start-after, the last page's `next`)
  std::size_t limit = 1000;
};
struct ObjectPage {
  std::vector<ObjectInfo> objects;  // the latest versions; no delete markers
  std::vector<std::string> commonPrefixes;
  bool truncated = false;
  std::string next;  // the last item of a truncated page: its `after` of the next one
};

// Versions: keys in byte order, those of one key newest first, delete markers among them.
struct VersionQuery {
  std::string prefix = {};
  std::string delimiter = {};
  std::string keyMarker = {};  // items after this key (or common prefix) …
  std::string
      versionIdMarker;  // … and if given, first the versions of that key older than this one. kInvalidArgument unless
                        // it is the id of a version, or may have been one
  std::size_t limit = 1000;
};
struct VersionPage {
  std::vector<ObjectInfo> versions;
  std::vector<std::string> commonPrefixes;
  bool truncated = false;
  std::string nextKey;
  std::string nextVersionId;  // empty when the last item is a common prefix
};

// Uploads under way: by key, those of one key in the order they were created.
struct UploadQuery {
  std::string prefix = {};
  std::string delimiter = {};
  std::string keyMarker = {};  // as above
  std::string uploadIdMarker = {};
  std::size_t limit = 1000;
};
struct UploadPage {
  std::vector<UploadInfo> uploads;
  std::vector<std::string> commonPrefixes;
  bool truncated = false;
  std::string nextKey;
  std::string nextUploadId;
};

struct PartPage {
  UploadInfo upload;
  std::vector<PartInfo> parts;  // by number
  bool truncated = false;       // if so, the last part's number is the next page's `after`
};

struct BucketQuery {
  std::string prefix = {};
  std::string region = {};  // empty: any
  std::string after = {};   // a bucket's name
  std::size_t limit = 10'000;
};
struct BucketPage {
  std::vector<BucketInfo> buckets;  // by name
  bool truncated = false;
};

}  // namespace kiln::store
