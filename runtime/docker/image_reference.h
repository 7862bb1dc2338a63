// Image names as the engine's API wants them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kiln::runtime {

struct ImageReference {
  std::string name;  // with the digest, when there is one
  std::string tag;   // "latest" when none was given; empty with a digest
};

// "repo:5000/a/b:tag" -> {"repo:5000/a/b", "tag"}; "a@sha256:…" -> {"a@sha256:…", ""}.
ImageReference parseImage(std::string_view image);

// The registry an image comes from: "docker.io" unless the first part of its name is a host.
std::string registryOf(std::string_view image);

}  // namespace kiln::runtime
