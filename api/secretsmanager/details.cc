#include "api/secretsmanager/details.h"

#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/secretsmanager/families.h"
#include "api/secretsmanager/lookup.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr std::size_t kMostTags = 50;

Answer change(const Deps& deps, const json& input, const Scope& scope,
              const std::function<Answer(Secret&)>& apply) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto secret = getSecret(txn, scope, textOf(input, "SecretId"), deps.clock.now());
    if (!secret.ok()) return secret.error();
    auto answer = apply(*secret);
    if (!answer.ok()) return answer;
    if (auto bad = write(txn, *secret)) return *bad;
    return answer;
  });
}

json named(const Secret& secret) { return {{"ARN", secret.arn()}, {"Name", secret.name}}; }

bool letsEverybodyIn(const json& statement) {
  if (!statement.is_object() || statement.value("Effect", json()) != "Allow") return false;
  if (statement.contains("Condition")) return false;
  const json principal = statement.value("Principal", json());
  const json aws = principal.is_object() ? principal.value("AWS", json()) : principal;
  if (aws.is_array()) return std::find(aws.begin(), aws.end(), "*") != aws.end();
  return aws == "*";
}

Refusal checkPolicy(const std::string& text, bool blockPublic) {
  const json policy = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!policy.is_object() || !policy.contains("Statement")) {
    return ServiceError{"MalformedPolicyDocumentException",
                        "This resource policy contains a syntax error."};
  }
  const json& given = policy["Statement"];
  const json statements = given.is_array() ? given : json::array({given});
  if (!blockPublic || std::none_of(statements.begin(), statements.end(), letsEverybodyIn))
    return std::nullopt;
  return ServiceError{"PublicPolicyException",
                      "You can't attach this resource policy because it would grant broad access "
                      "to the secret."};
}

Answer getPolicy(const Deps& deps, const json& input, const Scope& scope) {
  auto secret = getSecret(deps.store, scope, textOf(input, "SecretId"), deps.clock.now());
  if (!secret.ok()) return secret.error();
  json answer = named(*secret);
  if (!secret->policy.empty()) answer["ResourcePolicy"] = secret->policy;
  return answer;
}

Answer setPolicy(const Deps& deps, const json& input, const Scope& scope) {
  const std::string policy = textOf(input, "ResourcePolicy");
  return change(deps, input, scope, [&](Secret& secret) -> Answer {
    if (input.contains("ResourcePolicy")) {
      if (auto bad = checkPolicy(policy, flagOf(input, "BlockPublicPolicy"))) return *bad;
    }
    secret.policy = policy;
    return named(secret);
  });
}

}  // namespace

Refusal addTags(Secret& secret, const json& tags) {
  for (const json& tag : tags) {
    const std::string key = textOf(tag, "Key");
    if (key.empty()) return invalidParameter("A tag needs a Key.");
    if (key.starts_with("aws:")) {
      return invalidParameter("Tag keys starting with aws: are reserved for AWS use: " + key);
    }
    secret.tags[key] = textOf(tag, "Value");
  }
  if (secret.tags.size() <= kMostTags) return std::nullopt;
  return invalidParameter("A secret can have a maximum of 50 tags.");
}

void addDetailOperations(Operations& operations, const Deps& deps) {
  operations["TagResource"] = [deps](const json& input, const CallContext& context) {
    return change(deps, input, context.scope, [&](Secret& secret) -> Answer {
      if (auto bad = addTags(secret, listOf(input, "Tags"))) return *bad;
      return json::object();
    });
  };
  operations["UntagResource"] = [deps](const json& input, const CallContext& context) {
    return change(deps, input, context.scope, [&](Secret& secret) -> Answer {
      for (const json& key : listOf(input, "TagKeys")) secret.tags.erase(key.get<std::string>());
      return json::object();
    });
  };
  operations["GetResourcePolicy"] = [deps](const json& input, const CallContext& context) {
    return getPolicy(deps, input, context.scope);
  };
  for (const char* name : {"PutResourcePolicy", "DeleteResourcePolicy"}) {
    operations[name] = [deps](const json& input, const CallContext& context) {
      return setPolicy(deps, input, context.scope);
    };
  }
}

}  // namespace kiln::api::secrets
