// A source that is one archive: zip, tar, or a tar that is packed by gzip, bzip2 or xz.
//
// Nothing of it is unpacked on the host. openArchive() reads the whole of it once and judges it (names, links, kinds, counts, sizes,
// checksums), so that a hostile or damaged one ends there; the tar stream reads it again and gives sound entries only: permissions
// without set-id bits, owned by root, no devices. A name that comes twice as a file counts as the later one.
// Failure: a context of CLIENT_ERROR that names the entry.
#pragma once

#include <memory>
#include <stop_token>

#include "runtime/source/scratch.h"
#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

// `path` lies in `scratch`, which lives as long as what is returned.
SourceResult<std::unique_ptr<FetchedSource>> openArchive(const SourceSpec& spec,
                                                         std::unique_ptr<Scratch> scratch,
                                                         const std::filesystem::path& path,
                                                         const SourceLimits& limits,
                                                         std::stop_token stop);

}  // namespace kiln::runtime
