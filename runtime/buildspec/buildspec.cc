#include "runtime/buildspec/buildspec.h"

#include <algorithm>
#include <array>

#include "runtime/buildspec/buildspec_keys.h"
#include "runtime/buildspec/buildspec_phases.h"
#include "runtime/buildspec/buildspec_values.h"
#include "runtime/buildspec/yaml_document.h"
#include "runtime/buildspec/yaml_text.h"

namespace kiln::runtime {
namespace {

// CodeBuild's answer to a buildspec without its one top-level container, `phases`.
constexpr std::string_view kNoPhases = "wrong number of container tags, expected 1";

// Walks a document once; the first mistake it meets is the one that is told.
class BuildspecReader {
 public:
  explicit BuildspecReader(const YamlDocument& document) : root_(document.root()) {}

  Result<Buildspec, BuildspecError> read() {
    if (root_.isNull()) return BuildspecError{std::string(kNoPhases)};
    if (!root_.isMap()) {
      return BuildspecError{"Expected the buildspec to be of mapping type: found " +
                            BuildspecValues::found(root_) + " instead at line " +
                            std::to_string(root_.line)};
    }
    version();
    if (const YamlNode* old =
            values_.section(root_, "environment_variables", "Environment_variables");
        old != nullptr && spec_.isolated()) {
      variables(*old, "plaintext", "Plaintext");
    }
    environment();
    phases();
    if (const YamlNode* artifacts = values_.section(root_, "artifacts", "Artifacts")) {
      spec_.artifacts = readArtifacts(*artifacts, values_);
    }
    spec_.hasCache = values_.given(root_, "cache");
    if (values_.error()) return *values_.error();
    return std::move(spec_);
  }

 private:
  void version() {
    if (!values_.given(root_, "version")) {
      return values_.fail("the buildspec has no version: it should begin with 'version: 0.2'");
    }
    spec_.version = values_.text(*root_.find("version")->value, "Version");
    if (spec_.version != "0.1" && spec_.version != "0.2") {
      values_.fail("the buildspec has version '" + quotable(spec_.version) +
                   "': only 0.2 and 0.1 exist");
    }
  }

  void variables(const YamlNode& parent, std::string_view key, const std::string& what) {
    const YamlNode* map = values_.section(parent, key, what);
    if (map == nullptr) return;
    for (const YamlEntry& entry : map->entries) {
      const std::string value = values_.text(*entry.value, what + "[" + quotable(entry.key) + "]");
      const auto [known, fresh] = variableAt_.try_emplace(entry.key, spec_.variables.size());
      if (fresh) {
        spec_.variables.emplace_back(entry.key, value);
      } else {
        spec_.variables[known->second].second = value;
      }
    }
  }

  void references(const YamlNode& env, std::string_view key, const std::string& what,
                  std::vector<BuildspecReference>& out) {
    const YamlNode* map = values_.section(env, key, what);
    if (map == nullptr) return;
    for (const YamlEntry& entry : map->entries) {
      out.push_back(
          {entry.key, values_.text(*entry.value, what + "[" + quotable(entry.key) + "]")});
    }
  }

  void environment() {
    const YamlNode* env = values_.section(root_, "env", "Env");
    if (env == nullptr) return;
    if (values_.given(*env, "shell")) shell(*env->find("shell")->value);
    variables(*env, "variables", "Variables");
    references(*env, "parameter-store", "Parameter-store", spec_.parameterStore);
    references(*env, "secrets-manager", "Secrets-manager", spec_.secretsManager);
  }

  void shell(const YamlNode& node) {
    static constexpr std::array<std::string_view, 3> kShells = {"bash", "/bin/sh", "sh"};
    spec_.shell = values_.text(node, "Shell");
    if (std::ranges::find(kShells, spec_.shell) == kShells.end()) {
      values_.fail("env.shell on line " + std::to_string(node.line) + " is '" +
                   quotable(spec_.shell) +
                   "': a Linux build runs its commands with bash, sh or /bin/sh");
    }
  }

  void phases() {
    if (!values_.given(root_, "phases")) return values_.fail(std::string(kNoPhases));
    const YamlNode* map = values_.section(root_, "phases", "Phases");
    if (map == nullptr) return;
    for (const YamlEntry& entry : map->entries) {
      const auto phase = buildspecPhaseFromKey(entry.key);
      if (phase) spec_.phases[*phase] = readPhase(entry);
    }
  }

  BuildspecPhase readPhase(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    if (node.isNull()) return {};
    if (!node.isMap()) {
      values_.wrongType("phase " + entry.key, "mapping", node);
      return {};
    }
    if (entry.key == "install") spec_.hasRuntimeVersions = values_.given(node, "runtime-versions");
    return {values_.listOf(node, "commands", "Commands"),
            values_.listOf(node, "finally", "Finally")};
  }

  const YamlNode& root_;
  Buildspec spec_;
  std::map<std::string, std::size_t, std::less<>> variableAt_;
  BuildspecValues values_;
};

bool isMapping(std::string_view text) {
  const auto document = YamlDocument::parse(text);
  return document.ok() && document->root().isMap();
}

}  // namespace

Result<Buildspec, BuildspecError> parseBuildspec(std::string_view text) {
  auto document = YamlDocument::parse(text);
  if (!document.ok()) return std::move(document).error();
  auto spec = BuildspecReader(*document).read();
  if (!spec.ok()) return spec;
  spec->warnings = BuildspecKeys(document->root(), spec->version).warnings();
  std::ranges::copy(document->remarks(), std::back_inserter(spec->warnings));
  return spec;
}

BuildspecForm formOf(std::string_view buildspec) {
  if (buildspec.empty()) return BuildspecForm::kAbsent;
  if (buildspec.starts_with("arn:") && buildspec.find(":s3:::") != std::string_view::npos) {
    return BuildspecForm::kS3Arn;
  }
  const std::string_view text = withoutByteOrderMark(buildspec);
  // One line that means to be a mapping and is not well-formed is still no path.
  const bool mapping = text.find_first_of("\n\r") != std::string_view::npos ||
                       text.starts_with('{') || text.find(": ") != std::string_view::npos ||
                       isMapping(text);
  return mapping ? BuildspecForm::kInline : BuildspecForm::kPath;
}

}  // namespace kiln::runtime
