// QueryService: one service of the AWS query protocol: form parameters in, XML out. JsonService's sibling: the same tables, validator,
// handlers and errors.
//
// Owner: main(). After construction only read: any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/model/operation.h"
#include "api/model/rest.h"

namespace kiln::api {

struct QueryAnswer {
  int status = 200;
  std::string body;
};

class QueryService {
 public:
  // `service` names a compiled-in table ("sts"); `xmlns` is that of its answers. Aborts as JsonService does.
  QueryService(std::string_view service, std::string xmlns, Operations operations);
  ~QueryService();

  const std::string& version() const;  // 2011-06-15
  // `parameters` as decoded from the form, Action and Version among them.
  QueryAnswer call(const TextMap& parameters, const CallContext& context) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::api
