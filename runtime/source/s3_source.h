// A source in S3: one archive, or every object below a prefix (a location that ends in a slash).
//
// Failure: S3's refusal, or what is wrong with the archive or the keys, as a CLIENT_ERROR; a full disk and an S3 that cannot be
// reached are the host's.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "runtime/source/scratch.h"
#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

struct S3Place {
  std::string bucket;
  std::string key;  // empty or ending in a slash: a folder
};
// `bucket/key` or `arn:aws:s3:::bucket/key`; nullopt when it has no bucket or no slash.
std::optional<S3Place> placeFrom(std::string_view location);

struct S3Fetch {
  ObjectSource& objects;
  const Scope& scope;
  const SourceLimits& limits;
  std::stop_token stop;
  std::function<void(const std::string&)> progress;
};

SourceResult<std::unique_ptr<FetchedSource>> fetchS3(const SourceSpec& spec,
                                                     std::unique_ptr<Scratch> scratch,
                                                     const S3Fetch& fetch);

}  // namespace kiln::runtime
