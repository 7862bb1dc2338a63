// AwsObjectSource: S3 by HTTP: the S3 of this Kiln, or the one that `s3.endpoint` names.
//
// Threads: any. Owner: the daemon; client and endpoints outlive it. Failure: ObjectError, S3's own words when it had any.
#pragma once

#include <string>
#include <vector>

#include "runtime/aws/endpoints.h"
#include "runtime/aws/s3_client.h"
#include "runtime/source/object_source.h"

namespace kiln::runtime {

class AwsObjectSource final : public ObjectSource {
 public:
  AwsObjectSource(AwsClient& client, const Endpoints& endpoints)
      : client_(client), endpoints_(endpoints) {}

  ObjectResult<ObjectInfo> head(const Scope& scope, const ObjectName& name,
                                std::stop_token stop) override;
  ObjectResult<ObjectInfo> get(const Scope& scope, const ObjectName& name,
                               const std::function<Status(std::string_view)>& sink,
                               std::stop_token stop) override;
  ObjectResult<ObjectPage> list(const Scope& scope, const std::string& bucket,
                                const std::string& prefix, const std::string& token,
                                std::stop_token stop) override;

 private:
  S3Client in(const Scope& scope) const;

  AwsClient& client_;
  const Endpoints& endpoints_;
};

}  // namespace kiln::runtime
