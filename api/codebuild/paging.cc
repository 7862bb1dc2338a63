#include "api/codebuild/paging.h"

#include <nlohmann/json.hpp>

#include "api/codebuild/failures.h"
#include "api/model/json_access.h"
#include "api/model/page_token.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr std::size_t kPageSize = 100;

}  // namespace

Answer listPage(const store::Store& store, const ListQuery& query, const json& input) {
  const std::string list =
      query.prefix + (query.order == store::Order::kAscending ? "ascending" : "descending");
  std::string cursor;
  if (input.contains("nextToken")) {
    auto parsed = fromPageToken(list, textOf(input, "nextToken"));
    if (!parsed) return invalidInput("Invalid next token provided");
    cursor = std::move(*parsed);
  }
  auto page = store.scanIndex(query.prefix, cursor, kPageSize, query.order);
  if (!page.ok()) return fromError(page.error());
  json answer = {{query.member, json::array()}};
  for (const auto& [entry, key] : page->entries) answer[query.member].push_back(key.name);
  if (!page->next.empty()) answer["nextToken"] = toPageToken(list, page->next);
  return answer;
}

store::Order sortOrder(const json& input, store::Order otherwise) {
  const std::string order = textOf(input, "sortOrder");
  if (order.empty()) return otherwise;
  return order == "ASCENDING" ? store::Order::kAscending : store::Order::kDescending;
}

}  // namespace kiln::api
