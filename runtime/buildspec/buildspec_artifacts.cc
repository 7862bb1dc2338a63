#include "runtime/buildspec/buildspec_artifacts.h"

#include "runtime/buildspec/buildspec_values.h"
#include "runtime/buildspec/yaml_text.h"

namespace kiln::runtime {
namespace {

// A glob or a list of them.
std::vector<std::string> excluded(const YamlNode& map, BuildspecValues& values) {
  const YamlEntry* entry = map.find("exclude-paths");
  if (entry == nullptr || entry->value->kind != YamlNode::Kind::kScalar) {
    return values.listOf(map, "exclude-paths", "Exclude-paths");
  }
  return {values.text(*entry->value, "Exclude-paths")};
}

BuildspecArtifact readArtifact(const std::string& identifier, const YamlNode& map,
                               BuildspecValues& values) {
  BuildspecArtifact artifact;
  artifact.identifier = identifier;
  artifact.files = values.listOf(map, "files", "Files");
  artifact.name = values.textOf(map, "name", "Name");
  artifact.baseDirectory = values.textOf(map, "base-directory", "Base-directory");
  artifact.excludePaths = excluded(map, values);
  artifact.s3Prefix = values.textOf(map, "s3-prefix", "S3-prefix");
  artifact.discardPaths = values.flagOf(map, "discard-paths", "Discard-paths");
  artifact.enableSymlinks = values.flagOf(map, "enable-symlinks", "Enable-symlinks");
  return artifact;
}

}  // namespace

BuildspecArtifacts readArtifacts(const YamlNode& section, BuildspecValues& values) {
  BuildspecArtifacts artifacts{readArtifact("", section, values), {}};
  const YamlNode* secondary = values.section(section, "secondary-artifacts", "Secondary-artifacts");
  if (secondary == nullptr) return artifacts;
  for (const YamlEntry& entry : secondary->entries) {
    if (values.error()) break;
    if (!entry.value->isMap() && !entry.value->isNull()) {
      values.wrongType("Secondary-artifacts[" + quotable(entry.key) + "]", "mapping", *entry.value);
      continue;
    }
    artifacts.secondary.push_back(readArtifact(entry.key, *entry.value, values));
  }
  return artifacts;
}

}  // namespace kiln::runtime
