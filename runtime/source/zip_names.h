// A look at a zip's directory for names with a NUL byte, which libarchive would silently cut there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace kiln::runtime {

// The first such name; nullopt when there is none, or when the file is no zip (which is told elsewhere).
std::optional<std::string> zipNameWithNul(const std::filesystem::path& path);

}  // namespace kiln::runtime
