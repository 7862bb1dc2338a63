// ACLs: canned names and grant headers into an AccessControlPolicy, which is stored and returned, and not enforced. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/s3/call.h"

namespace kiln::api::s3 {

// The account's canonical user id: 64 hexadecimal digits, always the same.
std::string canonicalId(const std::string& account);
nlohmann::json ownerOf(const std::string& account);

// From x-amz-acl or x-amz-grant-…, as JSON text; empty when the request says nothing or `private`.
S3Result<std::string> requestedAcl(const Call& call);
// The same for a Put…Acl, which may say it in its body.
S3Result<std::string> putAclOf(const Call& call);
// Owner and Grants of a stored text; empty: the owner has FULL_CONTROL.
nlohmann::json aclShown(const std::string& text, const std::string& account);

}  // namespace kiln::api::s3
