#include "tests/docker/engine_world.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "runtime/docker/client.h"
#include "runtime/docker/labels.h"

namespace kiln::runtime {
namespace {

EngineClient& engine() {
  static EngineClient client(*discoverEndpoint(EngineWorld::settings()), Millis(30'000));
  return client;
}

}  // namespace

config::EngineSettings EngineWorld::settings() { return {}; }

std::string EngineWorld::echoProgram() { return KILN_BINARY_DIR "/kiln-echo-program"; }

std::string EngineWorld::image() {
  const char* chosen = std::getenv("KILN_TEST_IMAGE");
  return chosen != nullptr ? chosen : settings().fallbackImage;
}

std::unique_ptr<ContractWorld> EngineWorld::make() { return makeWorld(); }

std::unique_ptr<EngineWorld> EngineWorld::makeWorld(const std::string& agentProgram) {
  std::unique_ptr<EngineWorld> world(new EngineWorld);
  auto runtime = DockerRuntime::make(settings(), world->storeId_, agentProgram);
  if (!runtime.ok()) {
    std::printf("no engine: %s\n", runtime.error().message.c_str());
    return nullptr;
  }
  world->runtime_ = std::move(*runtime);
  auto there = world->runtime_->hasImage(world->image());
  if (!there.ok()) {
    std::printf("no engine: %s\n", there.error().message.c_str());
    return nullptr;
  }
  if (*there) return world;
  std::printf("the engine has no image %s (KILN_TEST_IMAGE names another)\n",
              world->image().c_str());
  return nullptr;
}

EngineWorld::~EngineWorld() {
  if (!runtime_) return;
  auto left = runtime_->listOwned();
  if (!left.ok()) return;
  for (const auto& container : *left) {
    auto removed = runtime_->removeOwned(container.id);
    if (!removed.ok()) std::printf("left over: %s\n", removed.error().message.c_str());
  }
}

std::unique_ptr<ContainerRuntime> EngineWorld::unreachable() {
  auto nowhere = settings();
  nowhere.host = "unix:///nonexistent/kiln/engine.sock";
  return std::move(*DockerRuntime::make(nowhere, storeId_, echoProgram()));
}

std::unique_ptr<ContainerRuntime> EngineWorld::otherStore() {
  return std::move(*DockerRuntime::make(settings(), newUuid(), echoProgram()));
}

void EngineWorld::createForeign(const BuildId& id) {
  EngineRequest create{
      .method = "POST",
      .path = "/containers/create?name=" + containerName(id, storeId_),
      .body = R"({"Image":")" + image() + R"(","Cmd":["true"],"Labels":{"whose":"not ours"}})"};
  auto made = engine().call(create);
  ASSERT_TRUE(made.ok() && made->ok());
}

std::string EngineWorld::inspectRaw(const BuildId& id) {
  auto found = engine().get("/containers/" + containerName(id, storeId_) + "/json");
  return found.ok() ? found->body : found.error().message;
}

void EngineWorld::emptyAgentVolume() {
  auto listed = engine().get("/containers/json?all=1&filters=" +
                             encodeUrl(R"({"label":["io.kiln.store=)" + storeId_ + R"("]})"));
  ASSERT_TRUE(listed.ok() && listed->ok());
  auto at = listed->body.find("kiln-agent-");
  ASSERT_NE(at, std::string::npos) << listed->body;
  auto volume = listed->body.substr(at, 23);
  // Nothing but the containers of this test uses it: the echo program is nobody's agent.
  EngineRequest create{
      .method = "POST",
      .path = "/containers/create?name=kiln-emptier-" + newUuid(),
      .body = R"({"Image":")" + image() +
              R"(","Entrypoint":["/bin/sh","-c","rm -rf /v/*"],"Labels":{"io.kiln.store":")" +
              storeId_ + R"("},"HostConfig":{"Binds":[")" + volume + R"(:/v"]}})"};
  auto made = engine().call(create);
  ASSERT_TRUE(made.ok() && made->ok());
  auto id = made->body.substr(made->body.find("\"Id\":\"") + 6, 64);
  ASSERT_TRUE(engine().call({.method = "POST", .path = "/containers/" + id + "/start"})->ok());
  ASSERT_TRUE(engine().call({.method = "POST", .path = "/containers/" + id + "/wait"})->ok());
}

void EngineWorld::removeByOther(const BuildId& id) {
  auto removed = engine().call(
      {.method = "DELETE", .path = "/containers/" + containerName(id, storeId_) + "?force=1"});
  ASSERT_TRUE(removed.ok() && removed->ok());
}

}  // namespace kiln::runtime
