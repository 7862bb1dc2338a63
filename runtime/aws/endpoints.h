// Endpoints: where each AWS service that builds use is, in which region, and with which credentials.
//
// Owner: the daemon (and `kiln run`). Immutable; any thread. Without a setting it is the service embedded in this Kiln.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "controller/core/ids.h"
#include "runtime/aws/sigv4.h"

namespace kiln::runtime {

enum class AwsService { kS3, kCodeCommit, kLogs, kSsm, kSecretsManager };

// As a request is signed for it: "s3", "codecommit", "logs", "ssm", "secretsmanager".
std::string_view signingName(AwsService service);

struct AwsEndpoint {
  std::string baseUrl;
  std::string region;
  AwsCredentials credentials;
  bool pathStyle = true;
  bool embedded = true;
};

class Endpoints {
 public:
  // `environment` gives AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN for services elsewhere that have no
  // credentials of their own; the embedded ones never see them.
  Endpoints(const config::Settings& settings,
            const std::map<std::string, std::string>& environment);

  AwsEndpoint resolve(AwsService service, const Scope& scope) const;

 private:
  const config::AwsServiceSettings& settingsOf(AwsService service) const;

  config::Settings settings_;
  AwsCredentials fromEnvironment_;
};

// "http://127.0.0.1:4599", or the server's own address when it listens on that only.
std::string embeddedUrl(const config::ServerSettings& server);

}  // namespace kiln::runtime
