// YamlDocument: the first document of a YAML text as a tree of values that is safe to walk, whatever the text holds.
//
// An alias points at the node it names, so nothing is copied and nothing can be multiplied; a node never contains itself. `<<` merges
// are done, and of a key given twice the last one counts. Limits on size, nodes and depth turn a bomb into an ordinary error.
// Values; a node lives as long as its document. Errors have the words of go-yaml, which is what CodeBuild shows (facts §1.2).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/result.h"
#include "runtime/buildspec/buildspec.h"

namespace kiln::runtime {

struct YamlNode;

struct YamlEntry {
  std::string key;
  int line = 0;  // of the key
  const YamlNode* value = nullptr;
};

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  int line = 0;      // from 1
  std::string text;  // a scalar's, as written: `yes` and `0.20` stay what they are; a null has none
  std::vector<const YamlNode*> items;  // a sequence's
  std::vector<YamlEntry> entries;      // a map's, in file order

  const YamlEntry* find(std::string_view key) const;
  bool isNull() const { return kind == Kind::kNull; }
  bool isMap() const { return kind == Kind::kMap; }
  bool isSequence() const { return kind == Kind::kSequence; }
  bool isText() const { return kind == Kind::kScalar || kind == Kind::kNull; }
};

class YamlDocument {
 public:
  static constexpr std::size_t kMaxBytes = 1048576;
  static constexpr std::size_t kMaxNodes = 100'000;

  // Never throws.
  static Result<YamlDocument, BuildspecError> parse(std::string_view text);

  const YamlNode& root() const { return nodes_.front(); }
  // What was accepted and does not count: a key given twice, a second document. One log line each.
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  friend class YamlBuilder;
  YamlDocument() = default;

  std::deque<YamlNode> nodes_;  // the first is the root
  std::vector<std::string> remarks_;
};

}  // namespace kiln::runtime
