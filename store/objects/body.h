// The bytes of objects on their way in and out.
//
// In:  ObjectStore::newBody() → BodyWriter; write() as bytes arrive; finish() → Body, which put() or putPart() takes. A writer or Body
//      that is dropped takes its bytes with it. Bytes are on disk, synced, when finish() returns, but for small ones, which go
//      into the commit that takes the Body.
// Out: ObjectStore::open() → ObjectReader, which stays readable to its end whatever happens to the object meanwhile.
// Memory: a writer takes 128 KiB at most, a reader its chunk and, for an object made of parts, about 200 bytes for each.
// Threads: each object one at a time. They must not outlive the ObjectStore.
// Failure: kResourceExhausted for a full disk (nothing is left behind), kUnavailable for other I/O errors, kCorrupt when bytes that
// metadata promise are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/result.h"
#include "store/objects/object_types.h"

namespace kiln::store {

inline constexpr std::size_t kReadChunk = 256 << 10;

class Body {
 public:
  virtual ~Body() = default;
  virtual std::uint64_t size() const = 0;
  // Of all bytes, as 32 lower-case hex digits; empty for the copy of an object made of several parts.
  virtual const std::string& md5() const = 0;
};

class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Status write(std::string_view bytes) = 0;  // after an error only destruction is left
  virtual std::uint64_t written() const = 0;
  virtual Result<std::unique_ptr<Body>> finish() = 0;  // once
};

class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual const ObjectInfo& info() const = 0;
  // The parts it was completed from; empty when it was put or copied in one piece.
  virtual const std::vector<PartInfo>& parts() const = 0;

  // Which bytes read() gives: `length` from `offset`, or up to the end. The whole object unless called; again: starts over.
  // kInvalidArgument when offset + length is beyond the end.
  virtual Status select(std::uint64_t offset, std::uint64_t length) = 0;
  // The next bytes, at most kReadChunk; empty at the end of the selection.
  virtual Result<std::string> read() = 0;
};

}  // namespace kiln::store
