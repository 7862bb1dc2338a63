#include "runtime/docker/client.h"

#include <gtest/gtest.h>

#include "runtime/docker/container_terminal.h"
#include "runtime/docker/docker_runtime.h"
#include "tests/unit/docker/scripted_engine.h"

namespace kiln::runtime {
namespace {

using testing::Test;

std::string pong(const std::string& version) {
  return ScriptedEngine::answer(200, "OK", "Api-Version: " + version + "\r\n");
}

bool asks(const std::string& line, const std::string& part) {
  return line.find(part) != std::string::npos;
}

EngineClient clientOf(const ScriptedEngine& engine, Millis limit = Millis(20'000)) {
  return EngineClient(*parseEndpoint(engine.address()), limit);
}

std::unique_ptr<DockerRuntime> runtimeOf(const ScriptedEngine& engine,
                                         Millis limit = Millis(20'000)) {
  config::EngineSettings settings;
  settings.host = engine.address();
  settings.requestTimeout = limit;
  return std::move(*DockerRuntime::make(settings, "store", "/bin/true"));
}

const BuildId kId{{"000000000000", "eu-central-1"}, "p", "00000001-0000-4000-8000-000000000000"};

TEST(EngineClientTest, TheVersionIsAskedOnceAndPutBeforeEveryPath) {
  ScriptedEngine engine([](const std::string& line) {
    return asks(line, "_ping") ? pong("1.41") : ScriptedEngine::answer(200, "{}");
  });
  auto client = clientOf(engine);
  EXPECT_TRUE(client.get("/info")->ok());
  EXPECT_TRUE(client.get("/info")->ok());
  EXPECT_EQ(engine.requests(),
            (std::vector<std::string>{"GET /_ping HTTP/1.1", "GET /v1.41/info HTTP/1.1",
                                      "GET /v1.41/info HTTP/1.1"}));
}

TEST(EngineClientTest, AnEngineReplacedByAnotherIsAskedForItsVersionAgain) {
  std::string version = "1.44";
  ScriptedEngine engine([&](const std::string& line) {
    if (asks(line, "_ping")) return pong(version);
    if (asks(line, "/v" + version + "/")) return ScriptedEngine::answer(200, "{}");
    return ScriptedEngine::answer(
        400,
        R"({"message":"client version 1.44 is too new. Maximum supported API version is 1.41"})");
  });
  auto client = clientOf(engine);
  EXPECT_TRUE(client.get("/info")->ok());
  version = "1.41";
  auto reply = client.get("/info");
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->ok());
  EXPECT_EQ(client.absences(), 1U);
}

TEST(EngineClientTest, APeerThatVanishesIsUnavailableAndTheNextCallFindsItAgain) {
  bool vanish = true;
  ScriptedEngine engine([&](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    return vanish ? "" : ScriptedEngine::answer(404, R"({"message":"No such container"})");
  });
  auto runtime = runtimeOf(engine);
  auto lost = runtime->inspect(kId);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  vanish = false;
  auto found = runtime->inspect(kId);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->state, ContainerState::kAbsent);
}

TEST(EngineClientTest, AnAnswerCutOffInTheMiddleIsUnavailable) {
  ScriptedEngine engine([](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"St";
  });
  auto runtime = runtimeOf(engine);
  auto lost = runtime->inspect(kId);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
}

TEST(EngineClientTest, AnEngineThatSaysNothingIsUnavailableAfterTheLimitEvenWhenAttaching) {
  ScriptedEngine engine([](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    if (asks(line, "/json")) {
      return ScriptedEngine::answer(
          200,
          R"({"Id":"c1","State":{"Status":"running"},"Config":{"Labels":{"io.kiln.store":"store","io.kiln.build":")" +
              kId.arn() + R"("}}})");
    }
    return "HTTP/1.1 101 UPGRADED\r\n";  // and never more: the connection closes
  });
  auto runtime = runtimeOf(engine, Millis(300));
  auto stream = runtime->attach(kId);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code, Code::kUnavailable);
}

TEST(EngineClientTest, ServerErrorsAreUnavailableNeverAbsent) {
  ScriptedEngine engine([](const std::string& line) {
    return asks(line, "_ping")
               ? pong("1.41")
               : ScriptedEngine::answer(500, R"({"message":"layer store is closed"})");
  });
  auto runtime = runtimeOf(engine);
  auto status = runtime->inspect(kId);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_NE(status.error().message.find("layer store is closed"), std::string::npos);
  EXPECT_FALSE(runtime->listOwned().ok());
  EXPECT_FALSE(runtime->hasImage("a").ok());
}

TEST(EngineClientTest, ANameThatTheEnginesPathsCannotHoldIsNoImage) {
  ScriptedEngine engine([](const std::string& line) {
    if (asks(line, "_ping")) return pong("1.41");
    return ScriptedEngine::answer(301, "");  // what Docker says to GET /images/../../x/json
  });
  auto there = runtimeOf(engine)->hasImage("../../x");
  ASSERT_TRUE(there.ok()) << there.error().message;
  EXPECT_FALSE(*there);
}

TEST(EngineClientTest, AnotherServerOnTheSocketIsNoEngine) {
  ScriptedEngine engine([](const std::string&) { return ScriptedEngine::answer(200, "hello"); });
  auto info = runtimeOf(engine)->info();
  ASSERT_FALSE(info.ok());
  EXPECT_EQ(info.error().code, Code::kUnavailable);
}

