// FilterPattern: the filter language of CloudWatch Logs: terms, `{ … }` for JSON messages, `[ … ]` for messages of fields.
//
// A value; after parse() only read: any thread. Matching never throws and its work is bounded by the message's size.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/logs/extracted.h"
#include "controller/core/result.h"

namespace kiln::api::logs {

class FilterPattern {
 public:
  // kInvalidArgument: what is wrong, and where. An empty pattern matches every message.
  static Result<FilterPattern> parse(std::string_view text);

  bool matches(std::string_view message) const;
  // The values that the pattern names, of a message that matches.
  ExtractedValues extract(std::string_view message) const;

 private:
  struct Parsed;
  explicit FilterPattern(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace kiln::api::logs
