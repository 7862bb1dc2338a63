// ServerAddress: where the client commands find a Kiln and whose region they ask for, and the addresses they ask.
//
// Values only.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/result.h"

namespace kiln::cli {

inline constexpr std::string_view kDefaultEndpoint = "http://localhost:4599";

using Environment = std::function<std::string(const char* name)>;  // empty when unset
std::string fromProcess(const char* name);

struct ServerAddress {
  std::string endpoint;  // without a slash at its end
  std::string region;

  using Query = std::vector<std::pair<std::string, std::string>>;
  // endpoint + path + query; values are percent-encoded, those that are empty left out. `region` is added.
  std::string url(const std::string& path, Query query = {}) const;
};

// --endpoint, KILN_ENDPOINT, the default; --region, AWS_REGION, AWS_DEFAULT_REGION, us-east-1.
// kInvalidArgument for an endpoint that is not http:// or https://.
Result<ServerAddress> findServer(std::string endpointFlag, std::string regionFlag,
                                 const Environment& environment);

std::string percentEncoded(std::string_view text);

// What to tell somebody whose command found no server at `address`.
std::string notRunning(const ServerAddress& address, const Error& error);

}  // namespace kiln::cli
