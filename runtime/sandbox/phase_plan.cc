#include "runtime/sandbox/phase_plan.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <string_view>

#include "runtime/buildspec/buildspec.h"
#include "runtime/buildspec/buildspec_phases.h"
#include "runtime/sandbox/environment.h"

namespace kiln::runtime {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kInlineBuildspec = "/codebuild/readonly/buildspec.yml";

Result<Buildspec, PhaseContext> readBuildspec(const Build& build) {
  switch (formOf(build.spec.buildspec)) {
    case BuildspecForm::kAbsent: return PhaseContext{"YAML_FILE_ERROR", "YAML file does not exist"};
    case BuildspecForm::kPath:
      return PhaseContext{"YAML_FILE_ERROR", "stat " + sourceDirectory(build) + "/" +
                                                 build.spec.buildspec +
                                                 ": no such file or directory"};
    case BuildspecForm::kS3Arn:
      return PhaseContext{"YAML_FILE_ERROR",
                          "Kiln does not read a buildspec from S3 yet: " + build.spec.buildspec};
    case BuildspecForm::kInline: {
      auto spec = parseBuildspec(build.spec.buildspec);
      if (!spec.ok()) return PhaseContext{"YAML_FILE_ERROR", spec.error().message};
      return std::move(*spec);
    }
  }
  unreachable();
}

// Up to where a wrong buildspec ends the log (facts §4.2).
Lines openingLines(const Build& build) {
  Lines lines = {"Running on CodeBuild On-demand", "Waiting for agent ping",
                 "Waiting for DOWNLOAD_SOURCE"};
  if (build.spec.sourceType != "NO_SOURCE") return lines;
  lines.push_back("Phase is DOWNLOAD_SOURCE");
  lines.push_back("CODEBUILD_SRC_DIR=" + sourceDirectory(build));
  if (formOf(build.spec.buildspec) == BuildspecForm::kInline) {
    lines.push_back("YAML location is " + std::string(kInlineBuildspec));
  }
  return lines;
}

// Sections that mean something for this build and that Kiln leaves alone.
Lines idleSections(const Build& build, const Buildspec& spec) {
  const auto asked = [](const std::string& type, std::string_view none) {
    return !type.empty() && type != none;
  };
  Lines lines;
  if (spec.hasArtifacts && asked(build.spec.artifactsType, "NO_ARTIFACTS")) {
    lines.push_back("Kiln does not act on 'artifacts' in the buildspec yet");
  }
  if (spec.hasCache && asked(build.spec.cacheType, "NO_CACHE")) {
    lines.push_back("Kiln does not act on 'cache' in the buildspec yet");
  }
  return lines;
}

void append(Lines& lines, const Lines& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

Lines phaseLines(const Buildspec& spec) {
  Lines lines = {"Phases found in YAML: " + std::to_string(spec.phases.size())};
  for (const auto& [phase, block] : spec.phases) {
    lines.push_back(" " + std::string(name(phase)) + ": " + std::to_string(block.commands.size()) +
                    " commands");
  }
  return lines;
}

Lines downloadLines(const Build& build, const Buildspec& spec, const SandboxFacts& facts,
                    const Lines& notices) {
  Lines lines = openingLines(build);
  append(lines, spec.warnings);
  append(lines, idleSections(build, spec));
  append(lines, facts.logNotices);
  for (const auto& [phase, block] : spec.phases) {
    if (!block.commands.empty()) continue;
    lines.push_back("No commands found for phase name: " + std::string(buildspecKeyOf(phase)));
  }
  lines.push_back("Processing environment variables");
  append(lines, notices);
  if (!spec.hasRuntimeVersions) lines.push_back("No runtime version selected in buildspec.");
  lines.push_back("Moving to directory " + sourceDirectory(build));
  if (!spec.hasCache) {
    lines.push_back("Cache is not defined in the buildspec");
    lines.push_back("Skip cache due to: no paths specified to be cached");
  }
  lines.push_back("Registering with agent");
  append(lines, phaseLines(spec));
  return lines;
}

agent::PhasePlan downloadPlan(const Build& build, const Buildspec& spec,
                              const SandboxFacts& facts) {
  SandboxEnvironment environment = makeEnvironment(build, spec, facts);
  agent::PhasePlan plan;
  plan.environment = std::move(environment.variables);
  plan.directories = {sourceDirectory(build), "/codebuild/output/tmp", "/codebuild/readonly"};
  plan.files = {{std::string(kInlineBuildspec), build.spec.buildspec}};
  plan.workingDirectory = sourceDirectory(build);
  plan.logLines = downloadLines(build, spec, facts, environment.notices);
  plan.announce = false;
  plan.credentials = credentialsDocument(build);
  return plan;
}

agent::PhasePlan commandPlan(const Build& build, const Buildspec& spec, Phase phase) {
  agent::PhasePlan plan;
  plan.environment = phaseEnvironment(build);
  const auto block = spec.phases.find(phase);
  if (block == spec.phases.end()) return plan;
  plan.commands = block->second.commands;
  plan.finallyCommands = block->second.finallyCommands;
  return plan;
}

std::string asAgentLog(const Lines& lines, TimePoint now) {
  std::string log;
  for (const std::string& line : lines) log += agent::containerLine(toUnixMicros(now), line);
  return log;
}

}  // namespace

Result<agent::PhasePlan, PhaseContext> makePhasePlan(const Build& build, Phase phase,
                                                     const SandboxFacts& facts) {
  assert(phase == Phase::kDownloadSource || isBuildspecPhase(phase));
  if (build.spec.sourceType != "NO_SOURCE") {
    return PhaseContext{"CLIENT_ERROR",
                        "Kiln does not fetch " + build.spec.sourceType + " sources yet"};
  }
  const auto spec = readBuildspec(build);
  if (!spec.ok()) return spec.error();
  if (auto context = unresolvedVariables(build, *spec)) return *context;
  agent::PhasePlan plan = phase == Phase::kDownloadSource ? downloadPlan(build, *spec, facts)
                                                          : commandPlan(build, *spec, phase);
  plan.phase = name(phase);
  plan.shell = spec->shell;
  plan.isolated = spec->isolated();
  return plan;
}

std::string failedDownloadLog(const Build& build, const PhaseContext& context, TimePoint now) {
  Lines lines = openingLines(build);
  if (context.statusCode == "CLIENT_ERROR") {
    return asAgentLog(lines, now) + context.statusCode + ": " + context.message + "\n";
  }
  if (context.statusCode != "YAML_FILE_ERROR") lines.push_back("Processing environment variables");
  return asAgentLog(lines, now) +
         phaseCompleteLog(Phase::kDownloadSource, PhaseStatus::kFailed, context, now);
}

std::string phaseCompleteLog(Phase phase, PhaseStatus status, const PhaseContext& context,
                             TimePoint now) {
  return asAgentLog(
      {"Phase complete: " + std::string(name(phase)) + " State: " + std::string(name(status)),
       "Phase context status code: " + context.statusCode + " Message: " + context.message},
      now);
}

std::string sourceDirectoryOf(const Build& build) {
  const unsigned long number = std::strtoul(build.id.uuid.substr(0, 8).c_str(), nullptr, 16);
  return "/codebuild/output/src" + std::to_string(std::max(number, 10UL)) + "/src";
}

}  // namespace kiln::runtime
