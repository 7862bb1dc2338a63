#include "controller/cli/doctor_checks.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "controller/cli/bind_probe.h"
#include "runtime/images/compute.h"

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMebi = 1024 * 1024;
constexpr std::uint64_t kGibi = 1024 * kMebi;
constexpr std::uint64_t kLittleSpace = 5 * kGibi;
constexpr std::uint64_t kTooLittleSpace = 256 * kMebi;
constexpr std::array kComputeTypes = {"BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM",
                                      "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE",
                                      "BUILD_GENERAL1_2XLARGE"};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The nearest directory above that exists: what decides whether the path can be made.
fs::path nearestExisting(fs::path path) {
  std::error_code ignored;
  while (!path.empty() && path.has_relative_path() && !fs::exists(path, ignored)) {
    path = path.parent_path();
  }
  return path.empty() ? fs::path(".") : path;
}

// 0, or why a file cannot be made there.
int tryWrite(const fs::path& directory) {
  const fs::path file = directory / (".kiln-doctor-" + std::to_string(getpid()));
  const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  const int error = ::write(descriptor, "x", 1) == 1 ? 0 : errno;
  ::close(descriptor);
  ::unlink(file.c_str());
  return error;
}

}  // namespace

std::string sizeText(std::uint64_t bytes) {
  char text[32];
  if (bytes >= kGibi) {
    std::snprintf(text, sizeof text, "%.1f GiB",
                  static_cast<double>(bytes) / static_cast<double>(kGibi));
  } else {
    std::snprintf(text, sizeof text, "%llu MiB", static_cast<unsigned long long>(bytes / kMebi));
  }
  return text;
}

std::string endpointOf(const config::ServerSettings& settings) {
  std::string host = settings.host;
  if (host == "0.0.0.0" || host.empty()) host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(settings.port);
}

Finding checkAgent(const fs::path& program) {
  if (::access(program.c_str(), X_OK) == 0) {
    return {"agent", Health::kOk, program.string() + " is there", ""};
  }
  return {"agent", Health::kFail, program.string() + ": " + std::strerror(errno),
          "kiln-agent must be beside kiln: `cmake --build build` makes both; copy them together"};
}

Finding checkEngine(const config::EngineSettings& settings, const std::string& endpoint,
                    const Result<runtime::EngineInfo>& info) {
  if (!settings.enabled) {
    return {"engine", Health::kWarn, "switched off: builds stay QUEUED",
            "unset SIMFRA_DOCKER, or set engine.enabled to true"};
  }
  if (!info.ok()) {
    return {"engine", Health::kFail, endpoint + ": " + info.error().message,
            "start a container engine (`sudo systemctl start docker`), let this user reach it "
            "(`sudo usermod -aG docker $USER`, then log in again), or say where it is with "
            "DOCKER_HOST or engine.host"};
  }
  const std::string what = info->name + " " + info->version + " (API " + info->apiVersion + ", " +
                           info->operatingSystem + "/" + info->architecture + ") at " + endpoint;
  if (info->operatingSystem == "linux") return {"engine", Health::kOk, what, ""};
  return {"engine", Health::kFail, what, "an engine that runs Linux containers is needed"};
}

Finding checkImages(const config::EngineSettings& settings, runtime::ContainerRuntime& runtime) {
  std::vector<std::string> curated;
  for (const auto& [name, image] : settings.images) {
    for (const std::string& candidate : {name, image}) {
      auto present = runtime.hasImage(candidate);
      if (present.ok() && *present && (curated.empty() || curated.back() != candidate)) {
        curated.push_back(candidate);
      }
    }
  }
  const std::string also = curated.empty() ? "" : "; also " + joined(curated);
  if (settings.fallbackImage.empty()) {
    return {"image", curated.empty() ? Health::kWarn : Health::kOk,
            "no fallback image is set" + also,
            "set engine.fallbackImage, or pull what builds ask for"};
  }
  auto fallback = runtime.hasImage(settings.fallbackImage);
  if (!fallback.ok()) {
    return {"image", Health::kFail, settings.fallbackImage + ": " + fallback.error().message,
            "see the engine's own log"};
  }
  if (*fallback) return {"image", Health::kOk, settings.fallbackImage + " is there" + also, ""};
  return {"image", Health::kWarn,
          settings.fallbackImage + " is not in the engine: curated images must be pulled" + also,
          "config/build-image/make makes it without a registry"};
}

