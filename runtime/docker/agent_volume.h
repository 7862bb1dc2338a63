// AgentVolume: the agent's program inside the engine, in a volume named for its content, so that containers get it without
// copying. Filled once per engine and agent version, through a container that is created and never started.
//
// Safe against a crash at any step and against several Kilns doing it at once: the program is written under a name of this filling's own and
// linked into place, so whoever looks sees all of it or none. A filler left over by a crash carries our store's label.
// Threads: any; one fills, the others wait. Owner: DockerRuntime.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/docker/client.h"

namespace kiln::runtime {

class AgentVolume {
 public:
  AgentVolume(EngineClient& client, std::filesystem::path program, std::string storeId);

  // The volume's name, with the program in it. `image` is any image the engine has. kNotFound: it has not.
  // kFailedPrecondition: the program itself cannot be read.
  Result<std::string> ensureFilled(const std::string& image);
  // Somebody emptied it: look again the next time.
  void distrust();

 private:
  struct Program {
    std::string volume;  // its name follows from the content
    std::int64_t size = 0;
  };

  Status readProgram();
  Status fill(const std::string& image);
  Status fillThrough(const std::string& containerId);
  Result<bool> isThere(const std::string& containerId);

  EngineClient& client_;
  const std::filesystem::path path_;
  const std::string storeId_;
  std::mutex mutex_;  // guards what follows, and the filling
  std::optional<Program> program_;
  bool good_ = false;
};

}  // namespace kiln::runtime
