// What a build asks for as a source, and how the answer fails: the words that runtime/source has in common. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "controller/core/build.h"
#include "controller/core/result.h"

namespace kiln::runtime {

// A stored source credential: of a token alone, `user` is empty and the provider's customary name goes with it.
// Never in a message, a log or the build's .git/config.
struct GitCredentials {
  std::string user;
  std::string secret;
};

struct SourceSpec {
  std::string identifier;  // empty: the primary source
  std::string
      type;  // CODECOMMIT, GITHUB, GITHUB_ENTERPRISE, GITLAB, GITLAB_SELF_MANAGED, BITBUCKET, S3, NO_SOURCE, LOCAL_DIRECTORY
  std::string location;   // facts §5.9
  std::string version;    // sourceVersion as asked; empty: the default head, the newest object
  int gitCloneDepth = 0;  // 0: all of the history
  bool fetchSubmodules = false;
  bool insecureSsl = false;
  std::string authType = {};  // as in SourceInput
  std::string authResource = {};
  std::optional<GitCredentials> credentials;
};

// How much an archive or a folder may hold.
struct SourceLimits {
  std::int64_t maxBytes = std::int64_t{10} << 30;  // unpacked
  std::int64_t maxRatio = 200;                     // unpacked to packed, beyond `ratioFloor`
  std::int64_t ratioFloor = std::int64_t{100} << 20;
  std::int64_t maxFiles = 1'000'000;  // entries of any kind
};

// Why there is no source. With a context the build is to blame, and DOWNLOAD_SOURCE ends with it; without one it is the host (a
// full disk, a stop), `error` tells and its code says whether another try may help.
struct SourceError {
  std::optional<PhaseContext> context;
  Error error;

  static SourceError ofBuild(PhaseContext context) { return {std::move(context), {}}; }
  static SourceError ofHost(Error error) { return {std::nullopt, std::move(error)}; }
};

template <typename T>
using SourceResult = Result<T, SourceError>;

}  // namespace kiln::runtime
