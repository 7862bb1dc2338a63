#include "api/http/connections.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace kiln::api {
namespace {

constexpr std::size_t kStack = 1 << 20;

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

// Whatever fits is sent: the one who accepts does not wait.
void turnAway(Socket& socket) {
  char request[16 << 10];
  (void)recv(socket.descriptor(), request, sizeof request, MSG_DONTWAIT);
  (void)socket.send({kFull, "", ""}, Millis(0), Millis(0));
  socket.endSending();
}

int startThread(pthread_t& thread, void* (*main)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  const int failure = pthread_create(&thread, &attributes, main, argument);
  pthread_attr_destroy(&attributes);
  return failure;
}

}  // namespace

bool Connections::add(int descriptor) {
  joinEnded();
  std::lock_guard lock(mu_);
  Entry& entry = live_.emplace_back(*this, descriptor);
  const bool room = live_.size() <= context_.limits.connections || closeIdleLocked();
  const int failure = room ? startThread(entry.thread, &Connections::main, &entry) : 0;
  if (room && failure == 0) return true;
  if (failure != 0) spdlog::warn("event=no_connection_thread error=\"{}\"", strerror(failure));
  turnAway(*entry.socket);
  live_.pop_back();
  return false;
}

void* Connections::main(void* entry) {
  auto& own = *static_cast<Entry*>(entry);
  pthread_setname_np(pthread_self(), "http");
  own.owner.serve(own);
  return nullptr;
}

void Connections::serve(Entry& entry) {
  const auto idle = [this, &entry](bool is) {
    std::lock_guard lock(mu_);
    entry.idleSince = is ? std::optional(SteadyClock().now()) : std::nullopt;
  };
  try {
    Connection(*entry.socket, context_, idle).run();
  } catch (const std::exception& thrown) {
    spdlog::error("event=connection_threw what=\"{}\"", thrown.what());
  } catch (...) {
    spdlog::error("event=connection_threw");
  }
  std::lock_guard lock(mu_);
  entry.socket.reset();
  const auto at =
      std::find_if(live_.begin(), live_.end(), [&](const Entry& each) { return &each == &entry; });
  done_.splice(done_.end(), live_, at);
  ended_.notify_all();
}

bool Connections::closeIdle() {
  std::lock_guard lock(mu_);
  return closeIdleLocked();
}

bool Connections::closeIdleLocked() {
  Entry* oldest = nullptr;
  for (Entry& entry : live_) {
    if (!entry.idleSince || entry.evicted) continue;
    if (oldest == nullptr || *entry.idleSince < *oldest->idleSince) oldest = &entry;
  }
  if (oldest == nullptr) return false;
  oldest->evicted = true;
  shutdown(oldest->socket->descriptor(), SHUT_RDWR);
  return true;
}

void Connections::joinEnded() {
  Entries ended;
  {
    std::lock_guard lock(mu_);
    ended.swap(done_);
  }
  for (Entry& entry : ended) pthread_join(entry.thread, nullptr);
}

void Connections::join() {
  {
    std::unique_lock lock(mu_);
    ended_.wait(lock, [this] { return live_.empty(); });
  }
  joinEnded();
}

}  // namespace kiln::api
