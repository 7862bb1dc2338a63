// GzipSource: a stream of bytes as one gzip member, compressed as it is read. Memory: what one read of the source gives.
//
// Owner and thread: the caller's. The same bytes give the same stream: no name and no time are in it.
#pragma once

#include <memory>
#include <string>

#include "controller/core/result.h"
#include "runtime/aws/s3_types.h"

namespace kiln::runtime {

class GzipSource {
 public:
  explicit GzipSource(ByteSource plain);
  ~GzipSource();
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  // The next bytes; "" at the end. What the source fails with, and kInternal.
  Result<std::string> next();

 private:
  struct Deflater;
  std::string compress(std::string_view plain, bool last);

  ByteSource plain_;
  std::unique_ptr<Deflater> deflater_;
  bool ended_ = false;
};

}  // namespace kiln::runtime
