#include "controller/core/result.h"

#include <cstdlib>

namespace kiln {

std::string_view name(Code code) {
  switch (code) {
    case Code::kInvalidArgument: return "invalid argument";
    case Code::kNotFound: return "not found";
    case Code::kAlreadyExists: return "already exists";
    case Code::kConflict: return "conflict";
    case Code::kFailedPrecondition: return "failed precondition";
    case Code::kResourceExhausted: return "resource exhausted";
    case Code::kGone: return "gone";
    case Code::kUnavailable: return "unavailable";
    case Code::kDeadlineExceeded: return "deadline exceeded";
    case Code::kCorrupt: return "corrupt";
    case Code::kUnimplemented: return "unimplemented";
    case Code::kInternal: return "internal";
  }
  unreachable();
}

void unreachable() { std::abort(); }

}  // namespace kiln
