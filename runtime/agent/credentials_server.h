// CredentialsServer: GET /v2/credentials/<id> on 127.0.0.1:7831 (facts §3.1, §8.7), as the AWS SDKs ask for the role's keys.
//
// Runs inside the agent's poll loop: it adds its descriptors, and is told which are ready. Owner: Agent. One thread.
// Failure: a port that cannot be had is a Status; a client that misbehaves loses its connection, nothing more.
#pragma once

#include <poll.h>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "runtime/agent/system.h"

namespace kiln::agent {

class CredentialsServer {
 public:
  static constexpr std::uint16_t kPort = 7831;

  // Serves `json` from now on; its Expiration is made fresh for each answer.
  Status serve(std::string json);

  void addTo(std::vector<pollfd>& polled) const;
  // `ready` are the descriptors that addTo() added, after poll().
  void attend(const pollfd* ready, std::size_t count);

 private:
  struct Client {
    Fd socket;
    std::string request;
    std::int64_t since = 0;
  };

  void accept();
  bool attendClient(Client& client);  // false: done with it

  std::string json_;
  Fd listener_;
  std::list<Client> clients_;
};

// The whole answer to a request whose head is complete. Pure.
std::string credentialsAnswer(std::string_view requestHead, std::string_view json,
                              std::int64_t unixMicros);

}  // namespace kiln::agent
