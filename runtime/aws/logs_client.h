// LogsClient: what builds need of CloudWatch Logs, of one endpoint: a group, a stream, events in order.
//
// PutLogEvents is not idempotent. A batch whose answer was lost is sent again only when the stream's last events are not the batch; a
// service that shows events late may hide that it has them, and only then is one doubled. Threads: any, one at a time for
// each stream. Failure: AwsError. Cheap to make; `client` outlives it.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/aws/aws_client.h"
#include "runtime/aws/log_batches.h"
#include "runtime/aws/s3_types.h"

namespace kiln::runtime {

struct LogStreamName {
  std::string group;
  std::string stream;
};

struct LogsWritten {
  std::size_t accepted = 0;
  std::size_t rejected = 0;  // too old, too new, or older than the group keeps events
};

class LogsClient {
 public:
  LogsClient(AwsClient& client, AwsEndpoint endpoint);

  // Done when it is there already.
  AwsResult<Done> createGroup(const std::string& group, std::stop_token stop = {});
  AwsResult<Done> createStream(const LogStreamName& name, std::stop_token stop = {});

  // All events, in as many batches as they need. An error says nothing of the batches before it: they are written.
  AwsResult<LogsWritten> put(const LogStreamName& name, const std::vector<LogEvent>& events,
                             std::stop_token stop = {});

  // The last events of the stream, oldest first, 10,000 at most.
  AwsResult<std::vector<LogEvent>> last(const LogStreamName& name, std::size_t count,
                                        std::stop_token stop = {});

 private:
  AwsResult<LogsWritten> putBatch(const LogStreamName& name, const std::vector<LogEvent>& batch,
                                  std::stop_token stop);
  AwsResult<LogsWritten> sendBatch(const LogStreamName& name, const std::vector<LogEvent>& batch,
                                   std::stop_token stop);
  AwsResult<AwsReply> call(const std::string& operation, const std::string& on, std::string body,
                           bool repeatable, std::stop_token stop);

  AwsClient& client_;
  AwsEndpoint endpoint_;
};

}  // namespace kiln::runtime
