// Result<T, E>: a value or the reason there is none. Member names follow std::expected so that it can become an alias.
//
// Used between modules instead of exceptions, because whether a failure may be retried must be visible in its type.
// Library exceptions are converted at the adapter that calls the library. Values only; no threads, no ownership.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace kiln {

enum class Code {
  kInvalidArgument,  // the caller's input is wrong; the same call will fail again
  kNotFound,         // the named thing does not exist
  kAlreadyExists,    // the named thing exists already
  kConflict,         // somebody else changed it first: load again and decide again
  kFailedPrecondition,  // the world is not in the state this needs (a foreign container, a newer store)
  kResourceExhausted,  // a limit, a full disk
  kGone,               // that version has left the window: list again
  kUnavailable,        // the other side cannot be reached now; never means "absent"
  kDeadlineExceeded,   // no answer in time
  kCorrupt,            // stored bytes are not what was written
  kUnimplemented,      // Kiln does not do this yet
  kInternal,           // a bug or an answer nobody expected
};

std::string_view name(Code code);

// What was attempted, on what, and what came back.
struct Error {
  Code code = Code::kInternal;
  std::string message;

  // True when the same call may succeed later without anybody changing anything.
  bool retryable() const {
    return code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
           code == Code::kConflict || code == Code::kResourceExhausted;
  }
};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(E error)
      : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool has_value() const { return held_.index() == 0; }
  bool ok() const { return has_value(); }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    assert(ok());
    return std::get<0>(held_);
  }
  const T& value() const& {
    assert(ok());
    return std::get<0>(held_);
  }
  T&& value() && {
    assert(ok());
    return std::get<0>(std::move(held_));
  }
  const E& error() const& {
    assert(!ok());
    return std::get<1>(held_);
  }
  E&& error() && {
    assert(!ok());
    return std::get<1>(std::move(held_));
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> held_;
};

// A Result without a value: done, or why not.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    assert(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

inline Status okStatus() { return {}; }

template <typename T>
Status dropValue(const Result<T>& result) {
  return result.ok() ? okStatus() : Status(result.error());
}

// Ends the process: the place that calls it cannot be reached unless the program is wrong.
[[noreturn]] void unreachable();

}  // namespace kiln
