#include "runtime/source/source_words.h"

#include <cstdio>

namespace kiln::runtime {
namespace {

constexpr std::string_view kS3Arn = "arn:aws:s3:::";
constexpr std::size_t kLongestShown = 200;

std::string versionShown(const SourceSpec& spec) {
  if (spec.type != "S3") return spec.version;
  return spec.location.starts_with(kS3Arn) ? spec.location : std::string(kS3Arn) + spec.location;
}

}  // namespace

SourceError clientError(const SourceSpec& spec, const std::string& what) {
  const std::string which =
      spec.identifier.empty() ? "primary source" : "secondary source " + spec.identifier;
  return SourceError::ofBuild(
      {"CLIENT_ERROR", what + " for " + which + " and source version " + versionShown(spec)});
}

std::string s3Words(const S3Answer& answer) {
  return answer.code + ": " + answer.message + "\n\tstatus code: " + std::to_string(answer.status) +
         ", request id: " + answer.requestId + ", host id: " + answer.hostId;
}

std::string s3Words(const AwsError& refusal) {
  return s3Words(S3Answer{refusal.awsCode, refusal.awsMessage, static_cast<int>(refusal.status),
                          refusal.requestId, refusal.hostId});
}

SourceError objectError(const SourceSpec& spec, const ObjectError& error) {
  if (!error.answer) return SourceError::ofHost(error.error);
  return clientError(spec, s3Words(*error.answer));
}

SourceError stopped(const std::string& what) {
  return SourceError::ofHost(Error{Code::kUnavailable, what + " was stopped"});
}

std::string shown(std::string_view name) {
  std::string text = "\"";
  for (const char c : name.substr(0, kLongestShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      text += escaped;
    } else {
      text += c;
    }
  }
  return text + (name.size() > kLongestShown ? "...\"" : "\"");
}

std::string withoutUserInfo(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto begin = scheme + 3;
  const auto end = url.find_first_of("/?#", begin);
  const auto at = url.substr(0, end).rfind('@');
  return at == std::string::npos || at < begin ? url : url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace kiln::runtime