TEST(EngineClientTest, WhatTheEngineIsIsAskedOnceWhileItIsThere) {
  ScriptedEngine engine([](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    if (asks(line, "/version")) return ScriptedEngine::answer(200, R"({"Version":"20.10.24"})");
    if (asks(line, "/networks")) return ScriptedEngine::answer(404, R"({"message":"no"})");
    return ScriptedEngine::answer(
        200, R"({"Architecture":"x86_64","OSType":"linux","NCPU":2,"MemTotal":1024})");
  });
  auto runtime = runtimeOf(engine);
  ASSERT_TRUE(runtime->info().ok());
  auto before = engine.requests().size();
  auto again = runtime->info();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->cpus, 2);
  EXPECT_EQ(engine.requests().size(), before + 1);
  EXPECT_EQ(engine.requests().back(), "GET /_ping HTTP/1.1");
}

TEST(EngineClientTest, ARemovalInProgressIsWaitedForUntilTheContainerIsGone) {
  bool waited = false;
  ScriptedEngine engine([&](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    if (line.starts_with("DELETE")) {
      return ScriptedEngine::answer(
          409, R"({"message":"removal of container c1 is already in progress"})");
    }
    if (asks(line, "/wait?condition=removed")) {
      waited = true;
      return ScriptedEngine::answer(200, R"({"StatusCode":137})");
    }
    if (waited) return ScriptedEngine::answer(404, R"({"message":"No such container: c1"})");
    return ScriptedEngine::answer(
        200,
        R"({"Id":"c1","State":{"Status":"removing"},"Config":{"Labels":{"io.kiln.store":"store"}}})");
  });
  auto removed = runtimeOf(engine)->removeOwned("c1");
  EXPECT_TRUE(removed.ok());
  EXPECT_TRUE(waited);
}

TEST(EngineClientTest, APullsErrorInTheStreamIsTheEnginesOwnTextAndProgressIsTold) {
  ScriptedEngine engine([](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    EXPECT_TRUE(asks(line, "fromImage=registry.example%3A5000%2Fa%2Fb&tag=7")) << line;
    return ScriptedEngine::answer(
        200,
        "{\"status\":\"Pulling from a/b\",\"id\":\"7\"}\r\n"
        "{\"status\":\"Downloading\",\"id\":\"l1\",\"progress\":\"1\"}\r\n"
        "{\"status\":\"Downloading\",\"id\":\"l1\",\"progress\":\"2\"}\r\n"
        "{\"errorDetail\":{\"message\":\"manifest unknown\"},\"error\":\"manifest unknown\"}");
  });
  std::string lines;
  auto pulled =
      runtimeOf(engine)->pullImage("registry.example:5000/a/b:7", {},
                                   [&](const PullProgress& each) { lines += each.text + "|"; });
  ASSERT_FALSE(pulled.ok());
  EXPECT_EQ(pulled.error().code, Code::kNotFound);
  EXPECT_EQ(pulled.error().message, "manifest unknown");
  EXPECT_EQ(lines, "7: Pulling from a/b|l1: Downloading|");
}

TEST(EngineClientTest, AStopEndsACopyFromAnEngineThatHasFallenSilent) {
  const std::string silence = "HTTP/1.1 200 OK\r\nX-Hold: 1\r\nContent-Length: 1000\r\n\r\n{";
  const std::string labels = std::string("\"") + std::string(kStoreLabel) + "\":\"store\",\"" +
                             std::string(kBuildLabel) + "\":\"" + kId.arn() + "\"";
  for (const char* silentOver : {"_ping", "/json", "/archive"}) {
    std::stop_source stop;
    ScriptedEngine engine([&](const std::string& line) -> std::string {
      if (asks(line, silentOver)) {
        stop.request_stop();
        return silence;
      }
      if (asks(line, "_ping")) return pong("1.41");
      return ScriptedEngine::answer(200, R"({"Id":"c","Name":"/c","State":{"Status":"running"},)"
                                         R"("Config":{"Image":"i","Labels":{)" +
                                             labels + "}}}");
    });
    auto copied =
        runtimeOf(engine)->copyOut(kId, "/a", stop.get_token(), [](auto) { return okStatus(); });
    ASSERT_FALSE(copied.ok());
    EXPECT_EQ(copied.error().code, Code::kUnavailable);
    EXPECT_NE(copied.error().message.find("stopped"), std::string::npos)
        << silentOver << ": " << copied.error().message;
  }
}

TEST(EngineClientTest, AStopEndsAPullAtOnce) {
  std::stop_source stop;
  ScriptedEngine engine([&](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    stop.request_stop();
    return "HTTP/1.1 200 OK\r\nX-Hold: 1\r\nContent-Length: 1000\r\n\r\n{";
  });
  auto pulled = runtimeOf(engine)->pullImage("a", stop.get_token(), {});
  ASSERT_FALSE(pulled.ok());
  EXPECT_EQ(pulled.error().code, Code::kUnavailable);
  EXPECT_NE(pulled.error().message.find("stopped"), std::string::npos) << pulled.error().message;
}

TEST(ContainerTerminalTest, WhatCameWithTheAnswerIsPendingUntilItIsRead) {
  ScriptedEngine engine([](const std::string& line) -> std::string {
    if (asks(line, "_ping")) return pong("1.41");
    if (asks(line, "/containers/c/exec")) return ScriptedEngine::answer(201, R"({"Id":"e"})");
    return "HTTP/1.1 101 UPGRADED\r\nX-Hold: 1\r\n\r\n# ";
  });
  auto client = clientOf(engine);
  const auto terminal = ContainerTerminal::open(client, "c", {"sh"});
  ASSERT_TRUE(terminal.ok());
  EXPECT_TRUE((*terminal)->pending());
  EXPECT_EQ(*(*terminal)->read(), "# ");
  EXPECT_FALSE((*terminal)->pending());
}

}  // namespace
}  // namespace kiln::runtime
