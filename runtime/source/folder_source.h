// A source that is every object below a prefix: each key's rest is a path. A key that ends in a slash is a directory.
//
// The bodies are fetched one after another into one file of the host, so that the stream to the container cannot fail half-way.
#pragma once

#include "runtime/source/s3_source.h"

namespace kiln::runtime {

SourceResult<std::unique_ptr<FetchedSource>> fetchFolder(const SourceSpec& spec,
                                                         const S3Place& place,
                                                         std::unique_ptr<Scratch> scratch,
                                                         const S3Fetch& fetch);

}  // namespace kiln::runtime
