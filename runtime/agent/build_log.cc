#include "runtime/agent/build_log.h"

#include <string>

namespace kiln::agent {

void BuildLog::line(std::string_view text) {
  std::int64_t now = nowMicros();
  std::string bytes = lineOpen_ ? "\n" : "";
  bytes += containerLine(now, text);
  journal_.append(RecordType::kOutput, now, bytes);
  lineOpen_ = false;
}

void BuildLog::output(std::string_view bytes) {
  journal_.append(RecordType::kOutput, nowMicros(), bytes);
  printed_ = true;
  lineOpen_ = bytes.back() != '\n';
}

void BuildLog::startLine() {
  if (lineOpen_) journal_.append(RecordType::kOutput, nowMicros(), "\n");
  lineOpen_ = false;
}

void BuildLog::endCommand() {
  if (printed_) journal_.append(RecordType::kOutput, nowMicros(), lineOpen_ ? "\n\n" : "\n");
  if (printed_) lineOpen_ = false;
}

}  // namespace kiln::agent
