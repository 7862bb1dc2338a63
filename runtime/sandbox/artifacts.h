// What the agent has collected of a build's artifacts, and what became of it. Both are kept beside the build, because the upload is
// planned from the first and recorded from the second.
//
// Values and their JSON. decode answers kCorrupt for text that encode did not write.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "runtime/agent/protocol.h"

namespace kiln::runtime {

inline constexpr std::string_view kArtifactsNote = "artifacts";

struct CollectedArtifact {
  std::string identifier;  // empty: the primary one
  std::string directory;   // in the container: the staged tree, nothing else is in it
  std::string name;        // the buildspec's, evaluated; empty: it gives none
  std::string s3Prefix;
  std::uint64_t files = 0;
  bool operator==(const CollectedArtifact&) const = default;
};

using CollectedArtifacts = std::vector<CollectedArtifact>;

// Of the agent's record; kCorrupt when it is none of kArtifacts.
Result<CollectedArtifacts> collectedArtifacts(const agent::Record& record);

std::string encode(const CollectedArtifacts& collected);
Result<CollectedArtifacts> decodeCollectedArtifacts(std::string_view text);

struct UploadedArtifacts {
  std::vector<UploadedArtifact> artifacts;
  std::optional<PhaseContext> failure;  // why they are not there: UPLOAD_ARTIFACTS fails with it
  bool operator==(const UploadedArtifacts&) const = default;
};

std::string encode(const UploadedArtifacts& uploaded);
Result<UploadedArtifacts> decodeUploadedArtifacts(std::string_view text);

// Who brings them out of the container. Any thread; blocks for as long as it takes, `stop` ends it. Doing it again is harmless: an
// object is there whole or not at all, and the same each time. An Error is ours (a full disk, the engine away); what is wrong with the
// place they go to is `failure`. `progress` is always there to be called.
class Artifacts {
 public:
  virtual ~Artifacts() = default;
  virtual Result<UploadedArtifacts> upload(
      const Build& build, const CollectedArtifacts& collected, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) = 0;
};

}  // namespace kiln::runtime
