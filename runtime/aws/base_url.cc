#include "runtime/aws/base_url.h"

#include <algorithm>

namespace kiln::runtime {
namespace {

Error notAUrl() {
  return {
      Code::kInvalidArgument,
      "the endpoint of an AWS service is http://HOST[:PORT][/PATH] or https://..., without user, "
      "query and fragment"};
}

bool isPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<BaseUrl> BaseUrl::parse(std::string_view text) {
  BaseUrl url;
  auto mark = text.find("://");
  if (mark == std::string_view::npos || text.find_first_of("@?# ") != std::string_view::npos)
    return notAUrl();
  url.scheme = text.substr(0, mark);
  if (url.scheme != "http" && url.scheme != "https") return notAUrl();
  text.remove_prefix(mark + 3);
  auto slash = std::min(text.find('/'), text.size());
  auto authority = text.substr(0, slash);
  url.prefix = text.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return notAUrl();
  auto colon = authority.find(':', bracket);
  url.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    url.port = authority.substr(colon + 1);
    if (!isPort(url.port)) return notAUrl();
  }
  if (url.port == (url.secure() ? "443" : "80")) url.port.clear();
  if (url.host.empty()) return notAUrl();
  return url;
}

std::string BaseUrl::hostHeader(std::string_view label) const {
  auto out = label.empty() ? host : std::string(label) + "." + host;
  return port.empty() ? out : out + ":" + port;
}

bool BaseUrl::loopback() const {
  return host.starts_with("127.") || host == "[::1]" || host == "localhost" ||
         host.ends_with(".localhost");
}

}  // namespace kiln::runtime
