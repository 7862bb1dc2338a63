// The keys of a buildspec (facts §1.2): which ones CodeBuild knows, in which section, and which of them Kiln does not act on yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/buildspec/yaml_document.h"

namespace kiln::runtime {

// Finds what a buildspec says in vain. Sections are visited in file order, the whole document first.
class BuildspecKeys {
 public:
  BuildspecKeys(const YamlNode& root, std::string_view version);

  // The log lines, those of facts §4.4 first.
  std::vector<std::string> warnings() &&;

 private:
  void section(std::string_view title, const YamlNode& node,
               const std::vector<std::string_view>& known);
  void topLevel(const YamlEntry& entry);
  void phases(const YamlNode& node);
  void artifacts(const YamlNode& node, std::string_view version);
  void notActedOn(const YamlEntry& entry, std::string_view where);

  std::string unidentified_;
  std::vector<std::string> idle_;
};

// no, false, off and a null, as YAML 1.1 has them.
bool isFalse(const YamlNode& node);

}  // namespace kiln::runtime
