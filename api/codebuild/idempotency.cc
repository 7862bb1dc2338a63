#include "api/codebuild/idempotency.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr Minutes kValidity{5};

bool expired(const json& use, TimePoint now) {
  return now >= fromUnixMillis(use.at("at").get<std::int64_t>()) + kValidity;
}

// Token -> {parameters, build, at}, of one bucket.
Result<json> readBucket(store::Txn& txn, const ResourceKey& owner, const std::string& note) {
  auto text = txn.findNote(owner, note);
  if (!text.ok()) return text.error();
  if (!*text) return json::object();
  json bucket = json::parse(**text, nullptr, /*allow_exceptions=*/false);
  if (!bucket.is_object()) {
    return Error{Code::kCorrupt, "reading the idempotency tokens of " + owner.name + ": not JSON"};
  }
  return bucket;
}

}  // namespace

Refusal checkToken(const json& input) {
  constexpr std::size_t kLongest = 64;
  const std::size_t length = textOf(input, "idempotencyToken").size();
  if (length <= kLongest) return std::nullopt;
  return invalidInput("Invalid idempotencyToken: it has " + std::to_string(length) +
                      " characters, and 64 are the most");
}

TokenUse::TokenUse(ResourceKey owner, const json& input)
    : owner_(std::move(owner)), token_(textOf(input, "idempotencyToken")) {
  json parameters = input;
  for (const char* name : {"idempotencyToken", "projectName", "id"}) parameters.erase(name);
  parameters_ = nameUuid(parameters.dump());
  note_ = "tokens/" + nameUuid(token_).substr(0, 2);
}

Found<std::optional<BuildId>> TokenUse::findBuild(store::Txn& txn, TimePoint now) const {
  if (token_.empty()) return std::optional<BuildId>();
  auto bucket = readBucket(txn, owner_, note_);
  if (!bucket.ok()) return fromError(bucket.error());
  auto use = bucket->find(token_);
  if (use == bucket->end() || expired(*use, now)) return std::optional<BuildId>();
  if (textOf(*use, "parameters") != parameters_) {
    return invalidInput("Parameter mismatch: the idempotency token " + token_ +
                        " was used with other parameters");
  }
  return BuildId::parse(owner_.scope, textOf(*use, "build"));
}

Status TokenUse::remember(store::Txn& txn, const BuildId& id, TimePoint now) const {
  if (token_.empty()) return okStatus();
  auto bucket = readBucket(txn, owner_, note_);
  if (!bucket.ok()) return bucket.error();
  json kept = json::object();
  for (const auto& [token, use] : bucket->items()) {
    if (!expired(use, now)) kept[token] = use;
  }
  kept[token_] = {{"parameters", parameters_}, {"build", id.name()}, {"at", toUnixMillis(now)}};
  return txn.putNote(owner_, note_, kept.dump());
}

}  // namespace kiln::api
