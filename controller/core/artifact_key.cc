#include "controller/core/artifact_key.h"

#include "controller/core/text.h"

namespace kiln {
namespace {

std::string folder(std::string_view path) {
  const auto bare = trimmed(path, "/");
  return bare.empty() ? std::string() : std::string(bare) + "/";
}

std::string_view nameOf(const ArtifactOutput& output, const BuildId& id,
                        const BuildspecNaming& naming) {
  if (output.overrideName && !naming.name.empty()) return naming.name;
  return output.name.empty() ? std::string_view(id.project) : output.name;
}

}  // namespace

std::string artifactKey(const ArtifactOutput& output, const BuildId& id,
                        const BuildspecNaming& naming) {
  const bool byBuild = output.namespaceType == "BUILD_ID";
  const bool prefixed = byBuild && !trimmed(naming.s3Prefix, "/").empty();
  std::string key = folder(prefixed ? naming.s3Prefix : output.path);
  if (byBuild) key += id.uuid + "/";
  return key.append(trimmed(nameOf(output, id, naming), "/"));
}

std::string artifactLocation(std::string_view bucket, std::string_view key) {
  const std::string_view arn = bucket.starts_with("arn:") ? "" : "arn:aws:s3:::";
  return std::string(arn).append(bucket).append("/").append(key);
}

}  // namespace kiln
