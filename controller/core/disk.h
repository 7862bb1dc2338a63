// The last of a disk is kept for what is small and must not fail: states, requests to stop, deletes, the end of a log. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "controller/core/result.h"

namespace kiln {

// What is large and can wait for room leaves so many bytes free: sources, artifacts, objects' bodies; and what builds print.
inline constexpr std::uint64_t kKeptFromBodies = std::uint64_t{32} << 20;
inline constexpr std::uint64_t kKeptFromOutput = kKeptFromBodies / 2;

// kResourceExhausted when the disk that `path` is on has no more than `kept` bytes free, kUnavailable when it cannot be asked.
Status checkRoom(const std::filesystem::path& path, std::uint64_t kept,
                 const std::string& attempted);

}  // namespace kiln
