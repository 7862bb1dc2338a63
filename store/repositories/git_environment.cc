#include <algorithm>
#include <cstdlib>

#include "store/repositories/git_process.h"

namespace kiln::store {
namespace {

struct Setting {
  const char* key;
  const char* value;
};

// Everything git does here is decided by these, never by a file that somebody else wrote.
constexpr Setting kSettings[] = {
    {"safe.directory", "*"},
    {"core.hooksPath", "/dev/null"},
    {"core.fsync", "all"},
    {"core.fsyncMethod", "fsync"},
    {"core.logAllRefUpdates", "false"},
    {"core.bigFileThreshold", "32m"},
    {"pack.windowMemory", "128m"},
    {"pack.threads", "2"},
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    {"receive.autogc", "false"},
    {"receive.unpackLimit", "1"},  // a push stays the pack that it came as: two files to sync
    {"receive.fsckObjects", "true"},
    {"receive.fsck.badTimezone", "ignore"},
    {"receive.fsck.missingSpaceBeforeDate", "ignore"},
    {"receive.fsck.zeroPaddedFilemode", "ignore"},
    {"receive.denyDeletes", "false"},
    {"receive.denyNonFastForwards", "false"},
    {"receive.denyDeleteCurrent", "refuse"},  // the default branch
    {"receive.advertisePushOptions", "false"},
    {"uploadpack.allowFilter", "true"},
    {"uploadpack.allowAnySHA1InWant", "true"},  // a partial clone asks for what it left out
    {"lsrefs.unborn", "ignore"},                // an empty repository has no default branch yet
};

}  // namespace

std::vector<std::string> gitEnvironment(const std::string& protocol) {
  const char* path = std::getenv("PATH");
  std::vector<std::string> environment{
      std::string("PATH=") + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"),
      "HOME=/nonexistent",
      "LC_ALL=C",
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_SYSTEM=/dev/null",
      "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_ATTR_NOSYSTEM=1",
      "GIT_TERMINAL_PROMPT=0"};
  int count = 0;
  for (const Setting& setting : kSettings) {
    const std::string number = std::to_string(count++);
    environment.push_back("GIT_CONFIG_KEY_" + number + "=" + setting.key);
    environment.push_back("GIT_CONFIG_VALUE_" + number + "=" + setting.value);
  }
  environment.push_back("GIT_CONFIG_COUNT=" + std::to_string(count));
  if (!protocol.empty()) environment.push_back("GIT_PROTOCOL=" + protocol);
  return environment;
}

std::string acceptableProtocol(std::string_view header) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("=:.-_").find(c) != std::string_view::npos;
  };
  if (header.size() > 128 || !std::all_of(header.begin(), header.end(), allowed)) return {};
  return std::string(header);
}

}  // namespace kiln::store
