// What a source version means in a repository (facts §5.9), and what has to be fetched for it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/source/pkt_lines.h"

namespace kiln::runtime {

struct GitWanted {
  std::string ref;     // the remote's reference it was found by; empty for a commit of its own
  std::string commit;  // a full commit id that must be reached; empty: what `ref` stands for
  std::string prefix;  // a short commit id, to be looked up when all is there
};

// A branch, a tag, `refs/...`, `pr/25`, a commit id whole or short, `refs/...^{commit id}`; empty: the default head.
// A fault when the repository is empty or has no such reference.
GitResult<GitWanted> findWanted(const Advertisement& remote, const std::string& version);

// What to ask the server for. With a depth that the server can keep to, only the version itself comes; without one the
// branches and tags, too.
struct GitRequest {
  std::vector<std::string> wants;  // object ids, each once
  std::vector<RemoteRef> refs;     // that are to be in the build's repository
  int depth = 0;                   // for the server; 0: all
};
GitRequest planRequest(const Advertisement& remote, const GitWanted& wanted, int depth);

}  // namespace kiln::runtime
