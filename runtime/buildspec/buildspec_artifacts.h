// The section `artifacts` of a buildspec (facts §1.7): what a build leaves behind, as it is written; nothing in it is expanded.
#pragma once

#include <string>
#include <vector>

namespace kiln::runtime {

class BuildspecValues;
struct YamlNode;

struct BuildspecArtifact {
  std::string identifier;          // a key of secondary-artifacts; empty: the primary one
  std::vector<std::string> files;  // paths and globs; none: there is nothing of this artifact
  std::string name;                // for the shell to evaluate
  std::string baseDirectory;       // a path or a glob; empty: where the build began
  std::vector<std::string> excludePaths;
  std::string s3Prefix;
  bool discardPaths = false;
  bool enableSymlinks = false;
  bool operator==(const BuildspecArtifact&) const = default;
};

struct BuildspecArtifacts {
  BuildspecArtifact primary;
  std::vector<BuildspecArtifact> secondary;  // in file order
  bool operator==(const BuildspecArtifacts&) const = default;
};

// Of the section itself, a map. Mistakes go to `values`. The `type` of version 0.1 says nothing that matters.
BuildspecArtifacts readArtifacts(const YamlNode& section, BuildspecValues& values);

}  // namespace kiln::runtime
