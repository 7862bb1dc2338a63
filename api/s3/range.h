// The Range header of a GetObject: one range of bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kiln::api::s3 {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

enum class RangeKind {
  kNone,  // no header, several ranges, or one that is not understood: the whole object
  kPart,
  kUnsatisfiable  // begins beyond the end
};

struct ParsedRange {
  RangeKind kind = RangeKind::kNone;
  ByteRange range = {};
};

// `bytes=0-9`, `bytes=5-`, `bytes=-3`
ParsedRange parseRange(std::string_view header, std::uint64_t size);

// `bytes=0-9` of UploadPartCopy: both ends are there and lie within the object. nullopt otherwise.
std::optional<ByteRange> parseCopyRange(std::string_view header, std::uint64_t size);

}  // namespace kiln::api::s3
