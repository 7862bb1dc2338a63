// What the job that fetches a build's sources has brought into the container. Kept as a note beside the build, because every phase is
// planned from it; the note is written in the commit that sets BuildState::sourcesFetched.
//
// Values and their JSON. decode answers kCorrupt for text that encode did not write.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/result.h"

namespace kiln::runtime {

inline constexpr std::string_view kSourcesNote = "sources";

struct DeliveredSource {
  std::string identifier;  // empty: the primary one
  // Where its tree lies until the agent moves it to its directory; empty: it did not arrive, `failure` says why.
  std::string arrivedAt;
  std::string resolvedVersion;
  bool operator==(const DeliveredSource&) const = default;
};

struct DeliveredSources {
  std::vector<DeliveredSource> sources;  // in the order of BuildSpec::sources
  // The buildspec, when it came with the sources or from S3, and where it lies for the log; empty: materialised as an inline one is.
  std::optional<std::string> buildspec;
  std::string buildspecLocation;
  std::optional<PhaseContext> failure;  // why there is nothing: DOWNLOAD_SOURCE fails with it
  bool operator==(const DeliveredSources&) const = default;
};

std::string encode(const DeliveredSources& delivered);
Result<DeliveredSources> decodeDeliveredSources(std::string_view text);

// Who brings them. Any thread; blocks for as long as it takes, `stop` ends it. Doing it again is harmless: trees arrive in a place of
// their own each time. An Error is ours (a full disk, the engine away); what is wrong with the sources is `failure`.
class Sources {
 public:
  virtual ~Sources() = default;
  virtual Result<DeliveredSources> deliver(
      const Build& build, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) = 0;
};

}  // namespace kiln::runtime
