// Names of parameters: what one may be called, and what a request's text names: `NAME`, `NAME:VERSION`, `NAME:LABEL`, or the ARN of one
// with or without a selector. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/ssm/failures.h"
#include "controller/core/ids.h"

namespace kiln::api::ssm {

// The name of a new parameter.
Refusal checkName(std::string_view name);
// A path of GetParametersByPath or of a Path filter.
Refusal checkPath(std::string_view path);

// May it be a label? Labels that may not are told apart, not refused.
bool isLabel(std::string_view label);

struct Asked {
  std::vector<std::string> names;  // an ARN `parameter/x` may be that of `x` or of `/x`
  std::string selector;            // a version or a label; empty: the latest version
};

// No names when it is an ARN of another account, region or service.
Asked parseAsked(const Scope& scope, std::string_view asked);

std::string parameterArn(const Scope& scope, std::string_view name);

}  // namespace kiln::api::ssm
