// BuildSelector: which builds a watcher or a list asks for: `region`, `project` and `id` of the query.
//
// Values only. Parsing answers kInvalidArgument with the parameter and its value.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "api/http/request.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::api {

inline constexpr std::string_view kAllRegions = "*";

struct BuildSelector {
  Scope scope;          // region kAllRegions: every one of the account
  std::string project;  // empty: any
  std::string name;     // `<project>:<uuid>`; empty: any

  bool everyRegion() const { return scope.region == kAllRegions; }
  bool matches(const ResourceKey& key) const;
};

// `region` defaults to the request's own, or to that of the ARN when `id` is one.
Result<BuildSelector> parseSelector(const Request& request);

// The scope that `region` names, or the request's own.
Result<Scope> parseScope(const Request& request);

// kInvalidArgument when the query has a parameter that is not one of `known`: a misspelt filter must not match everything.
Status checkParameters(const Request& request, std::initializer_list<std::string_view> known);

// A whole number of the query within [least, most], or `fallback` when it is not given.
Result<std::uint64_t> parseNumber(const Request& request, std::string_view name,
                                  std::uint64_t least, std::uint64_t most, std::uint64_t fallback);

// `1`/`true`/empty switch a parameter on, `0`/`false` or absence off.
Result<bool> parseSwitch(const Request& request, std::string_view name);

}  // namespace kiln::api
