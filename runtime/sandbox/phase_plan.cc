#include "runtime/sandbox/phase_plan.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <string_view>

#include "runtime/buildspec/buildspec.h"
#include "runtime/buildspec/buildspec_phases.h"
#include "runtime/sandbox/artifacts_plan.h"
#include "runtime/sandbox/environment.h"

namespace kiln::runtime {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kInlineBuildspec = "/codebuild/readonly/buildspec.yml";

Result<std::string, PhaseContext> buildspecText(const Build& build, const SandboxFacts& facts) {
  if (formOf(build.spec.buildspec) == BuildspecForm::kInline) return build.spec.buildspec;
  if (facts.sources.buildspec) return *facts.sources.buildspec;
  return PhaseContext{"YAML_FILE_ERROR", build.spec.buildspec.empty()
                                             ? "YAML file does not exist"
                                             : "stat " + sourceDirectory(build) + "/" +
                                                   build.spec.buildspec +
                                                   ": no such file or directory"};
}

Result<Buildspec, PhaseContext> readBuildspec(const Build& build, const SandboxFacts& facts) {
  auto text = buildspecText(build, facts);
  if (!text.ok()) return text.error();
  auto spec = parseBuildspec(*text);
  if (!spec.ok()) return PhaseContext{"YAML_FILE_ERROR", spec.error().message};
  return std::move(*spec);
}

// Where the buildspec lies for all to see: in the source, or where an inline one is put.
std::string buildspecLocation(const Build& build, const SandboxFacts& facts) {
  if (!facts.sources.buildspecLocation.empty()) return facts.sources.buildspecLocation;
  const bool given =
      formOf(build.spec.buildspec) == BuildspecForm::kInline || facts.sources.buildspec.has_value();
  return given ? std::string(kInlineBuildspec) : std::string();
}

// Up to where a wrong buildspec ends the log (facts §4.2).
Lines openingLines(const Build& build, const SandboxFacts& facts, bool sourcesCame) {
  Lines lines = {"Running on CodeBuild On-demand", "Waiting for agent ping",
                 "Waiting for DOWNLOAD_SOURCE"};
  if (!sourcesCame) return lines;
  lines.push_back("Phase is DOWNLOAD_SOURCE");
  lines.push_back("CODEBUILD_SRC_DIR=" + sourceDirectory(build));
  for (const SourceInput& source : build.spec.sources) {
    if (source.identifier.empty()) continue;
    lines.push_back("CODEBUILD_SRC_DIR_" + source.identifier + "=" +
                    sourceDirectoryOf(build, source));
  }
  if (const auto location = buildspecLocation(build, facts); !location.empty()) {
    lines.push_back("YAML location is " + location);
  }
  return lines;
}

// Sections that mean something for this build and that Kiln leaves alone.
Lines idleSections(const Build& build, const Buildspec& spec) {
  Lines lines;
  if (spec.hasCache && !build.spec.cacheType.empty() && build.spec.cacheType != "NO_CACHE") {
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
  Lines lines = openingLines(build, facts, true);
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

std::vector<agent::TreeToMove> movesOf(const Build& build, const SandboxFacts& facts) {
  std::vector<agent::TreeToMove> moves;
  for (const DeliveredSource& delivered : facts.sources.sources) {
    for (const SourceInput& source : build.spec.sources) {
      if (source.identifier != delivered.identifier) continue;
      moves.push_back({delivered.arrivedAt, source.identifier.empty()
                                                ? sourceDirectory(build)
                                                : sourceDirectoryOf(build, source)});
    }
  }
  return moves;
}

agent::PhasePlan downloadPlan(const Build& build, const Buildspec& spec,
                              const SandboxFacts& facts) {
  SandboxEnvironment environment = makeEnvironment(build, spec, facts);
  agent::PhasePlan plan;
  plan.environment = std::move(environment.variables);
  plan.moves = movesOf(build, facts);
  plan.directories = {sourceDirectory(build), std::string(agent::kHandOverDirectory),
                      "/codebuild/readonly"};
  if (buildspecLocation(build, facts) == kInlineBuildspec) {
    plan.files = {{std::string(kInlineBuildspec), *buildspecText(build, facts)}};
  }
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

agent::PhasePlan artifactsPlan(const Build& build, const Buildspec& spec) {
  agent::PhasePlan plan;
  plan.environment = phaseEnvironment(build);
  plan.announce = false;
  if (spec.artifacts) addArtifacts(build, *spec.artifacts, plan);
  return plan;
}

agent::PhasePlan planOf(const Build& build, Phase phase, const Buildspec& spec,
                        const SandboxFacts& facts) {
  if (phase == Phase::kDownloadSource) return downloadPlan(build, spec, facts);
  if (phase == Phase::kUploadArtifacts) return artifactsPlan(build, spec);
  return commandPlan(build, spec, phase);
}

// Two to ten digits, always the same for the same uuid.
std::string digitsOf(const std::string& uuid) {
  const unsigned long number = std::strtoul(uuid.substr(0, 8).c_str(), nullptr, 16);
  return std::to_string(std::max(number, 10UL));
}

// What a provider adds to the directory: host and path of a repository, as GOPATH has them.
std::string providerPath(const SourceInput& source) {
  if (source.type == "S3" || source.type == "LOCAL_DIRECTORY") return "";
  std::string_view url = source.location;
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  if (const auto at = url.substr(0, url.find('/')).rfind('@'); at != std::string_view::npos)
    url.remove_prefix(at + 1);
  url = url.substr(0, url.find_first_of("?#"));
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with(".git")) url.remove_suffix(4);
  const bool plain = !url.empty() && url.find("..") == std::string_view::npos &&
                     url.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789-_.~/:%+@") == std::string_view::npos;
  return plain ? "/" + std::string(url) : "";
}

std::string asAgentLog(const Lines& lines, TimePoint now) {
  std::string log;
  for (const std::string& line : lines) log += agent::containerLine(toUnixMicros(now), line);
  return log;
}

}  // namespace

Result<agent::PhasePlan, PhaseContext> makePhasePlan(const Build& build, Phase phase,
                                                     const SandboxFacts& facts) {
  assert(phase == Phase::kDownloadSource || phase == Phase::kUploadArtifacts ||
         isBuildspecPhase(phase));
  const auto spec = readBuildspec(build, facts);
  if (!spec.ok()) return spec.error();
  if (auto context = unresolvedVariables(build, *spec)) return *context;
  agent::PhasePlan plan = planOf(build, phase, *spec, facts);
  plan.phase = name(phase);
  plan.shell = spec->shell;
  plan.isolated = spec->isolated();
  return plan;
}

std::string failedDownloadLog(const Build& build, const PhaseContext& context, TimePoint now) {
  const bool sourcesCame = context.statusCode != "CLIENT_ERROR";
  Lines lines = openingLines(build, {}, sourcesCame);
  if (!sourcesCame) {
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
  const auto& sources = build.spec.sources;
  const bool primary = !sources.empty() && sources.front().identifier.empty();
  return "/codebuild/output/src" + digitsOf(build.id.uuid) + "/src" +
         (primary ? providerPath(sources.front()) : "");
}

std::string sourceDirectoryOf(const Build& build, const SourceInput& secondary) {
  return "/codebuild/output/src" + digitsOf(nameUuid(build.id.uuid + "/" + secondary.identifier)) +
         "/src" + providerPath(secondary);
}

}  // namespace kiln::runtime
