// The engine's JSON as values, and values as the engine's JSON. Pure. An answer that is not what the engine's API promises is
// kInternal with the member that is wrong.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/container_runtime.h"

namespace kiln::runtime {

struct InspectedContainer {
  ContainerStatus status;
  std::string name;   // without the leading slash
  std::string image;  // as asked for at creation
  bool removing = false;
  std::map<std::string, std::string> labels;
};

Result<InspectedContainer> inspectedFrom(std::string_view json);
Result<std::vector<OwnedContainer>> ownedFrom(std::string_view json);

// GET /info and GET /version; the API version and the bridge address are left empty.
Result<EngineInfo> engineInfoFrom(std::string_view info, std::string_view version);
// GET /networks/NAME: the gateway of its first IPv4 subnet, or that subnet's first host address; empty when there is neither.
std::string gatewayFrom(std::string_view network);

// What makes a container of ours; the spec's and Kiln's own parts.
struct CreateRequest {
  ContainerSpec spec;
  std::map<std::string, std::string> labels;
  std::string agentVolume;
  std::string engineSocket;      // bind-mounted for a privileged build; empty: not
  bool everyCapability = false;  // docker run --privileged
};
std::string toJson(const CreateRequest& request);

// A container that is only there to have `volume` mounted, writable, at the agent's directory.
std::string fillerToJson(const std::string& image, const std::string& volume,
                         const std::map<std::string, std::string>& labels);

std::string idFrom(std::string_view createReply);  // "Id"; empty when it is not there

// One event of GET /events.
struct EngineEvent {
  std::string buildArn;  // empty: not of a build
  std::int64_t nanos = 0;
};
Result<EngineEvent> eventFrom(std::string_view json);

// Filters for list and events: {"label": ["<key>=<value>"], …more}.
std::string labelFilter(std::string_view label, std::string_view value, bool containersOnly);

// Size of the file that X-Docker-Container-Path-Stat (base64 of JSON) describes; -1 for anything but a regular file.
std::int64_t fileSizeFrom(std::string_view pathStat);

}  // namespace kiln::runtime
