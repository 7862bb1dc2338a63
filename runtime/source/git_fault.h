// Why git's side of a fetch failed. Values only.
#pragma once

#include <optional>
#include <string>

#include "controller/core/result.h"

namespace kiln::runtime {

// `what` is the message's beginning as facts §2.4 have it ("repository not found"); with `host` it is not the build's fault.
struct GitFault {
  std::string what;
  std::optional<Error> host;

  static GitFault ofBuild(std::string what) { return {std::move(what), std::nullopt}; }
  static GitFault ofHost(Error error) { return {{}, std::move(error)}; }
};

template <typename T>
using GitResult = Result<T, GitFault>;

inline constexpr const char* kReferenceNotFound = "reference not found";

}  // namespace kiln::runtime
