// ScriptedEngine: the far end of a unix socket that answers each request as a test says, or goes away instead. One thread, one
// request a connection.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kiln::runtime {

class ScriptedEngine {
 public:
  // The whole answer, status line and all, for a request's first line ("GET /_ping HTTP/1.1"); empty: the connection is closed.
  // An answer with a header X-Hold leaves the connection open until the client closes it.
  using Script = std::function<std::string(const std::string& requestLine)>;

  explicit ScriptedEngine(Script script);
  ~ScriptedEngine();

  std::string address() const { return "unix://" + path_; }
  std::vector<std::string> requests() const;  // first lines, as they came

  static std::string answer(int status, const std::string& body, const std::string& headers = "");

 private:
  void serve();
  void serveOne(int connection);

  const Script script_;
  std::string path_;
  int listener_ = -1;
  std::atomic<bool> ending_ = false;
  std::atomic<int> connection_ = -1;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace kiln::runtime
