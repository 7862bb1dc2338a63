#include "controller/cli/server_address.h"

#include <cctype>
#include <cstdlib>

namespace kiln::cli {
namespace {

std::string firstOf(std::initializer_list<std::string> candidates) {
  for (const std::string& candidate : candidates) {
    if (!candidate.empty()) return candidate;
  }
  return {};
}

}  // namespace

std::string fromProcess(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string percentEncoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || kPlain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded.append({'%', kHex[byte >> 4], kHex[byte & 0x0F]});
    }
  }
  return encoded;
}

std::string ServerAddress::url(const std::string& path, Query query) const {
  query.emplace_back("region", region);
  std::string text = endpoint + path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    text += separator + name + "=" + percentEncoded(value);
    separator = '&';
  }
  return text;
}

Result<ServerAddress> findServer(std::string endpointFlag, std::string regionFlag,
                                 const Environment& environment) {
  ServerAddress address;
  address.endpoint = firstOf(
      {std::move(endpointFlag), environment("KILN_ENDPOINT"), std::string(kDefaultEndpoint)});
  address.region = firstOf({std::move(regionFlag), environment("AWS_REGION"),
                            environment("AWS_DEFAULT_REGION"), "us-east-1"});
  while (address.endpoint.ends_with('/')) address.endpoint.pop_back();
  if (!address.endpoint.starts_with("http://") && !address.endpoint.starts_with("https://")) {
    return Error{Code::kInvalidArgument, "endpoint '" + address.endpoint + "': an address like " +
                                             std::string(kDefaultEndpoint) +
                                             " is needed (--endpoint or KILN_ENDPOINT)"};
  }
  return address;
}

std::string notRunning(const ServerAddress& address, const Error& error) {
  return "No Kiln answers at " + address.endpoint + ".\n  " + error.message +
         "\n  Start one with `kiln serve`, or say where it is with --endpoint URL or "
         "KILN_ENDPOINT.\n  `kiln doctor` checks what a server needs.";
}

}  // namespace kiln::cli
