// InflateReader: a gzip body, read decompressed. Takes a piece at a time, whatever the ratio; a body that grows beyond `most` bytes is
// an error, so that a small request cannot keep git busy for ever.
//
// One thread. Failure of read(): kInvalidArgument for what is not gzip or breaks off, kResourceExhausted beyond `most`, and what the
// inner reader answers.
#pragma once

#include <cstdint>
#include <memory>

#include "api/http/request.h"

namespace kiln::api::codecommit {

class InflateReader final : public BodyReader {
 public:
  InflateReader(std::shared_ptr<BodyReader> inner, std::uint64_t most);
  ~InflateReader() override;

  Result<std::string> read(std::size_t most) override;

 private:
  struct Stream;

  std::shared_ptr<BodyReader> inner_;
  std::uint64_t left_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace kiln::api::codecommit
