// ObjectSource: what a source needs of S3: heads, bodies and listings. Kiln's own S3 and a real one are the two kinds; both are
// reached by HTTP (runtime/aws), tests have a third.
//
// Threads: any. Calls block; `stop` ends them. Failure: ObjectError, which tells S3's own answer from a failure to get one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::runtime {

// What S3 said when it refused.
struct S3Answer {
  std::string code;  // NoSuchKey, AccessDenied, ...; of a bodiless 404: NotFound
  std::string message;
  int status = 0;
  std::string requestId;
  std::string hostId;
};

struct ObjectError {
  std::optional<S3Answer> answer;  // unset: there was none, `error` says why
  Error error;
};

template <typename T>
using ObjectResult = Result<T, ObjectError>;

struct ObjectName {
  std::string bucket;
  std::string key;
  std::string versionId;  // empty: the newest
};

struct ObjectInfo {
  std::int64_t size = 0;
  std::string versionId;  // empty: the bucket has no versions
  TimePoint modified;
};

struct ListedObject {
  std::string key;
  std::int64_t size = 0;
  TimePoint modified;
};

struct ObjectPage {
  std::vector<ListedObject> objects;  // by key
  std::string next;                   // continuation token; empty: that was all
};

class ObjectSource {
 public:
  virtual ~ObjectSource() = default;

  virtual ObjectResult<ObjectInfo> head(const Scope& scope, const ObjectName& name,
                                        std::stop_token stop) = 0;
  // Hands over the body as it comes; a failure of `sink` ends it and is returned as a failure without an answer.
  virtual ObjectResult<ObjectInfo> get(const Scope& scope, const ObjectName& name,
                                       const std::function<Status(std::string_view)>& sink,
                                       std::stop_token stop) = 0;
  // Without a delimiter, in order of key.
  virtual ObjectResult<ObjectPage> list(const Scope& scope, const std::string& bucket,
                                        const std::string& prefix, const std::string& token,
                                        std::stop_token stop) = 0;
};

}  // namespace kiln::runtime
