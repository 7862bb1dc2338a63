#include "runtime/buildspec/buildspec_keys.h"

#include <algorithm>
#include <cctype>

#include "runtime/buildspec/buildspec_phases.h"
#include "runtime/buildspec/yaml_text.h"

namespace kiln::runtime {
namespace {

using Keys = std::vector<std::string_view>;

const Keys kTop = {"version", "run-as",  "env",       "proxy", "batch",
                   "phases",  "reports", "artifacts", "cache"};
const Keys kEnv = {"shell",           "variables",          "parameter-store",
                   "secrets-manager", "exported-variables", "git-credential-helper"};
const Keys kProxy = {"upload-artifacts", "logs"};
const Keys kBatch = {"fast-fail", "build-graph", "build-list", "build-matrix", "build-fanout"};
const Keys kPhases = {"install", "pre_build", "build", "post_build"};
const Keys kPhase = {"run-as", "on-failure", "commands", "finally"};
const Keys kInstall = {"run-as", "on-failure", "runtime-versions", "commands", "finally"};
const Keys kReport = {"files", "base-directory", "discard-paths", "file-format"};
const Keys kArtifacts = {
    "files",           "name",      "discard-paths",      "base-directory", "exclude-paths",
    "enable-symlinks", "s3-prefix", "secondary-artifacts"};
const Keys kCache = {"key", "fallback-keys", "action", "paths"};

// Bytes of the block of §4.4 after which no further section is listed: aliases may repeat one without end.
constexpr std::size_t kEnough = 65536;

Keys with(Keys keys, std::string_view more) {
  keys.push_back(more);
  return keys;
}

std::string upperCase(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return upper;
}

}  // namespace

bool isFalse(const YamlNode& node) {
  static const Keys kFalse = {"no", "false", "off", "n", "0"};
  if (node.isNull()) return true;
  std::string lower = node.text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return node.isText() && std::ranges::find(kFalse, lower) != kFalse.end();
}

BuildspecKeys::BuildspecKeys(const YamlNode& root, std::string_view version) {
  const bool old = version == "0.1";
  section("buildspec", root, old ? with(kTop, "environment_variables") : kTop);
  for (const YamlEntry& entry : root.entries) {
    if (entry.key == "artifacts") {
      artifacts(*entry.value, version);
    } else {
      topLevel(entry);
    }
  }
}

std::vector<std::string> BuildspecKeys::warnings() && {
  std::vector<std::string> lines;
  if (!unidentified_.empty()) {
    lines.push_back("Found possible syntax errors in buildspec: " + unidentified_);
  }
  std::ranges::move(idle_, std::back_inserter(lines));
  return lines;
}

void BuildspecKeys::section(std::string_view title, const YamlNode& node, const Keys& known) {
  if (unidentified_.size() > kEnough) return;
  std::string strangers;
  for (const YamlEntry& entry : node.entries) {
    if (std::ranges::find(known, entry.key) == known.end())
      strangers += "\n        " + quotable(entry.key);
  }
  if (strangers.empty()) return;
  unidentified_ += "\nIn the section " + std::string(title) +
                   "\n    The following keys cannot be identified:" + strangers;
}

void BuildspecKeys::topLevel(const YamlEntry& entry) {
  const YamlNode& node = *entry.value;
  if (entry.key == "run-as") {
    notActedOn(entry, "");
  } else if (entry.key == "environment_variables") {
    section(entry.key, node, {"plaintext"});
  } else if (entry.key == "env") {
    section(entry.key, node, kEnv);
    for (const YamlEntry& child : node.entries) {
      if (child.key == "exported-variables") notActedOn(child, " of env");
      if (child.key == "git-credential-helper") notActedOn(child, " of env");
    }
  } else if (entry.key == "proxy") {
    section(entry.key, node, kProxy);
    for (const YamlEntry& child : node.entries) {
      if (std::ranges::find(kProxy, child.key) != kProxy.end()) notActedOn(child, " of proxy");
    }
  } else if (entry.key == "batch") {
    section(entry.key, node,
            kBatch);  // a build that is none of a batch passes over it (facts §1.9)
  } else if (entry.key == "reports") {
    for (const YamlEntry& group : node.entries) section(entry.key, *group.value, kReport);
    notActedOn(entry, "");
  } else if (entry.key == "cache") {
    section(entry.key, node, kCache);
  } else if (entry.key == "phases") {
    phases(node);
  }
}

void BuildspecKeys::phases(const YamlNode& node) {
  section("phases", node, kPhases);
  for (const YamlEntry& phase : node.entries) {
    if (!buildspecPhaseFromKey(phase.key)) continue;
    const std::string title = upperCase(phase.key);
    const Keys& known = phase.key == "install" ? kInstall : kPhase;
    section(title, *phase.value, known);
    for (const YamlEntry& entry : phase.value->entries) {
      const bool acted = entry.key == "commands" || entry.key == "finally";
      if (!acted && std::ranges::find(known, entry.key) != known.end()) {
        notActedOn(entry, " of the phase " + title);
      }
    }
  }
}

void BuildspecKeys::artifacts(const YamlNode& node, std::string_view version) {
  section("artifacts", node, version == "0.1" ? with(kArtifacts, "type") : kArtifacts);
  const YamlEntry* secondary = node.find("secondary-artifacts");
  if (secondary == nullptr) return;
  for (const YamlEntry& one : secondary->value->entries) {
    section("secondary-artifacts", *one.value, kArtifacts);
  }
}

void BuildspecKeys::notActedOn(const YamlEntry& entry, std::string_view where) {
  if (isFalse(*entry.value)) return;
  idle_.push_back("Kiln does not act on '" + entry.key + "'" + std::string(where) +
                  " in the buildspec yet (line " + std::to_string(entry.line) + ")");
}

}  // namespace kiln::runtime
