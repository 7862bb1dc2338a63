#include "runtime/aws/parameters_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostNames = 10;

std::string dumped(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

AwsError wrong(Code code, const std::string& attempted, const std::string& what) {
  return {{code, attempted + ": " + what}};
}

std::string memberOf(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Whether `parameter` of an answer is what `name` asked for. Some services answer the name with its selector, others beside it
// or not at all.
bool answers(const Json& parameter, const std::string& name) {
  auto selector = memberOf(parameter, "Selector");
  auto number = parameter.find("Version");
  auto version = number != parameter.end() && selector.empty() ? ":" + dumped(*number) : "";
  for (const char* member : {"Name", "ARN"}) {
    auto called = memberOf(parameter, member);
    if (!called.ends_with(selector)) called += selector;
    if (called == name || called + version == name) return true;
  }
  return false;
}

AwsResult<std::string> keyOf(const std::string& text, const std::string& key,
                             const std::string& attempted) {
  auto document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object())
    return wrong(Code::kInvalidArgument, attempted,
                 "key " + key + ": the secret is no JSON object");
  auto found = document.find(key);
  if (found == document.end())
    return wrong(Code::kInvalidArgument, attempted, "the secret has no key " + key);
  return found->is_string() ? found->get<std::string>() : dumped(*found);
}

}  // namespace

ParametersClient::ParametersClient(AwsClient& client, AwsEndpoint ssm, AwsEndpoint secretsManager)
    : client_(client), ssm_(std::move(ssm)), secretsManager_(std::move(secretsManager)) {}

AwsResult<ParametersFound> ParametersClient::getParameters(const std::vector<std::string>& names,
                                                           std::stop_token stop) {
  std::vector<std::string> once;  // GetParameters refuses a name that is given twice
  for (const auto& name : names)
    if (std::find(once.begin(), once.end(), name) == once.end()) once.push_back(name);
  ParametersFound found;
  for (std::size_t at = 0; at < once.size(); at += kMostNames) {
    auto end = std::min(at + kMostNames, once.size());
    std::vector<std::string> ten(once.begin() + static_cast<std::ptrdiff_t>(at),
                                 once.begin() + static_cast<std::ptrdiff_t>(end));
    if (auto got = getTen(ten, found, stop); !got.ok()) return got.error();
  }
  return found;
}

AwsResult<Done> ParametersClient::getTen(const std::vector<std::string>& names,
                                         ParametersFound& found, std::stop_token stop) {
  AwsCall call{.service = "ssm", .attempted = "GetParameters"};
  for (const auto& name : names) call.attempted += " " + name;
  call.body = dumped({{"Names", names}, {"WithDecryption", true}});
  call.stop = std::move(stop);
  const auto attempted = call.attempted;
  auto reply = client_.callJson(ssm_, std::move(call), "AmazonSSM.GetParameters");
  if (!reply.ok()) return reply.error();
  auto document = Json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  auto list = document.is_object() ? document.find("Parameters") : document.end();
  if (list == document.end() || !list->is_array())
    return wrong(Code::kInternal, attempted, "the answer holds no list of parameters");
  for (const auto& name : names) {
    auto parameter = std::find_if(list->begin(), list->end(), [&](const Json& item) {
      return item.is_object() && answers(item, name);
    });
    if (parameter == list->end())
      found.invalid.push_back(name);
    else
      found.values.insert_or_assign(name, memberOf(*parameter, "Value"));
  }
  return Done{};
}

AwsResult<std::string> ParametersClient::getSecretValue(const SecretReference& reference,
                                                        std::stop_token stop) {
  AwsCall call{.service = "secretsmanager", .attempted = "GetSecretValue " + reference.secretId};
  Json body{{"SecretId", reference.secretId}};
  if (!reference.versionId.empty()) body["VersionId"] = reference.versionId;
  if (!reference.versionStage.empty()) body["VersionStage"] = reference.versionStage;
  call.body = dumped(body);
  call.stop = std::move(stop);
  const auto attempted = call.attempted;
  auto reply = client_.callJson(secretsManager_, std::move(call), "secretsmanager.GetSecretValue");
  if (!reply.ok()) return reply.error();
  auto document = Json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  auto text = document.is_object() ? document.find("SecretString") : document.end();
  if (text == document.end() || !text->is_string())
    return wrong(Code::kInvalidArgument, attempted, "the secret is binary, a text is needed");
  if (reference.jsonKey.empty()) return text->get<std::string>();
  return keyOf(text->get<std::string>(), reference.jsonKey, attempted);
}

}  // namespace kiln::runtime
