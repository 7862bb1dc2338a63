#include "runtime/source/s3_source.h"

#include "runtime/source/archive_source.h"
#include "runtime/source/folder_source.h"
#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

SourceResult<std::unique_ptr<FetchedSource>> fetchArchive(const SourceSpec& spec,
                                                          const S3Place& place,
                                                          std::unique_ptr<Scratch> scratch,
                                                          const S3Fetch& fetch) {
  const auto path = scratch->path() / "archive";
  auto file = ScratchFile::create(path);
  if (!file) return SourceError::ofHost(file.error());
  bool tooLarge = false;
  const auto sink = [&](std::string_view bytes) -> Status {
    tooLarge = file->size() + static_cast<std::int64_t>(bytes.size()) > fetch.limits.maxBytes;
    if (tooLarge) return Error{Code::kInvalidArgument, "the archive is too large"};
    return file->append(bytes);
  };
  auto got =
      fetch.objects.get(fetch.scope, {place.bucket, place.key, spec.version}, sink, fetch.stop);
  if (tooLarge)
    return clientError(spec, "the archive is larger than the " +
                                 std::to_string(fetch.limits.maxBytes) +
                                 " bytes a source may have");
  if (!got) return objectError(spec, got.error());
  if (auto flushed = file->flush(); !flushed) return SourceError::ofHost(flushed.error());
  return openArchive(spec, std::move(scratch), path, fetch.limits, fetch.stop);
}

}  // namespace

std::optional<S3Place> placeFrom(std::string_view location) {
  constexpr std::string_view kArn = "arn:aws:s3:::";
  if (location.starts_with(kArn)) location.remove_prefix(kArn.size());
  const auto slash = location.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  return S3Place{std::string(location.substr(0, slash)), std::string(location.substr(slash + 1))};
}

SourceResult<std::unique_ptr<FetchedSource>> fetchS3(const SourceSpec& spec,
                                                     std::unique_ptr<Scratch> scratch,
                                                     const S3Fetch& fetch) {
  const auto place = placeFrom(spec.location);
  if (!place)
    return clientError(spec,
                       "the location " + shown(spec.location) + " is not of the form bucket/key");
  if (place->key.empty() || place->key.ends_with('/'))
    return fetchFolder(spec, *place, std::move(scratch), fetch);
  return fetchArchive(spec, *place, std::move(scratch), fetch);
}

}  // namespace kiln::runtime
