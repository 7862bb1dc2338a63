#include "api/s3/acl.h"

#include <array>
#include <nlohmann/json.hpp>

#include "api/s3/checksum.h"
#include "api/s3/incoming.h"
#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

constexpr std::string_view kAround = " \t\"";  // of a grant's parts

using nlohmann::json;

constexpr const char* kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr const char* kAuthenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr const char* kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

json userGrant(const std::string& id, const std::string& permission) {
  return {{"Grantee", {{"Type", "CanonicalUser"}, {"ID", id}}}, {"Permission", permission}};
}

json groupGrant(const std::string& uri, const std::string& permission) {
  return {{"Grantee", {{"Type", "Group"}, {"URI", uri}}}, {"Permission", permission}};
}

json cannedGrants(const std::string& canned, const std::string& account) {
  json grants = json::array({userGrant(canonicalId(account), "FULL_CONTROL")});
  if (canned == "public-read" || canned == "public-read-write")
    grants.push_back(groupGrant(kAllUsers, "READ"));
  if (canned == "public-read-write") grants.push_back(groupGrant(kAllUsers, "WRITE"));
  if (canned == "authenticated-read") grants.push_back(groupGrant(kAuthenticated, "READ"));
  if (canned == "log-delivery-write") {
    grants.push_back(groupGrant(kLogDelivery, "WRITE"));
    grants.push_back(groupGrant(kLogDelivery, "READ_ACP"));
  }
  return grants;
}

// `id="…", uri="…", emailAddress="…"`
std::optional<S3Error> addGrants(std::string_view header, const char* permission, json& grants) {
  while (!header.empty()) {
    const std::string_view one = header.substr(0, header.find(','));
    header.remove_prefix(std::min(one.size() + 1, header.size()));
    const auto equals = one.find('=');
    const std::string kind(trimmed(one.substr(0, equals), kAround));
    if (equals == std::string_view::npos ||
        (kind != "id" && kind != "uri" && kind != "emailAddress"))
      return invalidArgument("Argument format not recognized", permission, std::string(one));
    const std::string value(trimmed(one.substr(equals + 1), kAround));
    if (kind == "id") {
      grants.push_back(userGrant(value, permission));
    } else if (kind == "uri") {
      grants.push_back(groupGrant(value, permission));
    } else {
      grants.push_back({{"Grantee", {{"Type", "AmazonCustomerByEmail"}, {"EmailAddress", value}}},
                        {"Permission", permission}});
    }
  }
  return std::nullopt;
}

struct GrantHeader {
  const char* member;
  const char* permission;
};
constexpr std::array kGrantHeaders{
    GrantHeader{"GrantFullControl", "FULL_CONTROL"}, GrantHeader{"GrantRead", "READ"},
    GrantHeader{"GrantReadACP", "READ_ACP"}, GrantHeader{"GrantWrite", "WRITE"},
    GrantHeader{"GrantWriteACP", "WRITE_ACP"}};

S3Result<Reply> getAcl(const std::string& text, const Call& call) {
  return Reply(aclShown(text, call.request.scope.account));
}

S3Result<Reply> getBucketAcl(const Call& call) {
  const auto text = call.deps.objects.findDocument(call.bucketId(), "acl");
  if (!text.ok()) return fromStore(text.error(), call.bucket);
  return getAcl(text->value_or(""), call);
}

S3Result<Reply> putBucketAcl(const Call& call) {
  auto acl = putAclOf(call);
  if (!acl.ok()) return acl.error();
  const auto done = call.deps.objects.setDocument(
      call.bucketId(), "acl", acl->empty() ? std::nullopt : std::optional(*acl));
  if (!done.ok()) return fromStore(done.error(), call.bucket);
  return Reply();
}

}  // namespace

std::string canonicalId(const std::string& account) {
  return toHex(digestOf(Algorithm::kSha256, "kiln canonical user " + account));
}

json ownerOf(const std::string& account) { return {{"ID", canonicalId(account)}}; }

S3Result<std::string> requestedAcl(const Call& call) {
  const std::string& account = call.request.scope.account;
  const std::string canned = call.text("ACL");
  json grants = json::array();
  for (const auto& [member, permission] : kGrantHeaders) {
    if (auto wrong = addGrants(call.text(member), permission, grants)) return *wrong;
  }
  if (!canned.empty() && !grants.empty())
    return s3Error("InvalidRequest",
                   "Specifying both Canned ACLs and Header Grants is not allowed");
  if (grants.empty() && (canned.empty() || canned == "private")) return std::string();
  if (grants.empty()) grants = cannedGrants(canned, account);
  return json{{"Owner", ownerOf(account)}, {"Grants", grants}}.dump();
}

S3Result<std::string> putAclOf(const Call& call) {
  const auto policy = call.input.find("AccessControlPolicy");
  if (policy == call.input.end()) return requestedAcl(call);
  if (!call.text("ACL").empty())
    return s3Error("InvalidRequest",
                   "Specifying both Canned ACLs and Header Grants is not allowed");
  if (!policy->contains("Grants") || !policy->contains("Owner"))
    return s3Error("MalformedACLError");
  return policy->dump();
}

json aclShown(const std::string& text, const std::string& account) {
  if (!text.empty()) return json::parse(text);
  return {{"Owner", ownerOf(account)}, {"Grants", cannedGrants("private", account)}};
}

void addAcls(Operations& operations) {
  operations["GetBucketAcl"] = getBucketAcl;
  operations["PutBucketAcl"] = putBucketAcl;
}

}  // namespace kiln::api::s3
