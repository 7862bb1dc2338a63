// The pure parts of the engine's adapter, one table each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/docker/api_version.h"
#include "runtime/docker/base64.h"
#include "runtime/docker/client.h"
#include "runtime/docker/endpoint.h"
#include "runtime/docker/frames.h"
#include "runtime/docker/image_reference.h"
#include "runtime/docker/json_lines.h"
#include "runtime/docker/labels.h"
#include "runtime/docker/pull.h"
#include "runtime/docker/registry_auth.h"
#include "runtime/docker/start_error.h"

namespace kiln::runtime {
namespace {

TEST(ApiVersionTest, IsTheLowerOfTheEnginesAndOurs) {
  for (auto [offered, chosen] : {std::pair{"1.40", "1.40"},
                                 {"1.41", "1.41"},
                                 {"1.44", "1.44"},
                                 {"1.52", "1.44"},
                                 {"2.0", "1.44"}}) {
    auto version = chooseApiVersion(offered);
    ASSERT_TRUE(version.ok()) << offered;
    EXPECT_EQ(*version, chosen);
  }
  EXPECT_EQ(chooseApiVersion("1.39").error().code, Code::kFailedPrecondition);
  for (const char* nonsense : {"", "1", "1.", "x.y", "1.4x"}) {
    EXPECT_EQ(chooseApiVersion(nonsense).error().code, Code::kUnavailable) << nonsense;
  }
}

TEST(EndpointTest, EveryFormIsUnderstoodOrRefusedWithTheReason) {
  EXPECT_EQ(parseEndpoint("unix:///run/a.sock")->text(), "unix:///run/a.sock");
  EXPECT_EQ(parseEndpoint("/run/a.sock")->text(), "unix:///run/a.sock");
  EXPECT_EQ(parseEndpoint("tcp://host")->text(), "tcp://host:2375");
  EXPECT_EQ(parseEndpoint("tcp://host:99/")->text(), "tcp://host:99");
  EXPECT_EQ(parseEndpoint("http://10.0.0.1:99")->text(), "tcp://10.0.0.1:99");
  EXPECT_EQ(parseEndpoint("tcp://[::1]:99")->text(), "tcp://[::1]:99");
  EXPECT_EQ(parseEndpoint("tcp://[::1]")->text(), "tcp://[::1]:2375");
  for (const char* wrong : {"", "host", "tcp://", "tcp://h:0", "tcp://h:65536", "tcp://h:x",
                            "https://h:2376", "ssh://h", "npipe:////./pipe/x"}) {
    auto endpoint = parseEndpoint(wrong);
    ASSERT_FALSE(endpoint.ok()) << wrong;
    EXPECT_EQ(endpoint.error().code, Code::kInvalidArgument);
  }
}

TEST(EndpointTest, TheSettingWinsOverTheEnvironment) {
  setenv("DOCKER_HOST", "tcp://elsewhere:1", 1);
  EXPECT_EQ(discoverEndpoint({})->text(), "tcp://elsewhere:1");
  config::EngineSettings settings;
  settings.host = "tcp://here:2";
  EXPECT_EQ(discoverEndpoint(settings)->text(), "tcp://here:2");
  setenv("DOCKER_TLS_VERIFY", "1", 1);
  EXPECT_EQ(discoverEndpoint({}).error().code, Code::kInvalidArgument);
  unsetenv("DOCKER_TLS_VERIFY");
  unsetenv("DOCKER_HOST");
  EXPECT_TRUE(discoverEndpoint({})->local());
}

std::string frame(char stream, const std::string& payload) {
  auto size = payload.size();
  return std::string{stream,
                     0,
                     0,
                     0,
                     static_cast<char>(size >> 24),
                     static_cast<char>(size >> 16),
                     static_cast<char>(size >> 8),
                     static_cast<char>(size)} +
         payload;
}

TEST(FrameReaderTest, AStreamInPiecesOfAnySizeIsTakenApart) {
  auto bytes = frame(1, "one") + frame(2, "") + frame(2, std::string(300, 'x')) + frame(1, "end");
  for (std::size_t piece : {1U, 2U, 7U, 8U, 9U, 1000U}) {
    FrameReader reader;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_TRUE(reader.push(std::string_view(bytes).substr(at, piece), out));
    }
    EXPECT_EQ(out, "one" + std::string(300, 'x') + "end") << piece;
    EXPECT_TRUE(reader.atBorder());
  }
}

TEST(FrameReaderTest, AnEndInsideAFrameAndBytesThatAreNoFramesAreSeen) {
  FrameReader cut;
  std::string out;
  EXPECT_TRUE(cut.push(frame(1, "one").substr(0, 9), out));
  EXPECT_FALSE(cut.atBorder());
  FrameReader wrong;
  EXPECT_FALSE(wrong.push("plain text", out));
  EXPECT_FALSE(wrong.push(frame(1, "one"), out));
}

TEST(ImageReferenceTest, TagDigestAndPortAreToldApart) {
  auto is = [](const char* image, const char* name, const char* tag, const char* registry) {
    EXPECT_EQ(parseImage(image).name, name) << image;
    EXPECT_EQ(parseImage(image).tag, tag) << image;
    EXPECT_EQ(registryOf(image), registry) << image;
  };
  is("alpine", "alpine", "latest", "docker.io");
  is("alpine:3", "alpine", "3", "docker.io");
  is("a/b:1", "a/b", "1", "docker.io");
  is("host:5000/a/b", "host:5000/a/b", "latest", "host:5000");
  is("host:5000/a/b:1", "host:5000/a/b", "1", "host:5000");
  is("localhost/a", "localhost/a", "latest", "localhost");
  is("quay.io/a@sha256:00", "quay.io/a@sha256:00", "", "quay.io");
}

TEST(RegistryAuthTest, TheEntryOfTheRegistryBecomesTheHeader) {
  auto config = R"({"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjpwYTpzcw=="},
                             "quay.io":{"identitytoken":"t0"},"https://r.example":{"username":"u","password":"p"},"empty.example":{}}})";
  auto decoded = [&](const char* registry) {
    return decodeBase64(registryAuthFrom(config, registry)).value_or("bad");
  };
  EXPECT_EQ(
      decoded("docker.io"),
      R"({"password":"pa:ss","serveraddress":"https://index.docker.io/v1/","username":"user"})");
  EXPECT_EQ(decoded("quay.io"), R"({"identitytoken":"t0","serveraddress":"quay.io"})");
  EXPECT_EQ(decoded("r.example"),
            R"({"password":"p","serveraddress":"https://r.example","username":"u"})");
  for (const char* none : {"empty.example", "other.example"})
    EXPECT_EQ(registryAuthFrom(config, none), "");
  for (const char* broken : {"", "[]", "{", R"({"auths":[]})", R"({"auths":{"quay.io":3}})"})
    EXPECT_EQ(registryAuthFrom(broken, "quay.io"), "");
}

TEST(Base64Test, BothAlphabetsThereAndBack) {
  EXPECT_EQ(encodeBase64("\xfb\xff", Base64::kStandard), "+/8=");
  EXPECT_EQ(encodeBase64("\xfb\xff", Base64::kUrl), "-_8=");
  for (const char* text : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(decodeBase64(encodeBase64(text, Base64::kUrl)), text);
  }
  EXPECT_EQ(decodeBase64("a b"), std::nullopt);
}

TEST(PullErrorTest, TheEnginesWordsDecideWhoIsToBlame) {
  EXPECT_EQ(
      pullError("pull access denied for x, repository does not exist or may require 'docker login'")
          .code,
      Code::kNotFound);
  EXPECT_EQ(pullError("manifest for x:9 not found: manifest unknown").code, Code::kNotFound);
  EXPECT_EQ(pullError("Get \"https://r/v2/\": dial tcp: lookup r: no such host").code,
            Code::kDeadlineExceeded);
  EXPECT_EQ(pullError("invalid reference format").code, Code::kInvalidArgument);
  EXPECT_EQ(pullError("write /var/lib: no space left on device").code, Code::kResourceExhausted);
  EXPECT_EQ(pullError("failed to register layer: x").code, Code::kFailedPrecondition);
}

TEST(StartErrorTest, OnlyTheEnginesOwnTroubleIsWorthAnotherTry) {
  auto code = [](long status, const std::string& message) {
    EngineReply reply;
    reply.status = status;
    reply.body = R"({"message":")" + message + R"("})";
    return startError(reply, "starting").code;
  };
  EXPECT_EQ(code(400, "OCI runtime create failed: exec: no such file or directory: unknown"),
            Code::kFailedPrecondition);
  EXPECT_EQ(code(500, "something nobody has seen"), Code::kFailedPrecondition);
  EXPECT_EQ(code(500, "connection error: desc = transport: error while dialing"),
            Code::kUnavailable);
  EXPECT_EQ(code(500, "write x: no space left on device"), Code::kResourceExhausted);
  EXPECT_EQ(code(404, "No such container: x"), Code::kNotFound);
  EXPECT_TRUE(lacksAgent(
      R"(exec: "/.kiln/agent/kiln-agent": stat /.kiln/agent/kiln-agent: no such file or directory)"));
  EXPECT_FALSE(lacksAgent(R"(exec: "/bin/sh": no such file or directory)"));
}

TEST(JsonLinesTest, LinesComeWholeAndTheirErrorEndsThem) {
  JsonLines lines;
  std::vector<std::string> seen;
  auto take = [&](std::string_view line) {
    seen.emplace_back(line);
    return line == "stop" ? Status(Error{Code::kCorrupt, "x"}) : okStatus();
  };
  EXPECT_TRUE(lines.push("a\r\n\nb", take).ok());
  EXPECT_TRUE(lines.push("c\n", take).ok());
  EXPECT_THAT(seen, testing::ElementsAre("a", "bc"));
  EXPECT_EQ(lines.push("stop\nd\n", take).error().code, Code::kCorrupt);
  EXPECT_EQ(JsonLines().push(std::string(2 << 20, 'x'), take).error().code, Code::kInternal);
}

TEST(LabelsTest, NamesOfTwoStoresNeverMeet) {
  BuildId id{{"0", "r"}, "p", "00000001-0000-4000-8000-000000000000"};
  EXPECT_EQ(containerName(id, "12-34567890"), "kiln-00000001-0000-4000-8000-000000000000-12345678");
  EXPECT_NE(containerName(id, "aaaaaaaa"), containerName(id, "bbbbbbbb"));
}

}  // namespace
}  // namespace kiln::runtime
