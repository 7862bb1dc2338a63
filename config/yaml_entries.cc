#include "config/yaml_entries.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace kiln::config {
namespace {

class Reader {
 public:
  Reader(std::string file, std::vector<SettingsProblem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  std::vector<YamlEntry> read() {
    try {
      std::error_code unknown;
      if (std::filesystem::is_directory(file_, unknown)) throw YAML::BadFile(file_);
      auto documents = YAML::LoadAllFromFile(file_);
      if (documents.size() > 1)
        addProblem(file_, "holds more than one YAML document; one is allowed");
      if (!documents.empty()) addDocument(documents.front());
    } catch (const YAML::BadFile&) {
      addProblem(file_, "cannot be read");
    } catch (const YAML::Exception& error) {
      addProblem(placeOf(error.mark), "is not YAML: " + error.msg);
    }
    return std::move(entries_);
  }

 private:
  std::string placeOf(const YAML::Mark& mark) const {
    return mark.is_null() ? file_ : file_ + ":" + std::to_string(mark.line + 1);
  }

  void addProblem(std::string where, std::string what) {
    problems_.push_back({std::move(where), std::move(what)});
  }

  void addDocument(const YAML::Node& root) {
    if (root.IsNull()) return;
    if (!root.IsMap())
      return addProblem(placeOf(root.Mark()), "must be a mapping of " + namesIn(""));
    for (const auto& item : root) {
      const YAML::Node key = item.first;
      const YAML::Node node = item.second;
      auto name = keyOf(key, "");
      if (!name) continue;
      if (findSetting(*name) != nullptr) {
        addValue(*name, placeOf(key.Mark()), node);
      } else if (namesIn(*name).empty()) {
        addProblem(placeOf(key.Mark()), "unknown key " + *name + "; allowed: " + namesIn(""));
      } else {
        addSection(*name, placeOf(key.Mark()), node);
      }
    }
  }

  void addSection(const std::string& section, const std::string& where, const YAML::Node& node) {
    if (node.IsNull()) return;  // a section whose keys are all commented out
    if (!node.IsMap())
      return addProblem(where, section + " must be a mapping of " + namesIn(section));
    for (const auto& item : node) {
      if (auto name = keyOf(item.first, section + ".")) {
        addValue(*name, placeOf(item.first.Mark()), item.second);
      }
    }
  }

  // The whole name of a key; nullopt (and a problem) when it is no text or was there before.
  std::optional<std::string> keyOf(const YAML::Node& key, const std::string& prefix) {
    if (!key.IsScalar()) {
      addProblem(placeOf(key.Mark()), "a key must be text");
      return std::nullopt;
    }
    auto name = prefix + key.Scalar();
    if (seen_.insert(name).second) return name;
    addProblem(placeOf(key.Mark()), name + " is given twice");
    return std::nullopt;
  }

  void addValue(const std::string& name, const std::string& where, const YAML::Node& node) {
    if (auto value = valueOf(node)) {
      entries_.push_back({name, where, *std::move(value)});
    } else {
      addProblem(where, name + (node.IsNull() ? " has no value"
                                              : " holds a value that is not plain text"));
    }
  }

  static std::optional<RawValue> valueOf(const YAML::Node& node) {
    if (node.IsScalar()) return node.Scalar();
    if (node.IsSequence()) {
      std::vector<std::string> items;
      for (const auto& item : node) {
        if (!item.IsScalar()) return std::nullopt;
        items.push_back(item.Scalar());
      }
      return items;
    }
    if (!node.IsMap()) return std::nullopt;
    Pairs pairs;
    for (const auto& item : node) {
      if (!item.first.IsScalar() || !item.second.IsScalar()) return std::nullopt;
      pairs.emplace_back(item.first.Scalar(), item.second.Scalar());
    }
    return pairs;
  }

  std::string file_;
  std::vector<SettingsProblem>& problems_;
  std::vector<YamlEntry> entries_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<YamlEntry> readYaml(const std::filesystem::path& file,
                                std::vector<SettingsProblem>& problems) {
  return Reader(file.string(), problems).read();
}

}  // namespace kiln::config
