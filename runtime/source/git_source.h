// A source that is a git repository, with its submodules when asked for (facts §5.9).
//
// Only the packs and what else belongs into .git lie on the host; the files of the tree go from the packs into the tar, with the
// line ends that .gitattributes ask for. Modification times are the time of the fetch, as after a checkout.
// Failure: CLIENT_ERROR in the facts' words; a full disk, a stop and a Kiln's own server that is away are the host's.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "runtime/source/scratch.h"
#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

struct GitAsk {
  const Scope& scope;
  const SourceLimits& limits;
  const SourceWorld& world;
  std::stop_token stop;
  std::function<void(const std::string&)> progress;
};

SourceResult<std::unique_ptr<FetchedSource>> fetchGit(const SourceSpec& spec,
                                                      std::unique_ptr<Scratch> scratch,
                                                      const GitAsk& ask);

}  // namespace kiln::runtime
