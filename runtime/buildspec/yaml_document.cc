#include "runtime/buildspec/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "runtime/buildspec/yaml_text.h"

namespace kiln::runtime {
namespace {

// How yaml-cpp's words begin, and go-yaml's words for the same mistake.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"illegal map value", "mapping values are not allowed in this context"},
    {"illegal map key", "mapping keys are not allowed in this context"},
    {"illegal block entry", "block sequence entries are not allowed in this context"},
    {"end of map flow not found", "did not find expected ',' or '}'"},
    {"end of map not found", "did not find expected key"},
    {"end of sequence flow not found", "did not find expected ',' or ']'"},
    {"end of sequence not found", "did not find expected '-' indicator"},
    {"illegal tab when looking", "found character that cannot start any token"},
    {"unknown token", "found character that cannot start any token"},
    {"illegal flow end", "did not find expected node content"},
    {"illegal EOF in scalar", "found unexpected end of stream"},
    {"illegal document indicator", "found unexpected document indicator"},
    {"illegal character in scalar", "found character that cannot start any token"},
    {"alias not found after *", "did not find expected alphabetic or numeric character"},
    {"anchor not found after &", "did not find expected alphabetic or numeric character"},
    {"illegal character found while scanning alias",
     "did not find expected alphabetic or numeric character"},
    {"illegal character found while scanning anchor",
     "did not find expected alphabetic or numeric character"},
    {"the referenced anchor is not defined", "unknown anchor referenced"},
    {"unexpected character in block scalar", "did not find expected comment or line break"},
    {"cannot set zero indentation", "found an indentation indicator equal to 0"},
    {"bad character found while scanning hex", "did not find expected hexdecimal number"},
    {"invalid unicode", "found invalid Unicode character escape code"},
    {"unknown escape character", "found unknown escape character"},
    {"illegal character found while scanning tag", "did not find expected tag URI"},
    {"tag handle with no suffix", "did not find expected tag URI"},
    {"end of verbatim tag not found", "did not find the expected '>'"},
    {"YAML major version too large", "found incompatible YAML document"},
    {"repeated YAML directive", "found duplicate %YAML directive"},
    {"repeated TAG directive", "found duplicate %TAG directive"},
    {"bad file", "exceeded the depth that a buildspec may be nested to"},
};

BuildspecError at(std::string_view words, int line) {
  return {std::string(words) + " at line " + std::to_string(line)};
}

// The text's line `number`, counted from 0.
std::string_view lineOf(std::string_view text, int number) {
  for (; number > 0; --number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

BuildspecError inGoWords(const YAML::Exception& e, std::string_view text) {
  const int line = std::max(e.mark.line, 0);
  const std::string_view wrong = lineOf(text, line);
  if (wrong.substr(0, wrong.find_first_not_of(" \t")).find('\t') != std::string_view::npos) {
    return at("found character that cannot start any token", line);
  }
  if (e.msg == YAML::ErrorMsg::DOC_IN_SCALAR && line >= std::ranges::count(text, '\n')) {
    return at("found unexpected end of stream", line);  // what stopped it is kEnd
  }
  const auto known = std::ranges::find_if(
      kWords, [&e](const auto& words) { return e.msg.starts_with(words.first); });
  return at(known == std::end(kWords) ? e.msg : known->second, line);
}

// Put after a text that ends with a line break: yaml-cpp takes a quoted scalar that is still open there for finished.
constexpr std::string_view kEnd = "...\n";

struct Refused {
  BuildspecError error;
};

// Notices only that there is a document.
class NoBuilder : public YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Is there anything, well-formed or not, after the document that was read?
bool anotherDocument(YAML::Parser& parser) {
  NoBuilder next;
  try {
    return parser.HandleNextDocument(next);
  } catch (const YAML::Exception&) {
    return true;
  }
}

}  // namespace

class YamlBuilder : public YAML::EventHandler {
 public:
  explicit YamlBuilder(YamlDocument& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(make(YamlNode::Kind::kNull, mark, anchor), mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode* node = make(YamlNode::Kind::kScalar, mark, anchor);
    node->text = value;
    place(node, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const YamlNode* target = anchors_.at(anchor);
    for (const Open& open : open_) {
      if (open.node == target) throw Refused{at("anchor value contains itself", mark.line)};
    }
    charge(target->text.size(), mark);
    place(target, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::kSequence, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override {
    YamlNode& map = *open_.back().node;
    open_.pop_back();
    merge(map);
    keepLast(map);
  }

 private:
  struct Open {
    YamlNode* node;
    bool keyGiven = false;  // a map that waits for the key's value
  };

  void count(const YAML::Mark& mark) {
    if (++count_ > YamlDocument::kMaxNodes) {
      throw Refused{
          at("the buildspec has more than " + std::to_string(YamlDocument::kMaxNodes) + " values",
             mark.line)};
    }
  }

  // Text that an alias or a merge repeats.
  void charge(std::size_t bytes, const YAML::Mark& mark) {
    repeated_ += bytes;
    if (repeated_ > YamlDocument::kMaxBytes) {
      throw Refused{at("the buildspec's aliases repeat more than " +
                           std::to_string(YamlDocument::kMaxBytes) + " bytes",
                       mark.line)};
    }
  }

  YamlNode* make(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    count(mark);
    YamlNode& node = document_.nodes_.emplace_back();
    node.kind = kind;
    node.line = mark.line + 1;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return &node;
  }

  void begin(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode* node = make(kind, mark, anchor);
    place(node, mark);
    open_.push_back({node});
  }

  // Puts a finished or just begun node where it belongs: into the innermost open one.
  void place(const YamlNode* node, const YAML::Mark& mark) {
    if (open_.empty()) return;
    Open& parent = open_.back();
    if (parent.node->isSequence()) {
      parent.node->items.push_back(node);
    } else if (parent.keyGiven) {
      parent.node->entries.back().value = node;
      parent.keyGiven = false;
    } else if (node->isText()) {
      count(mark);
      parent.node->entries.push_back({node->text, mark.line + 1, nullptr});
      parent.keyGiven = true;
    } else {
      throw Refused{at("invalid map key", mark.line)};
    }
  }

  // `<<: *other` and `<<: [*one, *two]`: entries that the map does not give itself.
  void merge(YamlNode& map) {
    const YamlEntry* given = map.find("<<");
    if (given == nullptr) return;
    const YamlNode* from = given->value;
    const int line = given->line;
    std::erase_if(map.entries, [](const YamlEntry& entry) { return entry.key == "<<"; });
    const std::vector<const YamlNode*> sources =
        from->isSequence() ? from->items : std::vector<const YamlNode*>{from};
    std::set<std::string, std::less<>> present;
    for (const YamlEntry& entry : map.entries) present.insert(entry.key);
    for (const YamlNode* source : sources) {
      if (!source->isMap())
        throw Refused{at("map merge requires map or sequence of maps as the value", line - 1)};
      for (const YamlEntry& entry : source->entries) {
        count({});
        charge(entry.key.size(), {});
        if (present.insert(entry.key).second) map.entries.push_back(entry);
      }
    }
  }

  void keepLast(YamlNode& map) {
    std::unordered_map<std::string_view, std::size_t> last;
    bool twice = false;
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      const auto [found, fresh] = last.try_emplace(map.entries[i].key, i);
      if (fresh) continue;
      document_.remarks_.push_back("The key '" + map.entries[i].key +
                                   "' is given twice, on lines " +
                                   std::to_string(map.entries[found->second].line) + " and " +
                                   std::to_string(map.entries[i].line) + ": the last one counts");
      found->second = i;
      twice = true;
    }
    if (!twice) return;
    std::vector<YamlEntry> kept;
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      if (last.at(map.entries[i].key) == i) kept.push_back(map.entries[i]);
    }
    map.entries = std::move(kept);
  }

  YamlDocument& document_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
  std::size_t count_ = 0;
  std::size_t repeated_ = 0;
};

const YamlEntry* YamlNode::find(std::string_view key) const {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->key == key) return &*entry;
  }
  return nullptr;
}

Result<YamlDocument, BuildspecError> YamlDocument::parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return BuildspecError{"the buildspec has " + std::to_string(text.size()) +
                          " bytes, more than the " + std::to_string(kMaxBytes) +
                          " that Kiln reads"};
  }
  text = withoutByteOrderMark(text);
  if (auto wrong = checkYamlText(text)) return *wrong;
  YamlDocument document;
  std::istringstream in(std::string(text) + std::string(text.ends_with('\n') ? kEnd : ""));
  try {
    YAML::Parser parser(in);
    YamlBuilder builder(document);
    parser.HandleNextDocument(builder);
    if (document.nodes_.empty()) document.nodes_.emplace_back();
    if (anotherDocument(parser)) {
      document.remarks_.push_back(
          "The buildspec has more than one YAML document: the first one counts");
    }
  } catch (const YAML::Exception& e) {
    return inGoWords(e, text);
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const std::exception& e) {
    return BuildspecError{std::string("the buildspec cannot be read: ") + e.what()};
  }
  return document;
}

}  // namespace kiln::runtime
