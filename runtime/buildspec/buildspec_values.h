// BuildspecValues: takes typed values out of a buildspec's tree and keeps the first mistake it meets, in CodeBuild's words and with its
// line (facts §1.2). After a mistake the values are unspecified, and reading on is harmless.
//
// Owner: the parse under way. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/buildspec/buildspec.h"
#include "runtime/buildspec/yaml_document.h"

namespace kiln::runtime {

class BuildspecValues {
 public:
  // What all values of a buildspec may add up to: aliases may repeat one without end.
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

  // The key is there and has a value.
  static bool given(const YamlNode& map, std::string_view key);
  // What the node is, as a message calls it.
  static std::string found(const YamlNode& node);

  void fail(std::string message);
  void wrongType(std::string_view what, std::string_view expected, const YamlNode& node);
  const std::optional<BuildspecError>& error() const { return error_; }

  // The map under `key`; null when absent, empty or not a map.
  const YamlNode* section(const YamlNode& map, std::string_view key, std::string_view what);
  // A value that is handed to a process, which takes no NUL.
  std::string text(const YamlNode& node, const std::string& what);
  // What is under `key`; empty, and no, when nothing is.
  std::string textOf(const YamlNode& map, std::string_view key, const std::string& what);
  std::vector<std::string> listOf(const YamlNode& map, std::string_view key,
                                  const std::string& what);
  bool flagOf(const YamlNode& map, std::string_view key, const std::string& what);

 private:
  std::size_t taken_ = 0;
  std::optional<BuildspecError> error_;
};

}  // namespace kiln::runtime
