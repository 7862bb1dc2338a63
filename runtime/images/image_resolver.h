// ImageResolver: from the image a build asks for to one that the engine has (DESIGN §7, facts §8.6).
//
// In this order: the engine has it under exactly this name; settings.images names another one (present or pulled); a curated Amazon Linux image
// is pulled from its public place; any other image is pulled; a curated image that could not be pulled is replaced by the
// fallback image when the engine has that. resolve() blocks while pulling: for a job. Any thread. Owner: main().
// Failure: the message of the PROVISIONING context (facts §2.4), with the sentence that helps; retryable only when the engine was away.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "config/settings.h"
#include "controller/core/result.h"
#include "runtime/container_runtime.h"

namespace kiln::runtime {

class ImageResolver {
 public:
  ImageResolver(ContainerRuntime& runtime, config::EngineSettings settings);

  struct Request {
    std::string image;
    std::string pullCredentialsType;  // CODEBUILD | SERVICE_ROLE
    std::string registryCredential;   // not read yet: said in the error when a pull needs it
  };
  // The image to run.
  Result<std::string> resolve(const Request& request, std::stop_token stop,
                              const std::function<void(const PullProgress&)>& progress) const;

 private:
  ContainerRuntime& runtime_;
  const config::EngineSettings settings_;
};

// An AWS curated name (aws/codebuild/…).
bool isCurated(std::string_view image);

}  // namespace kiln::runtime
