// The role's credentials on the loopback endpoint (facts §3.1, §8.7).
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/agent/agent_process.h"

namespace kiln::agent {
namespace {

constexpr std::uint16_t kPort = 7831;

int connectToEndpoint() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

std::string readAll(int fd) {
  std::string answer;
  std::array<char, 4096> chunk{};
  for (ssize_t got = 0; (got = ::read(fd, chunk.data(), chunk.size())) > 0;)
    answer.append(chunk.data(), static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}

std::string ask(const std::string& request) {
  int fd = connectToEndpoint();
  if (fd < 0) return "no connection";
  (void)!::write(fd, request.data(), request.size());
  return readAll(fd);
}

// One test: the port is one for the whole machine.
TEST(AgentCredentials, AreServedFreshAndOnlyToWhoAsksRightly) {
  if (int taken = connectToEndpoint(); taken >= 0) {
    ::close(taken);
    GTEST_SKIP() << "port " << kPort << " is in use on this machine";
  }
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"env"});
  plan.credentials =
      R"({"RoleArn":"r","AccessKeyId":"AKIA","SecretAccessKey":"s3cr3t","Token":"t","Expiration":"2001-01-01T00:00:00Z"})";
  agent.run(plan);
  auto log = logOf(agent.untilPhaseEnd());
  EXPECT_EQ(log.find("s3cr3t"), std::string::npos);

  std::string answer = ask("GET /v2/credentials/0b1c?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find(R"("SecretAccessKey":"s3cr3t")"), std::string::npos);
  EXPECT_EQ(answer.find("2001-01-01"), std::string::npos);
  EXPECT_NE(answer.find(R"("Expiration":"20)"), std::string::npos);
  std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_NE(answer.find("Content-Length: " + std::to_string(body.size()) + "\r\n"),
            std::string::npos);

  EXPECT_TRUE(ask("GET /v2/credentials/ HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask("GET /v3/x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask("POST /v2/credentials/x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("\x16\x03\x01 garbage\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("HEAD /v2/credentials/x HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));

  // Clients that say nothing, or too much, do not keep others from their answer.
  std::vector<int> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(connectToEndpoint());
  EXPECT_TRUE(ask("GET /v2/credentials/x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(ask(std::string(20'000, 'x')).find("200 OK"), std::string::npos);
  for (int fd : silent) ::close(fd);
  agent.run(planFor(agent, "BUILD", {"true"}));
  EXPECT_EQ(agent.untilPhaseEnd().back().fields()[1], "SUCCEEDED");
}

}  // namespace
}  // namespace kiln::agent
