#include "runtime/images/compute.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace kiln::runtime {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kNanosPerCpu = 1'000'000'000;

enum class Machine { kX86, kArm };

struct Size {
  int gib;
  int cpus;
};

struct ComputeType {
  std::string_view name;
  Size x86;
  Size arm;
};

constexpr std::array kComputeTypes = {
    ComputeType{"BUILD_GENERAL1_SMALL", {4, 2}, {4, 2}},
    ComputeType{"BUILD_GENERAL1_MEDIUM", {8, 4}, {8, 4}},
    ComputeType{"BUILD_GENERAL1_LARGE", {16, 8}, {16, 8}},
    ComputeType{"BUILD_GENERAL1_XLARGE", {72, 36}, {64, 32}},
    ComputeType{"BUILD_GENERAL1_2XLARGE", {144, 72}, {96, 48}},
};

// Types whose size is not in their name: such a build gets the machine.
constexpr std::array<std::string_view, 2> kOpenTypes = {"ATTRIBUTE_BASED_COMPUTE",
                                                        "CUSTOM_INSTANCE_TYPE"};

PhaseContext refused(std::string message) { return {"CLIENT_ERROR", std::move(message)}; }

std::string text(std::string_view view) { return std::string(view); }

// Why an environment of this type has no place on any engine; empty when it has.
std::string impossible(std::string_view type) {
  const std::string what = "Environment type " + text(type) + " cannot run here: ";
  if (type == "LINUX_GPU_CONTAINER") return what + "Kiln gives builds no GPU. Use LINUX_CONTAINER.";
  if (type.starts_with("WINDOWS_"))
    return what + "it needs a Windows machine, and Kiln runs Linux containers.";
  if (type == "MAC_ARM") return what + "it needs a Mac, and Kiln runs Linux containers.";
  if (type.ends_with("_LAMBDA_CONTAINER")) {
    return what + "it is run by AWS Lambda, not by a container engine. Use " +
           (type.starts_with("ARM") ? "ARM_CONTAINER" : "LINUX_CONTAINER") +
           " with a BUILD_GENERAL1 compute type.";
  }
  bool known = type == "LINUX_CONTAINER" || type == "ARM_CONTAINER" || type == "LINUX_EC2" ||
               type == "ARM_EC2";
  return known ? "" : what + "Kiln does not know it.";
}

std::string notRunnable(std::string_view type, Machine machine, const EngineInfo& engine) {
  if (auto why = impossible(type); !why.empty()) return why;
  const std::string what =
      "Environment type " + text(type) + " cannot run here: the container engine ";
  if (engine.operatingSystem != "linux")
    return what + "runs " + engine.operatingSystem + " containers.";
  if (machine == Machine::kArm && engine.architecture != "aarch64") {
    return what + "is " + engine.architecture + ", not ARM. Use LINUX_CONTAINER.";
  }
  return {};
}

std::string gib(std::int64_t bytes) {
  char number[32];
  auto tenths = bytes * 10 / kGiB;
  if (tenths % 10 == 0)
    std::snprintf(number, sizeof number, "%lld", static_cast<long long>(tenths / 10));
  else
    std::snprintf(number, sizeof number, "%.1f", static_cast<double>(tenths) / 10);
  return number;
}

std::string amount(std::int64_t bytes, std::int64_t cpus) {
  return gib(bytes) + " GiB and " + std::to_string(cpus) + (cpus == 1 ? " vCPU" : " vCPUs");
}

// Cut to the machine. An engine that does not say what it has sets no limit.
ComputeLimits fit(std::string_view computeType, Size size, const EngineInfo& engine) {
  const std::int64_t wanted = size.gib * kGiB;
  const auto memory = engine.memoryBytes > 0 ? std::min(wanted, engine.memoryBytes) : 0;
  const auto cpus = engine.cpus > 0 ? std::min(size.cpus, engine.cpus) : 0;
  ComputeLimits limits{.memoryBytes = memory, .nanoCpus = cpus * kNanosPerCpu, .notice = {}};
  if (memory > 0 && cpus > 0 && (memory < wanted || cpus < size.cpus)) {
    limits.notice = text(computeType) + " is " + amount(wanted, size.cpus) +
                    "; this build is limited to the " + amount(memory, cpus) +
                    " that the container engine has";
  }
  return limits;
}

void addNotice(ComputeLimits& limits, const std::string& notice) {
  limits.notice += (limits.notice.empty() ? "" : ". ") + notice;
}

}  // namespace

Result<ComputeLimits, PhaseContext> computeFor(std::string_view environmentType,
                                               std::string_view computeType,
                                               const EngineInfo& engine) {
  const auto machine = environmentType.starts_with("ARM") ? Machine::kArm : Machine::kX86;
  if (auto why = notRunnable(environmentType, machine, engine); !why.empty()) return refused(why);
  ComputeLimits limits;
  auto type = std::find_if(kComputeTypes.begin(), kComputeTypes.end(),
                           [&](const ComputeType& each) { return each.name == computeType; });
  if (type != kComputeTypes.end()) {
    limits = fit(computeType, machine == Machine::kArm ? type->arm : type->x86, engine);
  } else if (std::find(kOpenTypes.begin(), kOpenTypes.end(), computeType) != kOpenTypes.end()) {
    addNotice(limits,
              text(computeType) +
                  " is not acted on: this build has the whole machine of the container engine");
  } else {
    return refused("Compute type " + text(computeType) + " cannot be used with environment type " +
                   text(environmentType) + ".");
  }
  if (environmentType.ends_with("_EC2")) {
    addNotice(limits,
              text(environmentType) + " runs as a container, not on an instance of its own");
  }
  if (machine == Machine::kX86 && engine.architecture == "aarch64") {
    addNotice(
        limits,
        "The container engine is aarch64: an x86_64 image runs only if the engine emulates it");
  }
  return limits;
}

}  // namespace kiln::runtime
