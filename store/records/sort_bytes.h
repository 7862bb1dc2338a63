// The bytes after an index prefix: fixed width, so that text order is numeric order.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "controller/core/ids.h"

namespace kiln::store {

inline std::string sortable(std::int64_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%019lld", static_cast<long long>(number));
  return digits;
}

inline std::string scopedIndex(std::string_view index, const Scope& scope) {
  return std::string(index) + "/" + scope.account + "/" + scope.region + "/";
}

}  // namespace kiln::store