Finding checkCompute(const runtime::EngineInfo& info) {
  std::vector<std::string> whole;
  std::vector<std::string> cut;
  for (const char* type : kComputeTypes) {
    auto limits = runtime::computeFor("LINUX_CONTAINER", type, info);
    (limits.ok() && limits->notice.empty() ? whole : cut).push_back(type);
  }
  std::string detail = std::to_string(info.cpus) + " cores, " +
                       sizeText(static_cast<std::uint64_t>(info.memoryBytes));
  if (!whole.empty()) detail += "; in full: " + joined(whole);
  if (!cut.empty()) detail += "; cut to what there is: " + joined(cut);
  if (info.memoryBytes >= static_cast<std::int64_t>(kGibi)) {
    return {"compute", Health::kOk, detail, ""};
  }
  return {"compute", Health::kWarn, detail, "give the engine's machine more memory"};
}

Finding checkBridge(const config::ServerSettings& settings, const runtime::EngineInfo& info) {
  if (!settings.publicEndpoint.empty()) {
    return {"bridge", Health::kOk, "builds are told " + settings.publicEndpoint, ""};
  }
  const std::string remedy =
      "set server.publicEndpoint to an address of this machine that containers reach, and listen "
      "there";
  if (!settings.listenForBuilds) {
    return {"bridge", Health::kWarn, "server.listenForBuilds is off: builds cannot call Kiln",
            remedy};
  }
  if (info.bridgeAddress.empty()) {
    return {"bridge", Health::kWarn, "the engine names no bridge address: builds cannot call Kiln",
            remedy};
  }
  const int error = tryBind(info.bridgeAddress, 0);
  if (error == 0) {
    return {"bridge", Health::kOk, "builds reach Kiln at " + info.bridgeAddress, ""};
  }
  return {"bridge", Health::kWarn,
          "cannot listen at " + info.bridgeAddress + ": " + bindError(error), remedy};
}

Finding checkPort(const config::ServerSettings& settings, const Result<HttpReply>& health) {
  const std::string where = settings.host + ":" + std::to_string(settings.port);
  if (health.ok()) {
    const auto body = nlohmann::json::parse(health->body, nullptr, false);
    if (health->status == 200 && body.is_object() && body.value("status", "") == "ok") {
      return {"port", Health::kOk, "Kiln " + body.value("version", "") + " answers at " + where,
              ""};
    }
  }
  const int error = tryBind(settings.host, settings.port);
  if (error == 0) return {"port", Health::kOk, where + " is free", ""};
  if (error == EADDRINUSE) {
    return {"port", Health::kFail, "another program listens at " + where,
            "`ss -ltnp 'sport = :" + std::to_string(settings.port) +
                "'` shows which; or serve elsewhere: `kiln serve --listen 127.0.0.1:4600`"};
  }
  return {"port", Health::kFail, "cannot listen at " + where + ": " + bindError(error),
          "choose an address of this machine: `kiln serve --listen 127.0.0.1:4599`"};
}

Finding checkReady(const Result<HttpReply>& ready) {
  if (!ready.ok()) return {"ready", Health::kFail, ready.error().message, "see the server's log"};
  if (ready->status == 200) return {"ready", Health::kOk, "the running Kiln is ready", ""};
  std::vector<std::string> reasons;
  const auto body = nlohmann::json::parse(ready->body, nullptr, false);
  if (body.is_object() && body.contains("checks")) {
    for (const auto& [name, check] : body["checks"].items()) {
      if (!check.value("ok", true)) reasons.push_back(name + ": " + check.value("reason", ""));
    }
  }
  return {"ready", Health::kFail, "the running Kiln is not ready: " + joined(reasons),
          "mend what it names; it goes on by itself"};
}

Finding checkData(const fs::path& directory) {
  std::error_code failure;
  const fs::path existing = nearestExisting(directory);
  const bool there = fs::is_directory(directory, failure);
  const std::string name = directory.string() + (there ? "" : " (to be made)");
  const int error = tryWrite(existing);
  if (error != 0) {
    return {"data", Health::kFail, name + " cannot be written: " + std::strerror(error),
            "choose another directory (`kiln serve --data DIR`) or give this user the right to it"};
  }
  struct statvfs disk {};
  if (::statvfs(existing.c_str(), &disk) != 0) {
    return {"data", Health::kWarn, name + ": free space unknown: " + std::strerror(errno), ""};
  }
  const std::uint64_t space = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const std::string detail = name + " is writable, " + sizeText(space) + " free";
  if (space >= kLittleSpace) return {"data", Health::kOk, detail, ""};
  return {"data", space < kTooLittleSpace ? Health::kFail : Health::kWarn, detail,
          "free some space: logs and artifacts of builds go there"};
}

}  // namespace kiln::cli
