#include "runtime/docker/pull.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/docker/docker_runtime_impl.h"
#include "runtime/docker/image_reference.h"
#include "runtime/docker/json_lines.h"
#include "runtime/docker/registry_auth.h"

namespace kiln::runtime {
namespace {

// In this order: a registry that was not reached said nothing.
constexpr auto kMalformed = std::to_array<std::string_view>(
    {"invalid reference format", "invalid tag", "must be lowercase", "invalid checksum digest"});
constexpr auto kUnreached = std::to_array<std::string_view>(
    {"no such host", "dial tcp", "i/o timeout", "connection refused", "network is unreachable"});
constexpr auto kRefused = std::to_array<std::string_view>(
    {"denied", "unauthorized", "manifest unknown", "not found", "no matching manifest", "forbidden",
     "does not exist", "no basic auth credentials"});

template <typename Words>
bool mentionsAny(const std::string& text, const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

std::string member(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Error pullError(const std::string& message) {
  if (message.find("no space left on device") != std::string::npos)
    return {Code::kResourceExhausted, message};
  if (mentionsAny(message, kMalformed)) return {Code::kInvalidArgument, message};
  if (mentionsAny(message, kUnreached)) return {Code::kDeadlineExceeded, message};
  if (mentionsAny(message, kRefused)) return {Code::kNotFound, message};
  return {Code::kFailedPrecondition, message};
}

PullReader::PullReader(std::function<void(const PullProgress&)> progress)
    : progress_(std::move(progress)) {}

Status PullReader::take(std::string_view line) {
  auto document = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return okStatus();  // nothing a person could read
  if (auto error = member(document, "error"); !error.empty()) error_ = error;
  auto step = member(document, "status");
  auto layer = member(document, "id");
  if (step.empty() || !progress_) return okStatus();
  auto& last = steps_[layer];
  if (last == step) return okStatus();
  last = step;
  progress_({layer.empty() ? step : layer + ": " + step});
  return okStatus();
}

Result<bool> DockerRuntime::hasImage(const std::string& image) {
  auto reply = impl_->client.get("/images/" + encodeUrl(image) + "/json");
  if (!reply.ok()) return reply.error();
  const bool noSuchName = reply->status == 400 || reply->status / 100 == 3;  // 301: ../x, a//b
  if (reply->status == 404 || noSuchName) return false;
  if (!reply->ok()) return errorFrom(*reply, "looking for image " + image);
  return !idFrom(reply->body).empty();  // "." is answered with the list of all
}

Status DockerRuntime::pullImage(const std::string& image, std::stop_token stop,
                                const std::function<void(const PullProgress&)>& progress) {
  auto reference = parseImage(image);
  EngineRequest request{.method = "POST",
                        .path = "/images/create?fromImage=" + encodeUrl(reference.name)};
  if (!reference.tag.empty()) request.path += "&tag=" + encodeUrl(reference.tag);
  if (auto auth = registryAuth(registryOf(image)); !auth.empty()) {
    request.headers.push_back("X-Registry-Auth: " + auth);
  }
  PullReader reader(progress);
  JsonLines lines;
  auto take = [&](std::string_view line) { return reader.take(line); };
  request.stop = stop;
  request.mayIdle = true;
  request.whole = impl_->settings.pullTimeout;
  request.sink = [&](std::string_view bytes) { return lines.push(bytes, take); };
  auto reply = impl_->client.call(request);
  if (!reply.ok())
    return Error{reply.error().code, "pulling " + image + ": " + reply.error().message};
  if (auto last = lines.push("\n", take); !last.ok()) return last;
  if (!reply->ok()) return pullError(messageOf(*reply));
  if (!reader.error().empty()) return pullError(reader.error());
  return okStatus();
}

}  // namespace kiln::runtime
