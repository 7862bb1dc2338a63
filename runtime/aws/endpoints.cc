#include "runtime/aws/endpoints.h"

#include "controller/core/result.h"

namespace kiln::runtime {
namespace {

// Nobody checks them where authentication is off; a signature needs some.
const AwsCredentials kMeaningless{"kiln", "kiln", ""};

AwsCredentials credentialsIn(const std::map<std::string, std::string>& environment) {
  auto find = [&](const char* name) {
    auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  AwsCredentials found{find("AWS_ACCESS_KEY_ID"), find("AWS_SECRET_ACCESS_KEY"),
                       find("AWS_SESSION_TOKEN")};
  bool whole = !found.accessKeyId.empty() && !found.secretAccessKey.empty();
  return whole ? found : kMeaningless;
}

}  // namespace

std::string_view signingName(AwsService service) {
  switch (service) {
    case AwsService::kS3: return "s3";
    case AwsService::kCodeCommit: return "codecommit";
    case AwsService::kLogs: return "logs";
    case AwsService::kSsm: return "ssm";
    case AwsService::kSecretsManager: return "secretsmanager";
  }
  unreachable();
}

std::string embeddedUrl(const config::ServerSettings& server) {
  auto host = server.host;
  if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(server.port);
}

Endpoints::Endpoints(const config::Settings& settings,
                     const std::map<std::string, std::string>& environment)
    : settings_(settings), fromEnvironment_(credentialsIn(environment)) {}

const config::AwsServiceSettings& Endpoints::settingsOf(AwsService service) const {
  switch (service) {
    case AwsService::kS3: return settings_.s3;
    case AwsService::kCodeCommit: return settings_.codecommit;
    case AwsService::kLogs: return settings_.logs;
    case AwsService::kSsm: return settings_.ssm;
    case AwsService::kSecretsManager: return settings_.secretsmanager;
  }
  unreachable();
}

AwsEndpoint Endpoints::resolve(AwsService service, const Scope& scope) const {
  const auto& given = settingsOf(service);
  AwsEndpoint endpoint;
  endpoint.region = given.region.empty() ? scope.region : given.region;
  endpoint.embedded = given.endpoint.empty();
  endpoint.baseUrl = endpoint.embedded ? embeddedUrl(settings_.server) : given.endpoint;
  endpoint.pathStyle = endpoint.embedded || settings_.s3.pathStyle;
  if (!given.accessKeyId.empty())
    endpoint.credentials = {given.accessKeyId, given.secretAccessKey, given.sessionToken};
  else
    endpoint.credentials = endpoint.embedded ? kMeaningless : fromEnvironment_;
  return endpoint;
}

}  // namespace kiln::runtime
