#include "runtime/buildspec/buildspec_values.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/buildspec/buildspec_keys.h"

namespace kiln::runtime {
namespace {

bool isTrue(const YamlNode& node) {
  static constexpr std::array<std::string_view, 5> kTrue = {"yes", "true", "on", "y", "1"};
  std::string lower = node.text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return node.isText() && std::ranges::find(kTrue, lower) != kTrue.end();
}

}  // namespace

bool BuildspecValues::given(const YamlNode& map, std::string_view key) {
  const YamlEntry* entry = map.find(key);
  return entry != nullptr && !entry->value->isNull();
}

std::string BuildspecValues::found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return "string";
    case YamlNode::Kind::kSequence: return "list";
    case YamlNode::Kind::kMap: return "subkeys";
  }
  unreachable();
}

void BuildspecValues::fail(std::string message) {
  if (!error_) error_ = BuildspecError{std::move(message)};
}

void BuildspecValues::wrongType(std::string_view what, std::string_view expected,
                                const YamlNode& node) {
  fail("Expected " + std::string(what) + " to be of " + std::string(expected) + " type: found " +
       found(node) + " instead at line " + std::to_string(node.line));
}

const YamlNode* BuildspecValues::section(const YamlNode& map, std::string_view key,
                                         std::string_view what) {
  if (!given(map, key)) return nullptr;
  const YamlNode& node = *map.find(key)->value;
  if (node.isMap()) return &node;
  wrongType(what, "mapping", node);
  return nullptr;
}

std::string BuildspecValues::text(const YamlNode& node, const std::string& what) {
  if (!node.isText()) {
    wrongType(what, "string", node);
  } else if (node.text.find('\0') != std::string::npos) {
    fail(what + " on line " + std::to_string(node.line) + " holds a NUL character");
  }
  taken_ += node.text.size() + sizeof node.text;
  if (taken_ > kMaxBytes) fail("the values of the buildspec add up to more than 16 MiB");
  return error_ ? std::string() : node.text;
}

std::string BuildspecValues::textOf(const YamlNode& map, std::string_view key,
                                    const std::string& what) {
  return given(map, key) ? text(*map.find(key)->value, what) : std::string();
}

std::vector<std::string> BuildspecValues::listOf(const YamlNode& map, std::string_view key,
                                                 const std::string& what) {
  std::vector<std::string> list;
  if (!given(map, key)) return list;
  const YamlNode& node = *map.find(key)->value;
  if (!node.isSequence()) {
    wrongType(what, "list", node);
    return list;
  }
  for (const YamlNode* item : node.items) {
    if (error_) break;
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

bool BuildspecValues::flagOf(const YamlNode& map, std::string_view key, const std::string& what) {
  if (!given(map, key)) return false;
  const YamlNode& node = *map.find(key)->value;
  const bool yes = isTrue(node);
  if (!yes && !isFalse(node)) wrongType(what, "boolean", node);
  return yes;
}

}  // namespace kiln::runtime
