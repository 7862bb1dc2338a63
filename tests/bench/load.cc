// kiln-load: asks one AWS JSON operation over and over from several connections, and says how many answers a second came.
//
//   kiln-load PORT OPERATION CLIENTS SECONDS < bodies     one body a line, taken in turn
// Prints: answers per second, the share that was not 200, and the median and 99th percentile of the answer's time in ms.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  std::vector<double> milliseconds;
  long failed = 0;
};

int connectTo(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  return fd;
}

// Status of one answer, read to its end; `buffer` keeps nothing.
int readAnswer(int fd, std::string& buffer) {
  buffer.clear();
  char chunk[65536];
  std::size_t head = std::string::npos;
  std::size_t whole = 0;
  while (head == std::string::npos || buffer.size() < whole) {
    const auto got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got <= 0) return 0;
    buffer.append(chunk, static_cast<std::size_t>(got));
    if (head != std::string::npos) continue;
    head = buffer.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    auto length = buffer.find("ontent-Length: ");
    if (length == std::string::npos) length = buffer.find("ontent-length: ");
    if (length == std::string::npos) return 0;
    whole = head + 4 + std::strtoul(buffer.c_str() + length + 15, nullptr, 10);
  }
  return std::atoi(buffer.c_str() + 9);
}

void ask(int port, const std::vector<std::string>& requests, std::size_t first,
         Clock::time_point end, Tally& tally) {
  const int fd = connectTo(port);
  std::string buffer;
  for (std::size_t i = first; Clock::now() < end; ++i) {
    const auto begin = Clock::now();
    const auto& request = requests[i % requests.size()];
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) break;
    const int status = readAnswer(fd, buffer);
    tally.milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    if (status != 200) ++tally.failed;
    if (status == 0) break;
  }
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int port = std::atoi(argv[1]);
  const auto clients = static_cast<std::size_t>(std::atoi(argv[3]));
  const double seconds = std::atof(argv[4]);
  std::vector<std::string> requests;
  for (std::string body; std::getline(std::cin, body);) {
    requests.push_back(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/x-amz-json-1.1\r\nX-Amz-Target: CodeBuild_20161006." +
        std::string(argv[2]) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body);
  }
  if (requests.empty()) return 2;
  std::vector<Tally> tallies(clients);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i) {
      threads.emplace_back([&, i] { ask(port, requests, i * 37, end, tallies[i]); });
    }
  }
  std::vector<double> all;
  long failed = 0;
  for (auto& tally : tallies) {
    all.insert(all.end(), tally.milliseconds.begin(), tally.milliseconds.end());
    failed += tally.failed;
  }
  std::sort(all.begin(), all.end());
  if (all.empty()) return 1;
  std::printf("%.0f %g %.3f %.3f\n", static_cast<double>(all.size()) / seconds,
              static_cast<double>(failed) / static_cast<double>(all.size()), all[all.size() / 2],
              all[all.size() * 99 / 100]);
  return 0;
}
