// Session credentials and what a session token says. Functions without state: any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/clock.h"

namespace kiln::api::sts {

// Whose session it is.
struct Identity {
  std::string account;
  std::string arn;
  std::string userId;
  TimePoint expires;
};

// A fresh Credentials structure; its token says `identity`.
nlohmann::json newCredentials(const Identity& identity);
// nullopt for a token that was not made here.
std::optional<Identity> identityOf(std::string_view sessionToken);

// `AROA…`: the unique id of a role, always the same for the same ARN.
std::string roleId(const std::string& roleArn);

}  // namespace kiln::api::sts
