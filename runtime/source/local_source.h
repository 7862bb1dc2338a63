// A source that is a directory of this host, for a build that somebody runs on it by hand; the API knows no such type.
//
// fetch looks through the whole tree once, so that what cannot be read ends there; the tar stream reads it again, as it is then. Modes,
// times, symbolic links and .git are kept, what is no file, directory or link is left out and told. The directory is never written.
// Failure: a context of CLIENT_ERROR that names the file; a tree that changes while it is read gives an Error that names it.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

inline constexpr std::string_view kLocalDirectory = "LOCAL_DIRECTORY";

struct LocalFetch {
  const SourceLimits& limits;
  const std::function<void(const std::string&)>& leftOut;  // a line for each thing that is left out
  std::stop_token stop;
  const std::function<void(const std::string&)>& progress;
};

// `spec.location`: the directory's absolute path.
SourceResult<std::unique_ptr<FetchedSource>> fetchLocal(const SourceSpec& spec,
                                                        const LocalFetch& fetch);

}  // namespace kiln::runtime
