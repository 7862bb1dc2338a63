// AwsError: why a call to an AWS service failed: Kiln's Error and, where the service answered, what it called the failure.
//
// Pure functions and values. Messages never hold a secret key or a session token, whatever the service sent back.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/result.h"
#include "runtime/aws/sigv4.h"

namespace kiln::runtime {

struct AwsError : Error {
  std::string awsCode = {};     // "NoSuchKey", "AccessDeniedException"; empty: no answer came
  std::string awsMessage = {};  // the service's sentence
  long status = 0;              // of HTTP; 0: no answer came
  std::string requestId = {};
  std::string hostId = {};       // of S3
  bool mayHaveHappened = false;  // the request was sent and its answer is not known

  bool accessDenied() const;
};

// Done, where there is nothing else to answer.
struct Done {};

// What the service calls a failure.
struct AwsFault {
  std::string code;
  std::string message;
  std::string requestId;
  std::string hostId = {};
};

// From an answer's status and body: JSON (__type or code, message), XML (<Error>, <ErrorResponse>), or neither. `typeHeader` is
// x-amzn-ErrorType. Shape prefixes ("com.amazonaws.ssm#X", "X:http://…") are cut off.
AwsFault faultOf(long status, std::string_view body, std::string_view typeHeader);

// "<attempted>: <code>: <message> (status N, request R)", under the Code that fits: kNotFound, kAlreadyExists, kConflict,
// kFailedPrecondition (access denied, precondition failed, redirects), kResourceExhausted (limits), kUnimplemented, kUnavailable (5xx,
// throttling), kInvalidArgument for the rest.
AwsError errorOf(const AwsFault& fault, long status, const std::string& attempted,
                 const AwsCredentials& credentials);

// The service asks to be left in peace for a moment.
bool isThrottling(const AwsFault& fault, long status);
// The same call may succeed when it is made again.
bool mayRetry(const AwsFault& fault, long status);

}  // namespace kiln::runtime
