// BaseUrl: where a service is: scheme, host, port and a path in front of every path. A value; parsing is pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

struct BaseUrl {
  std::string scheme;  // "http" or "https"
  std::string host;    // an IPv6 address is in brackets
  std::string port;    // empty: the scheme's own
  std::string prefix;  // "" or "/path", without a slash at its end

  // "https://host:port/path". kInvalidArgument for anything else; its message shows no credentials.
  static Result<BaseUrl> parse(std::string_view text);

  // As the Host header has it: without the scheme's own port. `label` is put in front ("bucket" -> "bucket.host").
  std::string hostHeader(std::string_view label) const;
  std::string origin(std::string_view label) const { return scheme + "://" + hostHeader(label); }
  bool secure() const { return scheme == "https"; }
  // 127.0.0.0/8, ::1, localhost and names under it: never through a proxy.
  bool loopback() const;
};

}  // namespace kiln::runtime
