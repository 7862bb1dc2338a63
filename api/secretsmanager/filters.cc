#include "api/secretsmanager/filters.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "controller/core/text.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::vector<std::string> wordsOf(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

// Does a word of `text` begin with `word`? Both in lower case.
bool hasWord(const std::string& text, const std::string& word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if (at == 0 || !isWord(text[at - 1])) return true;
  }
  return false;
}

// Every word of `value`, in any case, begins a word of one of the texts.
bool hasWords(const std::vector<std::string>& texts, const std::string& value) {
  const auto words = wordsOf(lowered(value));
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return hasWord(lowered(text), word); });
  });
}

std::vector<std::string> textsOf(const Secret& secret) {
  std::vector<std::string> texts{secret.name, secret.description};
  for (const auto& [key, value] : secret.tags) {
    texts.push_back(key);
    texts.push_back(value);
  }
  return texts;
}

bool matches(const Secret& secret, const std::string& key, const std::string& value) {
  if (key == "name") return secret.name.starts_with(value);
  if (key == "description") return hasWords({secret.description}, value);
  if (key == "all") return hasWords(textsOf(secret), value);
  if (key == "primary-region") return secret.scope.region.starts_with(value);
  const bool byKey = key == "tag-key";
  if (!byKey && key != "tag-value") return false;  // owning-service: no secret is another service's
  return std::any_of(secret.tags.begin(), secret.tags.end(), [&](const auto& tag) {
    return (byKey ? tag.first : tag.second).starts_with(value);
  });
}

bool passesOne(const Secret& secret, const Filter& filter) {
  return std::any_of(filter.values.begin(), filter.values.end(), [&](const std::string& value) {
    if (value.starts_with('!')) return !matches(secret, filter.key, value.substr(1));
    return matches(secret, filter.key, value);
  });
}

}  // namespace

Found<std::vector<Filter>> parseFilters(const json& filters) {
  std::vector<Filter> parsed;
  for (const json& filter : filters) {
    const json& values = listOf(filter, "Values");
    if (textOf(filter, "Key").empty()) return invalidParameter("Invalid filter key");
    if (values.empty())
      return invalidParameter("Invalid filter values for key: " + textOf(filter, "Key"));
    parsed.push_back({textOf(filter, "Key"), values.get<std::vector<std::string>>()});
  }
  return parsed;
}

bool passes(const Secret& secret, const std::vector<Filter>& filters) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const Filter& filter) { return passesOne(secret, filter); });
}

}  // namespace kiln::api::secrets
