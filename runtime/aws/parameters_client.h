// ParametersClient: the values of a build's PARAMETER_STORE and SECRETS_MANAGER variables.
//
// Values are secrets: they are answered and nowhere else shown. Threads: any. Failure: AwsError. Cheap to make; `client` outlives it.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/aws/aws_client.h"
#include "runtime/aws/s3_types.h"
#include "runtime/aws/secret_reference.h"

namespace kiln::runtime {

struct ParametersFound {
  std::map<std::string, std::string> values;  // by the name that was asked for, decrypted
  std::vector<std::string> invalid;           // asked for and not there, in the order asked
};

class ParametersClient {
 public:
  ParametersClient(AwsClient& client, AwsEndpoint ssm, AwsEndpoint secretsManager);

  // Any number of names, ten in a call; a name may carry ":version" or ":label" or be an ARN.
  AwsResult<ParametersFound> getParameters(const std::vector<std::string>& names,
                                           std::stop_token stop = {});

  // The secret's text or, with a JSON key, that member of it. kInvalidArgument when the secret is binary, is no JSON object, or
  // has no such key.
  AwsResult<std::string> getSecretValue(const SecretReference& reference,
                                        std::stop_token stop = {});

 private:
  AwsResult<Done> getTen(const std::vector<std::string>& names, ParametersFound& found,
                         std::stop_token stop);

  AwsClient& client_;
  AwsEndpoint ssm_;
  AwsEndpoint secretsManager_;
};

}  // namespace kiln::runtime
