// The buildspec that lies in the source or in S3 (facts §1.1). Failure: YAML_FILE_ERROR in the facts' words.
#pragma once

#include <stop_token>
#include <string>

#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

inline constexpr std::size_t kMaxBuildspecBytes = std::size_t{1} << 20;

struct BuildspecText {
  std::string text;
  std::string
      location;  // "YAML location is ..."; empty for S3: the text is materialised as an inline one is
};

// `name`: a path relative to the primary source, empty for the default `buildspec.yml`. `sourceDirectory`: CODEBUILD_SRC_DIR.
Result<BuildspecText, PhaseContext> readBuildspecFile(FetchedSource& source,
                                                      const std::string& name,
                                                      const std::string& sourceDirectory);

// `arn`: arn:aws:s3:::bucket/key.
SourceResult<BuildspecText> readBuildspecObject(ObjectSource& objects, const Scope& scope,
                                                const std::string& arn, std::stop_token stop);

}  // namespace kiln::runtime
