// ContainerTerminal: a process inside a running container, with a terminal: what `docker exec -it` makes.
//
// One thread. Destroying it closes the connection; the process then reads the end of its input. Failure: the engine's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/result.h"
#include "runtime/docker/client.h"
#include "runtime/docker/raw_connection.h"

namespace kiln::runtime {

struct TerminalSize {
  int rows = 24;
  int columns = 80;
};

class ContainerTerminal {
 public:
  // `container`: its id. The client outlives what is made.
  static Result<std::unique_ptr<ContainerTerminal>> open(EngineClient& client,
                                                         const std::string& container,
                                                         const std::vector<std::string>& command);

  // read() would not block while it is readable, or something is pending.
  int descriptor() const { return connection_.fd(); }
  bool pending() const { return !rest_.empty(); }
  // What the process wrote, at least one byte; "" once it has ended.
  Result<std::string> read();
  // How many of the bytes could be written without waiting.
  Result<std::size_t> write(std::string_view bytes);
  // The engine refuses it until the process runs.
  Status resize(const TerminalSize& size);

 private:
  ContainerTerminal(EngineClient& client, std::string exec, RawConnection connection)
      : client_(client),
        exec_(std::move(exec)),
        connection_(std::move(connection)),
        rest_(connection_.takeRest()) {}

  EngineClient& client_;
  const std::string exec_;
  RawConnection connection_;
  std::string rest_;
};

}  // namespace kiln::runtime
