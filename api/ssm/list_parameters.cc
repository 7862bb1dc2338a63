#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/page_token.h"
#include "api/model/transact.h"
#include "api/ssm/families.h"
#include "api/ssm/filters.h"
#include "api/ssm/parameter.h"
#include "api/ssm/values.h"
#include "store/records/index_walk.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

constexpr std::size_t kByPathPage = 10;
constexpr std::size_t kPage = 50;

// One list: what of the scope's parameters is in it, and which page is asked for.
struct Query {
  std::string prefix;  // of the index
  std::string list;    // what the page's token belongs to
  std::size_t most = 0;
  std::function<bool(const Parameter&)> wanted;
};

struct Page {
  std::vector<Parameter> parameters;
  std::string next;  // token, or empty
};

// The token's list: the operation's question without the page.
std::string listOfInput(const char* operation, const Scope& scope, json input) {
  for (const char* page : {"NextToken", "MaxResults", "WithDecryption"}) input.erase(page);
  return std::string(operation) + "/" + scope.account + "/" + scope.region + "/" + input.dump();
}

Found<std::string> cursorOf(const json& input, const std::string& list) {
  const std::string token = textOf(input, "NextToken");
  if (token.empty()) return std::string();
  auto cursor = fromPageToken(list, token);
  if (!cursor) return invalidToken();
  return std::move(*cursor);
}

Found<Page> readPage(const store::Store& store, const Query& query, const json& input) {
  auto cursor = cursorOf(input, query.list);
  if (!cursor.ok()) return cursor.error();
  Page page;
  auto next =
      store::walkIndex(store, {.prefix = query.prefix, .cursor = *cursor, .most = query.most},
                       [&](const ResourceKey& key) -> Result<bool> {
                         auto resource = store.find(key);
                         if (!resource.ok()) return resource.error();
                         if (!*resource) return false;
                         auto parameter = toParameter(**resource);
                         if (!parameter.ok()) return parameter.error();
                         if (!query.wanted(*parameter)) return false;
                         page.parameters.push_back(std::move(*parameter));
                         return true;
                       });
  if (!next.ok()) return fromError(next.error());
  if (!next->empty()) page.next = toPageToken(query.list, *next);
  return page;
}

// The versions that a list by path shows: those with one of the labels that are asked for, or else the latest.
std::vector<std::int64_t> shownVersions(const Parameter& parameter,
                                        const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    if (filter.key != "Label") continue;
    std::vector<std::int64_t> numbers;
    for (const auto& value : filter.values) {
      const auto label = parameter.labels.find(value);
      if (label != parameter.labels.end() &&
          std::find(numbers.begin(), numbers.end(), label->second) == numbers.end())
        numbers.push_back(label->second);
    }
    return numbers;
  }
  return {parameter.latest.number};
}

Answer byPath(const Deps& deps, const json& input, const Scope& scope) {
  const std::string path = textOf(input, "Path");
  if (auto bad = checkPath(path)) return *bad;
  auto filters = parseFilters(input, FilterUse::kByPath);
  if (!filters.ok()) return filters.error();
  const bool recursive = flagOf(input, "Recursive");
  const std::string under = path == "/" ? "" : path.ends_with('/') ? path : path + "/";
  const Query query{.prefix = parametersByName(scope) + under,
                    .list = listOfInput("GetParametersByPath", scope, input),
                    .most = input.value("MaxResults", kByPathPage),
                    .wanted = [&](const Parameter& parameter) {
                      return isUnder(parameter.name, path, recursive) &&
                             passes(parameter, *filters) &&
                             !shownVersions(parameter, *filters).empty();
                    }};
  auto page = readPage(deps.store, query, input);
  if (!page.ok()) return page.error();
  Values values(deps.vault, flagOf(input, "WithDecryption"));
  json answer = {{"Parameters", json::array()}};
  for (const Parameter& parameter : page->parameters) {
    for (const auto number : shownVersions(parameter, *filters)) {
      auto version = findVersion(deps.store, parameter, number);
      if (!version.ok()) return version.error();
      if (!*version) continue;  // deleted or overwritten since
      auto shown = values.parameter(parameter, **version);
      if (!shown.ok()) return shown.error();
      answer["Parameters"].push_back(std::move(*shown));
    }
  }
  if (!page->next.empty()) answer["NextToken"] = page->next;
  return answer;
}

Answer describe(const Deps& deps, const json& input, const Scope& scope) {
  auto filters = parseFilters(input, FilterUse::kDescribe);
  if (!filters.ok()) return filters.error();
  const bool shared = flagOf(input, "Shared");  // from other accounts, and there are none
  const Query query{
      .prefix = parametersByName(scope),
      .list = listOfInput("DescribeParameters", scope, input),
      .most = input.value("MaxResults", kPage),
      .wanted = [&](const Parameter& parameter) { return !shared && passes(parameter, *filters); }};
  auto page = readPage(deps.store, query, input);
  if (!page.ok()) return page.error();
  json answer = {{"Parameters", json::array()}};
  for (const Parameter& parameter : page->parameters)
    answer["Parameters"].push_back(shownMetadata(parameter));
  if (!page->next.empty()) answer["NextToken"] = page->next;
  return answer;
}

Answer history(const Deps& deps, const json& input, const Scope& scope) {
  auto parameter = getParameter(deps.store, scope, textOf(input, "Name"));
  if (!parameter.ok()) return parameter.error();
  const std::string list = listOfInput("GetParameterHistory", scope, input);
  auto cursor = cursorOf(input, list);
  if (!cursor.ok()) return cursor.error();
  const auto most = input.value("MaxResults", kPage);
  auto notes = deps.store.scanNotes(
      parameter->key(), {.prefix = std::string(kVersionNotes), .from = *cursor, .before = {}},
      most + 1, store::Order::kAscending);
  if (!notes.ok()) return fromError(notes.error());
  Values values(deps.vault, flagOf(input, "WithDecryption"));
  json answer = {{"Parameters", json::array()}};
  for (std::size_t at = 0; at < notes->size() && at < most; ++at) {
    auto version = fromNote((*notes)[at].value);
    if (!version.ok()) return fromError(version.error());
    auto shown = values.history(*parameter, *version);
    if (!shown.ok()) return shown.error();
    answer["Parameters"].push_back(std::move(*shown));
  }
  if (notes->size() > most) answer["NextToken"] = toPageToken(list, notes->back().name);
  return answer;
}

}  // namespace

void addListOperations(Operations& operations, const Deps& deps) {
  operations["GetParametersByPath"] = [deps](const json& input, const CallContext& context) {
    return byPath(deps, input, context.scope);
  };
  operations["DescribeParameters"] = [deps](const json& input, const CallContext& context) {
    return describe(deps, input, context.scope);
  };
  operations["GetParameterHistory"] = [deps](const json& input, const CallContext& context) {
    return history(deps, input, context.scope);
  };
}

}  // namespace kiln::api::ssm
