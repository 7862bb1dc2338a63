// BuildLog: what people read: the agent's own lines between the raw output of commands (facts §4.1).
//
// Owner: Agent. One thread. Everything goes to the journal, which never loses any of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/agent/journal.h"

namespace kiln::agent {

class BuildLog {
 public:
  explicit BuildLog(Journal& journal) : journal_(journal) {}

  // One of the agent's lines; on a line of its own even after output that did not end its last one.
  void line(std::string_view text);
  void output(std::string_view bytes);
  // What comes next begins a line of its own.
  void startLine();

  // A command that printed something is followed by an empty line.
  void beginCommand() { printed_ = false; }
  void endCommand();

 private:
  Journal& journal_;
  bool printed_ = false;
  bool lineOpen_ = false;
};

}  // namespace kiln::agent
