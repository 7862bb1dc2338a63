#include "api/sts/sts.h"

#include <nlohmann/json.hpp>

#include "api/model/query_service.h"
#include "api/sts/credentials.h"

namespace kiln::api::sts {
namespace {

using nlohmann::json;
using Answer = Result<json, ServiceError>;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kHalfDay = 43200;
constexpr std::size_t kLongestPolicy = 2048;

// The caller's session when it has one. `principal` is then the session token, else the access key id.
std::optional<Identity> sessionOf(const CallContext& context) {
  return identityOf(context.principal);
}

struct RoleArn {
  std::string account;
  std::string name;  // without its path
};

// `arn:aws:iam::123456789012:role/path/name`
std::optional<RoleArn> parseRole(std::string_view arn) {
  const auto partition = arn.find(":iam::");
  if (!arn.starts_with("arn:aws") || partition == std::string_view::npos) return std::nullopt;
  std::string_view rest = arn.substr(partition + 6);
  const auto colon = rest.find(':');
  const std::string_view account = rest.substr(0, colon);
  if (colon != 12 || account.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  rest.remove_prefix(colon + 1);
  if (!rest.starts_with("role/") || rest.size() == 5 || rest.ends_with('/')) return std::nullopt;
  return RoleArn{std::string(account), std::string(rest.substr(rest.rfind('/') + 1))};
}

std::optional<ServiceError> checkPolicy(const json& input) {
  const std::string policy = input.value("Policy", "");
  if (policy.size() > kLongestPolicy) {
    return ServiceError{"PackedPolicyTooLarge",
                        "Packed size of session policies exceeds the limit of 2048 characters",
                        400};
  }
  if (!policy.empty() && !json::parse(policy, nullptr, false).is_object()) {
    return ServiceError{"MalformedPolicyDocument", "The policy is not in the valid JSON format.",
                        400};
  }
  return std::nullopt;
}

Answer assumeRole(const json& input, const CallContext& context, TimePoint now) {
  const std::string arn = input.at("RoleArn");
  const std::string session = input.at("RoleSessionName");
  const auto role = parseRole(arn);
  if (!role) return ServiceError{"ValidationError", arn + " is invalid", 400};
  if (auto wrong = checkPolicy(input)) return *wrong;
  const std::int64_t duration = input.value("DurationSeconds", kHour);
  if (duration > kHour && sessionOf(context)) {
    return ServiceError{"ValidationError",
                        "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                        "assumed by role chaining",
                        400};
  }
  const Identity identity{
      .account = role->account,
      .arn = "arn:aws:sts::" + role->account + ":assumed-role/" + role->name + "/" + session,
      .userId = roleId(arn) + ":" + session,
      .expires = now + Seconds(duration)};
  json output{{"Credentials", newCredentials(identity)},
              {"AssumedRoleUser", {{"AssumedRoleId", identity.userId}, {"Arn", identity.arn}}}};
  if (const auto policy = input.find("Policy"); policy != input.end()) {
    const auto size = policy->get_ref<const std::string&>().size();
    output["PackedPolicySize"] = std::max<std::size_t>(1, size * 100 / kLongestPolicy);
  }
  if (input.contains("SourceIdentity")) output["SourceIdentity"] = input["SourceIdentity"];
  return output;
}

Identity rootOf(const CallContext& context) {
  return {context.scope.account,
          "arn:aws:iam::" + context.scope.account + ":root",
          context.scope.account,
          {}};
}

Answer getSessionToken(const json& input, const CallContext& context, TimePoint now) {
  if (sessionOf(context)) {
    return ServiceError{"AccessDenied", "Cannot call GetSessionToken with session credentials",
                        403};
  }
  Identity identity = rootOf(context);
  identity.expires = now + Seconds(input.value("DurationSeconds", kHalfDay));
  return json{{"Credentials", newCredentials(identity)}};
}

Answer getCallerIdentity(const CallContext& context, TimePoint now) {
  const auto session = sessionOf(context);
  if (session && session->expires < now) {
    return ServiceError{"ExpiredToken", "The security token included in the request is expired",
                        403};
  }
  const Identity identity = session ? *session : rootOf(context);
  return json{{"UserId", identity.userId}, {"Account", identity.account}, {"Arn", identity.arn}};
}

Operations operationsOf(const Clock& clock) {
  return {{"AssumeRole",
           [&clock](const json& input, const CallContext& context) {
             return assumeRole(input, context, clock.now());
           }},
          {"GetSessionToken",
           [&clock](const json& input, const CallContext& context) {
             return getSessionToken(input, context, clock.now());
           }},
          {"GetCallerIdentity", [&clock](const json&, const CallContext& context) {
             return getCallerIdentity(context, clock.now());
           }}};
}

}  // namespace

struct StsService::Impl {
  QueryService service;
};

StsService::StsService(const Clock& clock)
    : impl_(new Impl{
          QueryService("sts", "https://sts.amazonaws.com/doc/2011-06-15/", operationsOf(clock))}) {}

StsService::~StsService() = default;

const std::string& StsService::version() const { return impl_->service.version(); }

Response StsService::handle(Request& request) const {
  const std::string_view token = request.header("x-amz-security-token");
  const std::string principal(token.empty() ? std::string_view(request.principal) : token);
  QueryAnswer answer = impl_->service.call(
      request.query, {request.scope, request.id, principal, std::string(request.header("host"))});
  return {answer.status, {{"content-type", "text/xml"}}, std::move(answer.body)};
}

}  // namespace kiln::api::sts
