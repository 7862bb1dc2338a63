#include "runtime/buildspec/buildspec.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/buildspec/buildspec_keys.h"
#include "runtime/buildspec/buildspec_phases.h"
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
      return BuildspecError{"Expected the buildspec to be of mapping type: found " + found(root_) +
                            " instead at line " + std::to_string(root_.line)};
    }
    version();
    if (const YamlNode* old = section(root_, "environment_variables", "Environment_variables");
        old != nullptr && spec_.isolated()) {
      variables(*old, "plaintext", "Plaintext");
    }
    environment();
    phases();
    spec_.hasArtifacts = given(root_, "artifacts");
    spec_.hasCache = given(root_, "cache");
    if (error_) return *error_;
    return std::move(spec_);
  }

 private:
  static std::string found(const YamlNode& node) {
    switch (node.kind) {
      case YamlNode::Kind::kNull: return "nothing";
      case YamlNode::Kind::kScalar: return "string";
      case YamlNode::Kind::kSequence: return "list";
      case YamlNode::Kind::kMap: return "subkeys";
    }
    unreachable();
  }

  static bool given(const YamlNode& map, std::string_view key) {
    const YamlEntry* entry = map.find(key);
    return entry != nullptr && !entry->value->isNull();
  }

  void fail(std::string message) {
    if (!error_) error_ = BuildspecError{std::move(message)};
  }

  void wrongType(std::string_view what, std::string_view expected, const YamlNode& node) {
    fail("Expected " + std::string(what) + " to be of " + std::string(expected) + " type: found " +
         found(node) + " instead at line " + std::to_string(node.line));
  }

  // The map under `key`; null when absent, empty or not a map.
  const YamlNode* section(const YamlNode& map, std::string_view key, std::string_view what) {
    if (!given(map, key)) return nullptr;
    const YamlNode& node = *map.find(key)->value;
    if (node.isMap()) return &node;
    wrongType(what, "mapping", node);
    return nullptr;
  }

  // A value that is handed to a process, which takes no NUL.
  std::string text(const YamlNode& node, const std::string& what) {
    if (!node.isText()) {
      wrongType(what, "string", node);
    } else if (node.text.find('\0') != std::string::npos) {
      fail(what + " on line " + std::to_string(node.line) + " holds a NUL character");
    }
    return node.text;
  }

  void version() {
    if (!given(root_, "version")) {
      return fail("the buildspec has no version: it should begin with 'version: 0.2'");
    }
    spec_.version = text(*root_.find("version")->value, "Version");
    if (spec_.version != "0.1" && spec_.version != "0.2") {
      fail("the buildspec has version '" + quotable(spec_.version) + "': only 0.2 and 0.1 exist");
    }
  }

  void variables(const YamlNode& parent, std::string_view key, const std::string& what) {
    const YamlNode* map = section(parent, key, what);
    if (map == nullptr) return;
    for (const YamlEntry& entry : map->entries) {
      const std::string value = text(*entry.value, what + "[" + quotable(entry.key) + "]");
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
    const YamlNode* map = section(env, key, what);
    if (map == nullptr) return;
    for (const YamlEntry& entry : map->entries) {
      out.push_back({entry.key, text(*entry.value, what + "[" + quotable(entry.key) + "]")});
    }
  }

  void environment() {
    const YamlNode* env = section(root_, "env", "Env");
    if (env == nullptr) return;
    if (given(*env, "shell")) shell(*env->find("shell")->value);
    variables(*env, "variables", "Variables");
    references(*env, "parameter-store", "Parameter-store", spec_.parameterStore);
    references(*env, "secrets-manager", "Secrets-manager", spec_.secretsManager);
  }

  void shell(const YamlNode& node) {
    static constexpr std::array<std::string_view, 3> kShells = {"bash", "/bin/sh", "sh"};
    spec_.shell = text(node, "Shell");
    if (std::ranges::find(kShells, spec_.shell) == kShells.end()) {
      fail("env.shell on line " + std::to_string(node.line) + " is '" + quotable(spec_.shell) +
           "': a Linux build runs its commands with bash, sh or /bin/sh");
    }
  }

  void phases() {
    if (!given(root_, "phases")) return fail(std::string(kNoPhases));
    const YamlNode* map = section(root_, "phases", "Phases");
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
      wrongType("phase " + entry.key, "mapping", node);
      return {};
    }
    if (entry.key == "install") spec_.hasRuntimeVersions = given(node, "runtime-versions");
    return {commands(node, "commands", "Commands"), commands(node, "finally", "Finally")};
  }

  std::vector<std::string> commands(const YamlNode& phase, std::string_view key,
                                    const std::string& what) {
    std::vector<std::string> list;
    if (!given(phase, key)) return list;
    const YamlNode& node = *phase.find(key)->value;
    if (!node.isSequence()) {
      wrongType(what, "list", node);
      return list;
    }
    for (const YamlNode* item : node.items) {
      const std::string name = what + "[" + std::to_string(list.size()) + "]";
      if (item->isMap()) {
        fail("Expected " + name + " to be of string type: found subkeys instead at line " +
             std::to_string(item->line) + ", value of the key tag on line " +
             std::to_string(item->line - 1) + " might be empty");
      }
      list.push_back(text(*item, name));
    }
    return list;
  }

  const YamlNode& root_;
  Buildspec spec_;
  std::map<std::string, std::size_t, std::less<>> variableAt_;
  std::optional<BuildspecError> error_;
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
