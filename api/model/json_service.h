// JsonService: one AWS JSON 1.1 service: finds the operation, validates the input from the model, calls the handler, shapes
// output and errors (facts §5.1, §5.2).
//
// Owner: main(). After construction only read: any thread. The tables are compiled into the binary (api/model/*.json).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/model/operation.h"

namespace kiln::api {

struct JsonAnswer {
  int status = 200;
  std::string body;
  std::string errorShape;  // for x-amzn-ErrorType; empty on success
};

class JsonService {
 public:
  // `service` names a compiled-in table ("codebuild"). Aborts when there is none, or when a handler names an operation that it lacks.
  JsonService(std::string_view service, Operations operations, InputCheck check = nullptr);
  ~JsonService();

  const std::string& targetPrefix() const;  // CodeBuild_20161006
  JsonAnswer call(std::string_view operation, std::string_view body,
                  const CallContext& context) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::api
