#include "runtime/docker/start_error.h"

#include <array>
#include <string_view>

#include "runtime/agent/protocol.h"

namespace kiln::runtime {
namespace {

constexpr std::array<std::string_view, 9> kPassing = {"context canceled",
                                                      "deadline exceeded",
                                                      "error while dialing",
                                                      "transport is closing",
                                                      "connection refused",
                                                      "shutting down",
                                                      "resource temporarily unavailable",
                                                      "device or resource busy",
                                                      "ttrpc: closed"};

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Error startError(const EngineReply& reply, const std::string& attempted) {
  auto error = errorFrom(reply, attempted);
  if (error.code == Code::kResourceExhausted || error.code == Code::kConflict) return error;
  bool absent = error.code == Code::kNotFound && mentions(error.message, "No such container");
  if (absent) return error;
  for (auto part : kPassing) {
    if (mentions(error.message, part)) return {Code::kUnavailable, error.message};
  }
  return {Code::kFailedPrecondition, error.message};
}

bool lacksAgent(const std::string& message) {
  return mentions(message, agent::kAgentPath) &&
         (mentions(message, "no such file or directory") || mentions(message, "not found"));
}

}  // namespace kiln::runtime
