#include "runtime/aws/codecommit_login.h"

namespace kiln::runtime {
namespace {

constexpr std::string_view kCodecommit = "codecommit";

std::string withoutPort(std::string_view host) {
  const auto bracket = host.find(']');
  return std::string(
      host.substr(0, host.find(':', bracket == std::string_view::npos ? 0 : bracket)));
}

// Of "git-codecommit.REGION.amazonaws.com:443", what follows the region.
bool isAmazons(std::string_view domain) {
  domain = domain.substr(0, domain.find(':'));
  if (domain.starts_with(".vpce.")) domain.remove_prefix(5);
  return domain == ".amazonaws.com" || domain == ".amazonaws.com.cn";
}

}  // namespace

CodecommitLogin codecommitLogin(const AwsCredentials& credentials, std::string_view region,
                                std::string_view host, std::string_view path, TimePoint time) {
  const auto stamp = amzDate(time);  // with a Z, which is not signed
  const auto moment = stamp.substr(0, stamp.size() - 1);
  const auto day = stamp.substr(0, 8);
  const auto canonical =
      "GIT\n" + std::string(path) + "\n\nhost:" + withoutPort(host) + "\n\nhost\n";
  const auto text = "AWS4-HMAC-SHA256\n" + moment + "\n" + day + "/" + std::string(region) + "/" +
                    std::string(kCodecommit) + "/aws4_request\n" + sha256Hex(canonical);
  const auto signature = signatureOf(
      text, {credentials.secretAccessKey, day, std::string(region), std::string(kCodecommit)});
  const auto& session = credentials.sessionToken;
  return {credentials.accessKeyId + (session.empty() ? "" : "%" + session), stamp + signature};
}

std::optional<std::string> codecommitRegion(std::string_view host) {
  if (host.starts_with("vpce-")) {
    const auto git = host.find(".git-codecommit");
    if (git == std::string_view::npos) return std::nullopt;
    host.remove_prefix(git + 1);
  }
  for (const std::string_view prefix : {"git-codecommit.", "git-codecommit-fips."}) {
    if (!host.starts_with(prefix)) continue;
    const auto rest = host.substr(prefix.size());
    const auto region = rest.substr(0, rest.find('.'));
    const auto domain = rest.substr(region.size());
    if (!region.empty() && isAmazons(domain)) return std::string(region);
  }
  return std::nullopt;
}

}  // namespace kiln::runtime
