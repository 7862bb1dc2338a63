// Where a git source's URL leads: checked, freed of credentials, and for CodeCommit turned to where that service is. Pure.
#pragma once

#include <string>

#include "controller/core/ids.h"
#include "runtime/source/git_http.h"
#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

struct GitLocation {
  std::string shownUrl;  // as the build's .git/config has it: as asked for, without credentials
  GitEndpoint endpoint;
};

// `url` is the source's location or, seen from it, a submodule's. Credentials in the URL go before those of the spec, which go to
// the host of the source's location alone; a CodeCommit elsewhere gets a login made for this moment. A fault for another scheme than http and https.
GitResult<GitLocation> locate(const std::string& url, const SourceSpec& spec, const Scope& scope,
                              const SourceWorld& world);

// A submodule's URL, which may be relative (`../other.git`) to its parent's.
std::string resolveUrl(const std::string& parent, const std::string& url);

}  // namespace kiln::runtime
