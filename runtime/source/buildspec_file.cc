#include "runtime/source/buildspec_file.h"

#include "runtime/source/s3_source.h"
#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr std::string_view kDefaultName = "buildspec.yml";

PhaseContext yamlError(std::string message) { return {"YAML_FILE_ERROR", std::move(message)}; }

PhaseContext yamlError(FetchedSource::FileFault fault, bool named, const std::string& path) {
  switch (fault) {
    case FetchedSource::FileFault::kAbsent:
      return yamlError(named ? "stat " + path + ": no such file or directory"
                             : "YAML file does not exist");
    case FetchedSource::FileFault::kDirectory:
      return yamlError("read " + path + ": is a directory");
    case FetchedSource::FileFault::kTooLarge:
      return yamlError("read " + path + ": the file is larger than " +
                       std::to_string(kMaxBuildspecBytes) + " bytes");
    case FetchedSource::FileFault::kUnreadable:
      return yamlError("read " + path + ": input/output error");
  }
  unreachable();
}

}  // namespace

Result<BuildspecText, PhaseContext> readBuildspecFile(FetchedSource& source,
                                                      const std::string& name,
                                                      const std::string& sourceDirectory) {
  const bool named = !name.empty();
  const std::string relative = named ? name : std::string(kDefaultName);
  const bool absolute = relative.starts_with('/');
  const std::string path = absolute ? relative : sourceDirectory + "/" + relative;
  std::string_view below = relative;
  if (absolute) {  // good only when it names a place in the source, for nothing else of the container is known here
    if (!path.starts_with(sourceDirectory + "/"))
      return yamlError(FetchedSource::FileFault::kAbsent, true, path);
    below.remove_prefix(sourceDirectory.size() + 1);
  }
  auto text = source.readFile(below, kMaxBuildspecBytes);
  if (!text) return yamlError(text.error(), named, path);
  return BuildspecText{std::move(*text), path};
}

SourceResult<BuildspecText> readBuildspecObject(ObjectSource& objects, const Scope& scope,
                                                const std::string& arn, std::stop_token stop) {
  const auto place = placeFrom(arn);
  if (!place || place->key.empty())
    return SourceError::ofBuild(
        yamlError("the buildspec's location " + arn + " names no object of S3"));
  std::string text;
  bool tooLarge = false;
  const auto sink = [&](std::string_view bytes) -> Status {
    tooLarge = text.size() + bytes.size() > kMaxBuildspecBytes;
    if (tooLarge) return Error{Code::kInvalidArgument, "the buildspec is too large"};
    text += bytes;
    return okStatus();
  };
  auto got = objects.get(scope, {place->bucket, place->key, {}}, sink, stop);
  if (tooLarge)
    return SourceError::ofBuild(yamlError(FetchedSource::FileFault::kTooLarge, true, arn));
  if (got) return BuildspecText{std::move(text), {}};
  if (!got.error().answer) return SourceError::ofHost(got.error().error);
  return SourceError::ofBuild(yamlError(s3Words(*got.error().answer) + " for buildspec " + arn));
}

}  // namespace kiln::runtime
