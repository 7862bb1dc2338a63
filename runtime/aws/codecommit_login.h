// The user and password that CodeCommit's git server takes: Signature Version 4 in HTTP's basic authentication, as `aws codecommit
// credential-helper` and git-remote-codecommit make them. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/clock.h"
#include "runtime/aws/sigv4.h"

namespace kiln::runtime {

struct CodecommitLogin {
  std::string user;  // access key id[%session token]
  std::string
      password;  // 20240229T123456Z<signature>; good for 15 minutes, for this repository alone
};

// `host` may have a port, which is not signed; `path` is the repository's: "/v1/repos/NAME".
CodecommitLogin codecommitLogin(const AwsCredentials& credentials, std::string_view region,
                                std::string_view host, std::string_view path, TimePoint time);

// The region of git-codecommit[-fips].REGION.amazonaws.com, behind a VPC endpoint too; nullopt for another host.
std::optional<std::string> codecommitRegion(std::string_view host);

}  // namespace kiln::runtime
