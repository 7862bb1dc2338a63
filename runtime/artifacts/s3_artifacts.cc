#include "runtime/artifacts/s3_artifacts.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "controller/core/artifact_key.h"
#include "runtime/artifacts/folder_upload.h"
#include "runtime/artifacts/staged_tree.h"
#include "runtime/artifacts/zip_image.h"

namespace kiln::runtime {
namespace {

constexpr std::uint64_t kToldEvery = std::uint64_t{256} << 20;
constexpr unsigned kMostThreads = 8;

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

int packingThreads() {
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads));
}

// An earlier try has put exactly this.
bool isThere(const UploadTarget& target, const Digests& digests) {
  auto found = target.s3().head({target.bucket, target.key}, target.stop);
  if (!found.ok()) return false;
  const auto carries = [&](const char* name, const std::string& value) {
    return std::find(found->metadata.begin(), found->metadata.end(),
                     std::pair(name + std::string(), value)) != found->metadata.end();
  };
  return carries("codebuild-buildarn", target.buildArn) &&
         carries("codebuild-content-sha256", digests.sha256);
}

// Into Kiln's own S3 in one request, so that a crash leaves no parts behind; elsewhere in parts, so that a broken line costs one.
AwsResult<S3Stored> put(const UploadTarget& target, const ZipImage& image,
                        const S3PutOptions& options) {
  if (!target.endpoint.embedded || image.size() > kS3MostAtOnce)
    return target.s3().put(target.bucket, target.key, image.stream(), options, target.stop);
  auto stream = std::make_shared<ByteSource>(image.stream());
  const BodySource whole{.length = image.size(),
                         .read = [stream] { return (*stream)(); },
                         .restart =
                             [stream, &image] {
                               *stream = image.stream();
                               return okStatus();
                             }};
  return target.s3().putWhole(target.bucket, target.key, whole, options, target.stop);
}

}  // namespace

struct S3Artifacts::Upload {
  const Build& build;
  const CollectedArtifact& collected;
  const ArtifactOutput& output;
  UploadTarget target;
  const std::function<void(const std::string&)>& progress;

  UploadedArtifact done(const Digests& digests) const {
    return {collected.identifier, artifactLocation(target.bucket, target.key), digests.md5,
            digests.sha256};
  }
  void tell(const std::string& what) const {
    progress("Artifact " + target.bucket + "/" + target.key + ": " + what);
  }
};

S3Artifacts::S3Artifacts(ContainerRuntime& runtime, AwsClient& client, const Endpoints& endpoints,
                         std::filesystem::path directory)
    : runtime_(runtime), client_(client), endpoints_(endpoints), directory_(std::move(directory)) {
  std::error_code ignored;  // what cannot be made shows at the first upload
  std::filesystem::remove_all(directory_, ignored);
  std::filesystem::create_directories(directory_, ignored);
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, ignored);
}

Result<UploadedArtifacts> S3Artifacts::upload(
    const Build& build, const CollectedArtifacts& collected, std::stop_token stop,
    const std::function<void(const std::string& line)>& progress) {
  std::vector<Upload> uploads;
  for (const CollectedArtifact& one : collected) {
    const ArtifactOutput* output = findArtifact(build, one.identifier);
    if (output == nullptr) continue;  // the project has no use for it
    uploads.push_back(
        {build, one, *output,
         UploadTarget(client_, endpoints_.resolve(AwsService::kS3, build.id.scope), build, *output,
                      artifactKey(*output, build.id, {one.name, one.s3Prefix}), stop),
         progress});
  }
  UploadedArtifacts all;
  const auto ended = [&](const UploadFault& fault) -> Result<UploadedArtifacts> {
    if (!fault.context) return fault.error;
    all.failure = fault.context;
    return all;
  };
  for (const Upload& upload : uploads) {
    if (const auto fault = checkBucket(upload.target)) return ended(*fault);
  }
  for (const Upload& upload : uploads) {
    auto uploaded = uploadOne(upload);
    if (!uploaded.ok()) return ended(uploaded.error());
    all.artifacts.push_back(*std::move(uploaded));
  }
  return all;
}

UploadResult<UploadedArtifact> S3Artifacts::uploadOne(const Upload& upload) const {
  for (int tries = 1;; ++tries) {
    auto uploaded = upload.output.packaging == "ZIP" ? uploadZip(upload) : uploadFolder(upload);
    if (uploaded.ok() || uploaded.error().context || !cutOff(uploaded.error().error))
      return uploaded;
    if (tries == kMostTries) return UploadFault::ofPlace(uploaded.error().error.message);
    upload.tell("a file changed while it was copied, trying again");
  }
}

UploadResult<UploadedArtifact> S3Artifacts::uploadZip(const Upload& upload) const {
  const UploadTarget& target = upload.target;
  if (auto refused = checkKey(target.key)) return *std::move(refused);
  StagedTree tree(runtime_, upload.build.id, upload.collected.directory + "/.", target.stop);
  const auto packed = [&upload, told = std::uint64_t{0}](std::uint64_t bytes) mutable {
    if (bytes / kToldEvery == told) return;
    told = bytes / kToldEvery;
    upload.tell("packed " + megabytes(bytes));
  };
  auto image = ZipImage::make(tree, {.directory = directory_,
                                     .threads = packingThreads(),
                                     .stop = target.stop,
                                     .packed = packed});
  if (!image.ok()) return UploadFault::ofHost(image.error());
  auto digests = digestsOf([&] { return image->stream(); }, target.stop);
  if (!digests.ok()) return UploadFault::ofHost(digests.error());
  if (isThere(target, *digests)) return upload.done(*digests);
  upload.tell("uploading " + megabytes(image->size()));
  auto stored = put(target, *image, target.optionsFor(*digests, "application/zip"));
  if (!stored.ok()) return UploadFault::of(stored.error());
  return upload.done(*digests);
}

UploadResult<UploadedArtifact> S3Artifacts::uploadFolder(const Upload& upload) const {
  FolderUpload folder(runtime_, upload.build.id, directory_, upload.target,
                      [&upload](const std::string& line) { upload.tell(line); });
  if (auto fault = folder.run(upload.collected.directory)) return *std::move(fault);
  return upload.done({});
}

}  // namespace kiln::runtime
