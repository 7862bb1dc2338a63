#include "runtime/images/image_resolver.h"

#include <utility>

namespace kiln::runtime {
namespace {

constexpr std::string_view kCuratedPrefix = "aws/codebuild/";
constexpr std::string_view kPublicPrefix = "public.ecr.aws/codebuild/";

using Progress = std::function<void(const PullProgress&)>;

bool isPrivateEcr(const std::string& image) {
  return image.find(".dkr.ecr.") != std::string::npos &&
         image.find(".amazonaws.com") != std::string::npos;
}

// Present, or pulled now.
Status obtain(ContainerRuntime& runtime, const std::string& image, std::stop_token stop,
              const Progress& progress) {
  auto there = runtime.hasImage(image);
  if (!there.ok()) return there.error();
  return *there ? okStatus() : runtime.pullImage(image, std::move(stop), progress);
}

// What the reader can do about it.
std::string adviceFor(const ImageResolver::Request& request,
                      const config::EngineSettings& settings) {
  const std::string mapped =
      "Kiln's setting engine.images can name another image for " + request.image;
  if (isCurated(request.image)) {
    std::string fallback = settings.fallbackImage.empty()
                               ? ", and engine.fallbackImage one for every curated image."
                               : ", or make the fallback image " + settings.fallbackImage +
                                     " (config/build-image/make).";
    return mapped + fallback;
  }
  if (!request.registryCredential.empty()) {
    return "The registry credential " + request.registryCredential +
           " is a Secrets Manager secret, which Kiln cannot read yet: run `docker login` for that "
           "registry as the "
           "user that runs Kiln. " +
           mapped + ".";
  }
  if (isPrivateEcr(request.image)) {
    return "For a private ECR repository run `aws ecr get-login-password | docker login --username "
           "AWS "
           "--password-stdin " +
           request.image.substr(0, request.image.find('/')) + "` as the user that runs Kiln. " +
           mapped + ".";
  }
  return "An image that the engine already has is used without a pull. " + mapped + ".";
}

Error unableToPull(const ImageResolver::Request& request, const Error& cause,
                   const config::EngineSettings& settings) {
  auto text = cause.message;
  while (text.ends_with('\n') || text.ends_with('.')) text.pop_back();
  return {Code::kFailedPrecondition,
          "Unable to pull customer's container image. CannotPullContainerError: Error response "
          "from daemon: " +
              text + ". " + adviceFor(request, settings)};
}

}  // namespace

bool isCurated(std::string_view image) { return image.starts_with(kCuratedPrefix); }

ImageResolver::ImageResolver(ContainerRuntime& runtime, config::EngineSettings settings)
    : runtime_(runtime), settings_(std::move(settings)) {}

Result<std::string> ImageResolver::resolve(const Request& request, std::stop_token stop,
                                           const Progress& progress) const {
  auto there = runtime_.hasImage(request.image);
  if (!there.ok()) return there.error();
  if (*there) return request.image;
  auto source = request.image;
  if (auto alias = settings_.images.find(source); alias != settings_.images.end()) {
    source = alias->second;
  } else if (isCurated(source)) {
    source = std::string(kPublicPrefix) + source.substr(kCuratedPrefix.size());
  }
  auto obtained = obtain(runtime_, source, stop, progress);
  if (obtained.ok()) return source;
  const Error& cause = obtained.error();
  if (cause.code == Code::kUnavailable) return cause;  // the engine is away: nobody has said no
  const auto& fallback = settings_.fallbackImage;
  if (isCurated(request.image) && !fallback.empty()) {
    auto present = runtime_.hasImage(fallback);
    if (!present.ok()) return present.error();
    if (*present && progress) {
      progress({"Kiln runs " + fallback + " in place of " + request.image +
                ", which cannot be pulled: " + cause.message});
    }
    if (*present) return fallback;
  }
  return unableToPull(request, cause, settings_);
}

}  // namespace kiln::runtime
