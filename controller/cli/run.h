// `kiln run [DIR]`: builds a directory of this machine with its buildspec, without a server and without a project.
//
// Exit status: 0 SUCCEEDED, 1 any other end, 2 wrong usage, 3 there could be no build (no engine), 128 + the signal's number when
// one ended it; SIGPIPE's when nobody reads the output any more.
#pragma once

namespace CLI {
class App;
}

namespace kiln::cli {

void addRunCommand(CLI::App& app, int& exitCode);

}  // namespace kiln::cli
