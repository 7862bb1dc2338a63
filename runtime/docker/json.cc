#include "runtime/docker/json.h"

#include <arpa/inet.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "runtime/agent/protocol.h"
#include "runtime/docker/base64.h"
#include "runtime/docker/labels.h"

namespace kiln::runtime {
namespace {

using nlohmann::json;

json parse(std::string_view text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

Error unexpected(const std::string& what) {
  return {Code::kInternal, "the container engine's answer is not understood: " + what};
}

// The member when it is there and of that type, else the default. Never throws.
std::string text(const json& object, const char* member) {
  auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number(const json& object, const char* member) {
  auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

bool flag(const json& object, const char* member) {
  auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

json part(const json& object, const char* member) {
  auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() ? *found : json();
}

std::map<std::string, std::string> labelsFrom(const json& labels) {
  std::map<std::string, std::string> all;
  if (!labels.is_object()) return all;
  for (const auto& [name, value] : labels.items()) {
    if (value.is_string()) all[name] = value.get<std::string>();
  }
  return all;
}

// Docker's words and Podman's.
std::optional<ContainerState> stateFrom(std::string_view word) {
  if (word == "created" || word == "configured" || word == "initialized")
    return ContainerState::kCreated;
  if (word == "running" || word == "paused" || word == "restarting" || word == "stopping") {
    return ContainerState::kRunning;
  }
  if (word == "exited" || word == "dead" || word == "removing" || word == "stopped") {
    return ContainerState::kExited;
  }
  return std::nullopt;
}

json volumeMount(const std::string& volume, bool readOnly) {
  return {{"Type", "volume"},
          {"Source", volume},
          {"Target", agent::kAgentDirectory},
          {"ReadOnly", readOnly},
          {"VolumeOptions", {{"NoCopy", true}}}};
}

std::string gatewayOf(const json& config) {
  if (auto gateway = text(config, "Gateway"); !gateway.empty()) return gateway;
  auto subnet = text(config, "Subnet");
  in_addr address{};
  if (inet_pton(AF_INET, subnet.substr(0, subnet.find('/')).c_str(), &address) != 1) return {};
  address.s_addr = htonl(ntohl(address.s_addr) + 1);
  char buffer[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, buffer, sizeof buffer);
}

}  // namespace

Result<InspectedContainer> inspectedFrom(std::string_view jsonText) {
  auto document = parse(jsonText);
  auto state = part(document, "State");
  auto word = text(state, "Status");
  auto known = stateFrom(word);
  if (!known) return unexpected("container state \"" + word + "\"");
  InspectedContainer found;
  found.status = {.state = *known,
                  .id = text(document, "Id"),
                  .exitCode = static_cast<int>(number(state, "ExitCode")),
                  .outOfMemory = flag(state, "OOMKilled"),
                  .engineError = text(state, "Error")};
  if (found.status.state != ContainerState::kExited) found.status.exitCode = 0;
  found.removing = word == "removing";
  found.name = text(document, "Name");
  if (found.name.starts_with('/')) found.name.erase(0, 1);
  auto config = part(document, "Config");
  found.image = text(config, "Image");
  found.labels = labelsFrom(part(config, "Labels"));
  if (found.status.id.empty()) return unexpected("a container without an id");
  return found;
}

Result<std::vector<OwnedContainer>> ownedFrom(std::string_view jsonText) {
  auto document = parse(jsonText);
  if (!document.is_array()) return unexpected("a list of containers that is no list");
  std::vector<OwnedContainer> all;
  for (const auto& each : document) {
    auto labels = labelsFrom(part(each, "Labels"));
    auto state = stateFrom(text(each, "State"));
    all.push_back({.id = text(each, "Id"),
                   .buildArn = labels[std::string(kBuildLabel)],
                   .state = state.value_or(ContainerState::kRunning),
                   .createdAt = TimePoint(Seconds(number(each, "Created")))});
  }
  return all;
}

Result<EngineInfo> engineInfoFrom(std::string_view infoText, std::string_view versionText) {
  auto info = parse(infoText);
  auto version = parse(versionText);
  if (!info.is_object() || !version.is_object()) return unexpected("GET /info or GET /version");
  EngineInfo engine;
  engine.name = "docker";
  for (const auto& component : part(version, "Components")) {
    if (text(component, "Name").starts_with("Podman")) engine.name = "podman";
  }
  engine.version = text(version, "Version");
  engine.architecture = text(info, "Architecture");
  if (engine.architecture == "amd64") engine.architecture = "x86_64";
  if (engine.architecture == "arm64") engine.architecture = "aarch64";
  engine.operatingSystem = text(info, "OSType");
  if (engine.operatingSystem.empty()) engine.operatingSystem = text(version, "Os");
  engine.cpus = static_cast<int>(number(info, "NCPU"));
  engine.memoryBytes = number(info, "MemTotal");
  return engine;
}

std::string gatewayFrom(std::string_view network) {
  auto document = parse(network);
  auto configs = part(part(document, "IPAM"), "Config");
  if (!configs.is_array()) return {};
  for (const auto& config : configs) {
    auto gateway = gatewayOf(config);
    if (gateway.find(':') == std::string::npos && !gateway.empty()) return gateway;
  }
  return {};
}

std::string toJson(const CreateRequest& request) {
  const ContainerSpec& spec = request.spec;
  json mounts = json::array({volumeMount(request.agentVolume, true)});
  if (!request.engineSocket.empty()) {
    mounts.push_back(
        {{"Type", "bind"}, {"Source", request.engineSocket}, {"Target", "/var/run/docker.sock"}});
  }
  json host = {{"LogConfig", {{"Type", "none"}, {"Config", json::object()}}},
               {"Mounts", std::move(mounts)},
               {"NetworkMode", "default"},
               {"Init", false},
               {"Privileged", request.everyCapability}};
  if (spec.memoryBytes > 0) {
    host["Memory"] = spec.memoryBytes;
    host["MemorySwap"] = spec.memoryBytes;  // no swap beyond it, as in CodeBuild
  }
  if (spec.nanoCpus > 0) host["NanoCpus"] = spec.nanoCpus;
  json body = {{"Image", spec.image},
               {"Entrypoint", {agent::kAgentPath}},
               {"Cmd", spec.command},
               {"User", "0:0"},
               {"WorkingDir", "/"},
               {"OpenStdin", true},
               {"StdinOnce", false},
               {"AttachStdin", true},
               {"AttachStdout", true},
               {"AttachStderr", true},
               {"Tty", false},
               {"Healthcheck", {{"Test", {"NONE"}}}},
               {"Labels", request.labels},
               {"HostConfig", std::move(host)}};
  if (!spec.hostname.empty()) body["Hostname"] = spec.hostname;
  return body.dump();
}

std::string fillerToJson(const std::string& image, const std::string& volume,
                         const std::map<std::string, std::string>& labels) {
  json host = {{"NetworkMode", "none"}, {"Mounts", json::array({volumeMount(volume, false)})}};
  return json{{"Image", image},
              {"Entrypoint", {agent::kAgentPath}},
              {"Cmd", json::array()},
              {"Labels", labels},
              {"HostConfig", std::move(host)}}
      .dump();
}

std::string idFrom(std::string_view createReply) { return text(parse(createReply), "Id"); }

Result<EngineEvent> eventFrom(std::string_view jsonText) {
  auto document = parse(jsonText);
  if (!document.is_object()) return unexpected("an event that is no object");
  auto attributes = labelsFrom(part(part(document, "Actor"), "Attributes"));
  auto nanos = number(document, "timeNano");
  return EngineEvent{.buildArn = attributes[std::string(kBuildLabel)],
                     .nanos = nanos != 0 ? nanos : number(document, "time") * 1'000'000'000};
}

std::string labelFilter(std::string_view label, std::string_view value, bool containersOnly) {
  json filters = {{"label", {std::string(label) + "=" + std::string(value)}}};
  if (containersOnly) filters["type"] = {"container"};
  return filters.dump();
}

std::int64_t fileSizeFrom(std::string_view pathStat) {
  auto decoded = decodeBase64(pathStat);
  if (!decoded) return -1;
  auto document = parse(*decoded);
  constexpr std::int64_t kTypeBits = 0x8f280000;  // Go's fs.ModeType
  if (!document.is_object() || (number(document, "mode") & kTypeBits) != 0) return -1;
  return document.contains("size") ? number(document, "size") : -1;
}

}  // namespace kiln::runtime
