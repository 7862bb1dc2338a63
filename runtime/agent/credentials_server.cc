#include "runtime/agent/credentials_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>

namespace kiln::agent {
namespace {

constexpr std::size_t kMaxClients = 32;
constexpr std::size_t kMaxRequestBytes = 8192;
constexpr std::int64_t kClientMicros = 5'000'000;
constexpr std::string_view kPath = "/v2/credentials/";

std::string isoTime(std::int64_t unixMicros) {
  namespace chr = std::chrono;
  chr::sys_seconds instant{chr::seconds(unixMicros / 1'000'000)};
  auto day = chr::floor<chr::days>(instant);
  chr::year_month_day date(day);
  chr::hh_mm_ss time(instant - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text.data();
}

// Credentials with an Expiration an hour ahead, in place of the one they came with.
std::string refreshed(std::string_view json, std::int64_t unixMicros) {
  constexpr std::string_view kKey = "\"Expiration\"";
  std::string fresh = "\"" + isoTime(unixMicros + std::int64_t{3600} * 1'000'000) + "\"";
  std::string out(json);
  if (std::size_t key = out.find(kKey); key != std::string::npos) {
    std::size_t begin = out.find('"', out.find(':', key + kKey.size()));
    std::size_t end = begin == std::string::npos ? begin : out.find('"', begin + 1);
    if (end != std::string::npos) out.replace(begin, end + 1 - begin, fresh);
    return out;
  }
  std::size_t brace = out.find('{');
  if (brace == std::string::npos) return out;
  bool empty = out.find('"', brace) == std::string::npos;
  return out.insert(brace + 1, std::string(kKey) + ":" + fresh + (empty ? "" : ","));
}

std::string answer(std::string_view status, std::string_view body, bool withBody) {
  std::string text = "HTTP/1.1 " + std::string(status) +
                     "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n";
  if (withBody) text += body;
  return text;
}

}  // namespace

std::string credentialsAnswer(std::string_view requestHead, std::string_view json,
                              std::int64_t unixMicros) {
  std::string_view line = requestHead.substr(0, requestHead.find("\r\n"));
  std::size_t methodEnd = line.find(' ');
  std::size_t targetEnd = methodEnd == line.npos ? line.npos : line.find(' ', methodEnd + 1);
  if (targetEnd == line.npos || !line.substr(targetEnd + 1).starts_with("HTTP/1.")) {
    return answer("400 Bad Request", R"({"message":"not an HTTP/1 request"})", true);
  }
  std::string_view method = line.substr(0, methodEnd);
  std::string_view target = line.substr(methodEnd + 1, targetEnd - methodEnd - 1);
  bool head = method == "HEAD";
  if (method != "GET" && !head)
    return answer("405 Method Not Allowed", R"({"message":"GET only"})", true);
  target = target.substr(0, target.find('?'));
  bool known = target.starts_with(kPath) && target.size() > kPath.size() &&
               target.find('/', kPath.size()) == target.npos;
  if (!known) return answer("404 Not Found", R"({"message":"no such credentials"})", !head);
  return answer("200 OK", refreshed(json, unixMicros), !head);
}

Status CredentialsServer::serve(std::string json) {
  json_ = std::move(json);
  if (listener_) return okStatus();
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1;
  bool listening =
      listener && ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(listener.get(), 16) == 0;
  if (!listening)
    return systemError("cannot serve credentials on 127.0.0.1:" + std::to_string(kPort));
  listener_ = std::move(listener);
  return okStatus();
}

void CredentialsServer::addTo(std::vector<pollfd>& polled) const {
  if (!listener_) return;
  polled.push_back({listener_.get(), POLLIN, 0});
  for (const auto& client : clients_) polled.push_back({client.socket.get(), POLLIN, 0});
}

void CredentialsServer::attend(const pollfd* ready, std::size_t count) {
  std::int64_t now = nowMicros();
  for (auto client = clients_.begin(); client != clients_.end();) {
    bool readable = false;
    for (std::size_t i = 0; i < count; ++i) {
      readable = readable || (ready[i].fd == client->socket.get() && ready[i].revents != 0);
    }
    bool keep = (!readable || attendClient(*client)) && now - client->since < kClientMicros;
    client = keep ? std::next(client) : clients_.erase(client);
  }
  if (count > 0 && ready[0].revents != 0) accept();
}

void CredentialsServer::accept() {
  Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  if (clients_.size() >= kMaxClients) clients_.pop_front();
  clients_.push_back({std::move(socket), {}, nowMicros()});
}

bool CredentialsServer::attendClient(Client& client) {
  std::array<char, 2048> chunk{};
  ssize_t got = ::recv(client.socket.get(), chunk.data(), chunk.size(), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  client.request.append(chunk.data(), static_cast<std::size_t>(got));
  if (client.request.find("\r\n\r\n") == std::string::npos)
    return client.request.size() < kMaxRequestBytes;
  // A few kilobytes: they fit into a fresh socket's buffer whole.
  std::string text = credentialsAnswer(client.request, json_, nowMicros());
  (void)!::send(client.socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
  ::shutdown(client.socket.get(), SHUT_WR);
  return false;
}

}  // namespace kiln::agent
