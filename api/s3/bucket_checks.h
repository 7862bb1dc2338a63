// What S3 demands of a bucket's configurations beyond the model. A check may complete what the client left out. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "api/s3/errors.h"

namespace kiln::api::s3 {

std::optional<S3Error> checkBucketTags(nlohmann::json& tagging);
std::optional<S3Error> checkCors(nlohmann::json& cors);
std::optional<S3Error> checkLifecycle(nlohmann::json& lifecycle);
std::optional<S3Error> checkNotification(nlohmann::json& notification);
std::optional<S3Error> completePublicAccess(nlohmann::json& block);
std::optional<S3Error> checkWebsite(nlohmann::json& website);
std::optional<S3Error> checkPolicy(const std::string& policy, const std::string& bucket);
// Some statement allows something to everybody, without a condition.
bool isPublicPolicy(const std::string& policy);

}  // namespace kiln::api::s3
