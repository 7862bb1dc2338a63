#include "api/codebuild/buildspec_check.h"

#include <yaml-cpp/yaml.h>

namespace kiln::api {

bool isS3Buildspec(std::string_view buildspec) {
  return buildspec.starts_with("arn:") && buildspec.find(":s3:::") != std::string_view::npos &&
         buildspec.find('\n') == std::string_view::npos;
}

bool isInlineBuildspec(const std::string& buildspec) {
  try {
    return YAML::Load(buildspec).IsMap();
  } catch (const YAML::Exception&) {
    return false;
  }
}

}  // namespace kiln::api
