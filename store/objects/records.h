// What the notes of a bucket hold, and their bytes. Pure; any thread.
//
// Bytes: a format number, then numbers as base-128 (low bits first), texts as length and bytes. Decoding answers kCorrupt for anything
// that encoding did not make. The bucket itself is a resource whose spec is JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "store/objects/object_types.h"
#include "store/store.h"

namespace kiln::store {

// Where a body is.
struct Content {
  enum class Place { kNowhere, kNote, kFile, kManifest };  // numbers of the format
  Place place = Place::kNowhere;                           // kNowhere: there are no bytes
  std::string id;                                          // of the note or the file
};

struct VersionRecord {
  std::string versionId;
  std::uint64_t sequence = 0;
  std::uint64_t size = 0;
  std::string etag;
  TimePoint modified;
  bool deleteMarker = false;
  std::string attributes;
  Content content;

  bool isNull() const { return versionId == kNullVersion; }
};

// The files of a body one after the other, and the parts it was completed from, if it was.
struct Piece {
  std::string file;
  std::uint64_t size = 0;
};
struct Manifest {
  std::vector<Piece> pieces;
  std::vector<PartInfo> parts;
};

struct PartRecord {
  PartInfo info;
  Content content;
};

struct UploadRecord {
  TimePoint initiated;
  std::string attributes;
};

std::string encode(const VersionRecord& record);
std::string encode(const Manifest& manifest);
std::string encode(const PartRecord& record);  // but for its number, which is in the note's name
std::string encode(const UploadRecord& record);

Result<VersionRecord> decodeVersion(std::string_view bytes);
Result<Manifest> decodeManifest(std::string_view bytes);
Result<PartRecord> decodePart(std::string_view bytes);
Result<UploadRecord> decodeUpload(std::string_view bytes);

ObjectInfo toInfo(std::string key, const VersionRecord& record, bool latest);

Resource toResource(const BucketInfo& bucket);
Result<BucketInfo> toBucket(const Resource& resource);
std::string bucketsOf(std::string_view account);  // index prefix; the name follows

}  // namespace kiln::store
