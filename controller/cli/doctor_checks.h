// What `kiln doctor` looks at: one function for each thing that must hold for builds to run. Each says what it found and, when
// something is not well, how to mend it.
//
// They change nothing that stays (a file in the data directory is made and removed, a port is bound and let go). One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/cli/http_streams.h"
#include "runtime/container_runtime.h"

namespace kiln::cli {

enum class Health { kOk, kWarn, kFail };

struct Finding {
  std::string check;
  Health health = Health::kOk;
  std::string detail;
  std::string remedy;  // empty when all is well
};

// The agent's program beside ours.
Finding checkAgent(const std::filesystem::path& program);

// Does the engine answer? `info` is what it said, or why not.
Finding checkEngine(const config::EngineSettings& settings, const std::string& endpoint,
                    const Result<runtime::EngineInfo>& info);

// Is there an image to build in?
Finding checkImages(const config::EngineSettings& settings, runtime::ContainerRuntime& runtime);

// Which compute types the engine's machine can give in full.
Finding checkCompute(const runtime::EngineInfo& info);

// Can builds reach Kiln at the engine's bridge address?
Finding checkBridge(const config::ServerSettings& settings, const runtime::EngineInfo& info);

// `health` is the answer of /_kiln/health at the address of the settings. Free, a Kiln, or somebody else?
Finding checkPort(const config::ServerSettings& settings, const Result<HttpReply>& health);

// What a running Kiln says of itself: the answer of /_kiln/ready.
Finding checkReady(const Result<HttpReply>& ready);

// Writable, with room?
Finding checkData(const std::filesystem::path& directory);

// Where a client reaches what listens there: http://127.0.0.1:4599.
std::string endpointOf(const config::ServerSettings& settings);

// "3.9 GiB", "512 MiB".
std::string sizeText(std::uint64_t bytes);

}  // namespace kiln::cli
