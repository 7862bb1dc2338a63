#include "api/ssm/filters.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "api/model/json_access.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;
using Words = std::vector<std::string_view>;

std::string joined(const Words& words) {
  std::string text;
  for (const auto word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return "[" + text + "]";
}

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Words optionsOf(const std::string& key) {
  if (key == "Path") return {"Recursive", "OneLevel"};
  if (key == "Name") return {"BeginsWith", "Equals", "Contains"};
  if (key == "KeyId") return {"BeginsWith", "Equals"};
  return {"Equals"};
}

Words valuesOf(const std::string& key) {
  if (key == "Tier") return {"Standard", "Advanced", "Intelligent-Tiering"};
  if (key == "Type") return {"String", "StringList", "SecureString"};
  return {};
}

Refusal checkKey(const std::string& key, FilterUse use) {
  const Words described{"Path", "Name", "Type", "KeyId", "Tier", "DataType"};
  const Words byPath{"Type", "KeyId", "Label"};
  const bool tag = key.starts_with("tag:");
  if (use == FilterUse::kDescribe ? tag || contains(described, key) : contains(byPath, key))
    return std::nullopt;
  return ServiceError{"InvalidFilterKey",
                      "The following filter key is not valid: " + key +
                          ". Valid filter keys include: " +
                          joined(use == FilterUse::kDescribe ? described : byPath) + "."};
}

Refusal checkFilter(const Filter& filter, FilterUse use) {
  if (auto bad = checkKey(filter.key, use)) return bad;
  if (filter.values.empty() && !filter.key.starts_with("tag:")) {
    return ServiceError{
        "InvalidFilterValue",
        "The following filter values are missing : null for filter key " + filter.key + "."};
  }
  const Words options = optionsOf(filter.key);
  if (!contains(options, filter.option)) {
    return ServiceError{"InvalidFilterOption",
                        "The following filter option is not valid: " + filter.option +
                            ". Valid options include: " + joined(options) + "."};
  }
  const Words values = valuesOf(filter.key);
  for (const auto& value : filter.values) {
    if (filter.key == "Path") {
      if (auto bad = checkPath(value)) return bad;
    }
    if (values.empty() || contains(values, value)) continue;
    return ServiceError{"InvalidFilterOption", "The following filter value is not valid: " + value +
                                                   ". Valid values include: " + joined(values) +
                                                   "."};
  }
  return std::nullopt;
}

std::string withSlash(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

bool nameMatches(const std::string& name, const Filter& filter, const std::string& value) {
  if (filter.option == "Contains") return name.find(value) != std::string::npos;
  if (filter.option == "BeginsWith") return withSlash(name).starts_with(withSlash(value));
  return withSlash(name) == withSlash(value);
}

bool matches(const Parameter& parameter, const Filter& filter, const std::string& value) {
  const Version& latest = parameter.latest;
  if (filter.key == "Name") return nameMatches(parameter.name, filter, value);
  if (filter.key == "Path") return isUnder(parameter.name, value, filter.option == "Recursive");
  if (filter.key == "Type") return latest.type == value;
  if (filter.key == "Tier") return latest.tier == value;
  if (filter.key == "DataType") return latest.dataType == value;
  return filter.option == "BeginsWith" ? latest.keyId.starts_with(value) : latest.keyId == value;
}

bool passesOne(const Parameter& parameter, const Filter& filter) {
  if (filter.key == "Label") return true;
  const auto any = [&](const auto& one) {
    return std::any_of(filter.values.begin(), filter.values.end(), one);
  };
  if (!filter.key.starts_with("tag:"))
    return any([&](const std::string& value) { return matches(parameter, filter, value); });
  const auto tag = parameter.tags.find(filter.key.substr(4));
  if (tag == parameter.tags.end()) return false;
  return filter.values.empty() ||
         any([&](const std::string& value) { return tag->second == value; });
}

Filter toFilter(const json& given, bool older) {
  Filter filter{.key = textOf(given, "Key"),
                .option = textOf(given, "Option"),
                .values = listOf(given, "Values").get<std::vector<std::string>>()};
  if (older) filter.option = filter.key == "Name" ? "BeginsWith" : "Equals";
  if (filter.option.empty()) filter.option = filter.key == "Path" ? "OneLevel" : "Equals";
  return filter;
}

}  // namespace

Found<std::vector<Filter>> parseFilters(const json& input, FilterUse use) {
  const bool older = input.contains("Filters");
  if (older && input.contains("ParameterFilters"))
    return invalid("You can use either Filters or ParameterFilters in a single request.");
  std::vector<Filter> filters;
  std::set<std::string> keys;
  for (const json& given : listOf(input, older ? "Filters" : "ParameterFilters")) {
    Filter filter = toFilter(given, older);
    if (auto bad = checkFilter(filter, use)) return *bad;
    if (!keys.insert(filter.key).second) {
      return ServiceError{"InvalidFilterKey",
                          "The following filter is duplicated in the request: " + filter.key +
                              ". A request can contain only one occurrence of a specific filter."};
    }
    filters.push_back(std::move(filter));
  }
  return filters;
}

bool passes(const Parameter& parameter, const std::vector<Filter>& filters) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const Filter& filter) { return passesOne(parameter, filter); });
}

bool isUnder(const std::string& name, const std::string& path, bool recursive) {
  const std::string whole = withSlash(name);
  const std::string parent = path.ends_with('/') ? path : path + "/";
  if (!whole.starts_with(parent)) return false;
  return recursive || whole.find('/', parent.size()) == std::string::npos;
}

}  // namespace kiln::api::ssm
