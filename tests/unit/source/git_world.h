// What the tests of git sources stand on: bare repositories served over HTTP, a working copy to fill them from, and git itself to ask.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/source/source_world.h"

namespace kiln::runtime {

class GitSourceTest : public SourceTest {
 protected:
  GitSourceTest() {
    std::filesystem::create_directories(directory_ / "served");
    int toServer[2], fromServer[2];
    EXPECT_EQ(pipe2(toServer, O_CLOEXEC) | pipe2(fromServer, O_CLOEXEC), 0);
    server_ = fork();
    if (server_ == 0) {
      dup2(toServer[0], 0);
      dup2(fromServer[1], 1);
      const std::string root = (directory_ / "served").string();
      execl(KILN_SOURCE_DIR "/tests/unit/source/git_server.py", "git_server.py", root.c_str(),
            nullptr);
      _exit(127);
    }
    close(toServer[0]);
    close(fromServer[1]);
    input_ = toServer[1];
    std::FILE* out = fdopen(fromServer[0], "r");
    int port = 0;
    EXPECT_EQ(std::fscanf(out, "%d", &port), 1);
    std::fclose(out);
    base_ = "http://127.0.0.1:" + std::to_string(port);
    git("", "init -q --bare -b main served/app.git");
    git("", "clone -q served/app.git work");
  }

  ~GitSourceTest() override {
    close(input_);
    int status = 0;
    waitpid(server_, &status, 0);
  }

  // In `where` below the test's directory; its output without the last line's end.
  std::string git(const std::string& where, const std::string& arguments) {
    auto out = shell("cd '" + (directory_ / where).string() +
                     "' && GIT_CONFIG_GLOBAL=/dev/null git -c protocol.file.allow=always -c "
                     "init.defaultBranch=main "
                     "-c advice.detachedHead=false -c user.name=a -c user.email=a@b " +
                     arguments);
    while (out.ends_with('\n')) out.pop_back();
    return out;
  }

  // One more commit on the branch at hand; its id.
  std::string commit(const std::string& file, const std::string& text,
                     const std::string& where = "work") {
    std::filesystem::create_directories((directory_ / where / file).parent_path());
    std::ofstream(directory_ / where / file) << text;
    git(where, "add -A");
    git(where, "commit -q -m change");
    return git(where, "rev-parse HEAD");
  }

  // main: three commits and a merge's worth of a side branch; tags on the second.
  void fill() {
    first_ = commit("buildspec.yml", "version: 0.2\n");
    second_ = commit("a/b/deep.txt", "two");
    git("work", "tag light");
    git("work", "tag -a heavy -m heavy");
    third_ = commit("three", "three");
    git("work", "checkout -q -b side HEAD~1");
    side_ = commit("side", "side");
    git("work", "checkout -q main");
    git("work", "push -q origin main side --tags");
    git("work", "push -q origin side:refs/pull/7/head");
  }

  SourceSpec spec(const std::string& version = "", int depth = 0,
                  const std::string& path = "/app.git") const {
    return {.identifier = {},
            .type = "GITHUB",
            .location = base_ + path,
            .version = version,
            .gitCloneDepth = depth,
            .credentials = {}};
  }

  std::string in(const std::filesystem::path& tree, const std::string& arguments) {
    return git("", "-C '" + tree.string() + "' " + arguments);
  }

  std::string base_, first_, second_, third_, side_;

 private:
  int input_ = -1;
  pid_t server_ = -1;
};

}  // namespace kiln::runtime
