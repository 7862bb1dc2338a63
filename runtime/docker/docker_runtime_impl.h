// What DockerRuntime's sources share. Private to runtime/docker.
#pragma once

#include <optional>

#include "controller/core/guarded.h"
#include "runtime/docker/agent_volume.h"
#include "runtime/docker/client.h"
#include "runtime/docker/docker_runtime.h"
#include "runtime/docker/json.h"

namespace kiln::runtime {

struct DockerRuntime::Impl {
  Impl(config::EngineSettings engine, Endpoint endpoint, std::string store,
       std::filesystem::path agent)
      : settings(std::move(engine)),
        client(std::move(endpoint), settings.requestTimeout),
        storeId(std::move(store)),
        agentVolume(client, std::move(agent), storeId) {}

  const config::EngineSettings settings;
  EngineClient client;
  const std::string storeId;
  AgentVolume agentVolume;
  Guarded<std::string>
      eventsSince;  // "<seconds>.<nanoseconds>", the engine's clock; empty: never followed

  // What the engine is does not change while it is there, and asking is slow (GET /info): asked again once it was away.
  struct Known {
    std::optional<EngineInfo> engine;
    std::uint64_t absences = 0;
  };
  Guarded<Known> known;
  Result<EngineInfo> ask();

  // The container of that name or id, whoever owns it; nullopt: absent.
  Result<std::optional<InspectedContainer>> look(const std::string& nameOrId,
                                                 const std::stop_token& stop = {});
  // The build's container; nullopt: absent; kFailedPrecondition: of our name, not ours.
  Result<std::optional<InspectedContainer>> findOurs(const BuildId& id,
                                                     const std::stop_token& stop = {});
  // As findOurs, but absent is kNotFound.
  Result<InspectedContainer> getOurs(const BuildId& id, const std::string& attempted,
                                     const std::stop_token& stop = {});
  Status start(const InspectedContainer& container);
  Status remove(const std::string& containerId);
};

}  // namespace kiln::runtime
