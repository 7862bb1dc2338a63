// ScriptedService: an HTTP server on a loopback port that answers each request as a test says, misbehaviour included. One thread,
// one connection at a time, kept open between requests unless told otherwise.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kiln::runtime {

struct SeenRequest {
  std::string line;  // "GET /path HTTP/1.1"
  std::string head;  // the header lines
  std::string body;
  int connection = 0;  // the first is 1

  // The value of a header, by its name in any case; "" when there is none.
  std::string header(const std::string& name) const;
};

// What goes back, byte for byte. Afterwards the connection stays open, is closed, is reset, or stays open and silent until the
// client goes.
struct Reaction {
  enum class Then { kKeep, kClose, kReset, kSilence };
  std::string bytes;
  Then then = Then::kKeep;
};

class ScriptedService {
 public:
  // Called for each request with its number, from 1.
  using Script = std::function<Reaction(const SeenRequest&, int)>;

  explicit ScriptedService(Script script);
  ~ScriptedService();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<SeenRequest> requests() const;

  static Reaction answer(int status, const std::string& body, const std::string& headers = "");

 private:
  void serve();
  void serveConnection(int socket, int number);
  bool react(int socket, const Reaction& reaction);

  const Script script_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<bool> ending_ = false;
  std::atomic<int> open_ = -1;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> requests_;
  std::thread thread_;
};

}  // namespace kiln::runtime
