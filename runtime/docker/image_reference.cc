#include "runtime/docker/image_reference.h"

namespace kiln::runtime {

ImageReference parseImage(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return {std::string(image), {}};
  auto colon = image.rfind(':');
  auto slash = image.rfind('/');
  bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (!tagged) return {std::string(image), "latest"};
  return {std::string(image.substr(0, colon)), std::string(image.substr(colon + 1))};
}

std::string registryOf(std::string_view image) {
  auto slash = image.find('/');
  if (slash == std::string_view::npos) return "docker.io";
  auto first = image.substr(0, slash);
  bool host = first == "localhost" || first.find('.') != std::string_view::npos ||
              first.find(':') != std::string_view::npos;
  return host ? std::string(first) : "docker.io";
}

}  // namespace kiln::runtime
