// The data directory, the engine's switch, the flags, and what describes the settings to people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "config/settings_loader.h"
#include "config/settings_table.h"

namespace kiln::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Environment = std::map<std::string, std::string>;

Result<Settings, SettingsProblems> load(Environment environment,
                                        std::map<std::string, std::string> flags = {}) {
  return loadSettings(
      {.file = {}, .environment = std::move(environment), .flags = std::move(flags)});
}

TEST(DataDirectory, FollowsXdgThenHome) {
  EXPECT_EQ(load({{"HOME", "/h"}, {"XDG_DATA_HOME", "/x"}})->store.directory, "/x/kiln");
  EXPECT_EQ(load({{"HOME", "/h"}, {"XDG_DATA_HOME", ""}})->store.directory, "/h/.local/share/kiln");
  EXPECT_EQ(load({{"HOME", "/h"}, {"XDG_DATA_HOME", "x"}})->store.directory,
            "/h/.local/share/kiln");
  EXPECT_EQ(load({{"HOME", "/h"}}, {{"store.directory", "~/k"}})->store.directory, "/h/k");
  EXPECT_EQ(load({{"HOME", "/h"}}, {{"store.directory", "~"}})->store.directory, "/h/");
  EXPECT_EQ(load({}, {{"store.directory", "/d"}})->store.directory, "/d");
}

TEST(DataDirectory, WithoutAHomeItMustBeGiven) {
  EXPECT_THAT(load({}).error().text(), HasSubstr("--data DIR"));
  EXPECT_THAT(load({}, {{"store.directory", "~/k"}}).error().text(), HasSubstr("needs HOME"));
}

TEST(EngineSwitch, SimfraDockerSwitchesOrNamesTheEngine) {
  auto engine = [](const char* value, Environment more = {}) {
    more.insert({{"HOME", "/h"}, {"SIMFRA_DOCKER", value}});
    return load(more)->engine;
  };
  for (const char* off : {"0", "false", "off", "no"}) EXPECT_FALSE(engine(off).enabled) << off;
  for (const char* on : {"1", "true", "on", ""}) EXPECT_TRUE(engine(on).enabled) << on;
  EXPECT_EQ(engine("unix:///run/p.sock").host, "unix:///run/p.sock");
  EXPECT_EQ(engine("tcp://h:2375").host, "tcp://h:2375");
  EXPECT_EQ(engine("tcp://h:1", {{"KILN_ENGINE_HOST", "tcp://other:2"}}).host, "tcp://other:2");
  EXPECT_THAT(load({{"HOME", "/h"}, {"SIMFRA_DOCKER", "podman"}}).error().text(),
              HasSubstr("environment SIMFRA_DOCKER"));
}

TEST(Flags, ListenIsHostAndPort) {
  const std::vector<std::tuple<std::string, std::string, std::string>> rows = {
      {"127.0.0.1:80", "127.0.0.1", "80"},
      {"[::1]:81", "::1", "81"},
      {"localhost:82", "localhost", "82"}};
  for (const auto& [text, host, port] : rows) {
    std::map<std::string, std::string> flags;
    ASSERT_TRUE(addListen(flags, text).ok()) << text;
    EXPECT_EQ(flags["server.host"], host);
    EXPECT_EQ(flags["server.port"], port);
  }
  for (const char* bad : {"", "4599", ":4599", "host:", "::1", "[]:1"}) {
    std::map<std::string, std::string> flags;
    EXPECT_THAT(addListen(flags, bad).error().message, HasSubstr("ADDR:PORT expected")) << bad;
    EXPECT_TRUE(flags.empty());
  }
}

TEST(Flags, AssignmentIsKeyAndValue) {
  std::map<std::string, std::string> flags;
  ASSERT_TRUE(addAssignment(flags, "engine.images=a=b").ok());
  EXPECT_EQ(flags["engine.images"], "a=b");
  EXPECT_FALSE(addAssignment(flags, "queue.workers").ok());
  EXPECT_FALSE(addAssignment(flags, "=8").ok());
}

TEST(EnvironmentOf, SplitsAtTheFirstEqualsSign) {
  const char* lines[] = {"A=1=2", "B=", "broken", nullptr};
  EXPECT_EQ(environmentOf(lines), (Environment{{"A", "1=2"}, {"B", ""}}));
  EXPECT_TRUE(environmentOf(nullptr).empty());
}

TEST(Describe, ShowsEverySettingAndNoCredentials) {
  Settings settings;
  settings.events.callbacks = {"https://ann:hush@host/hook?token=hush"};
  settings.s3.accessKeyId = "AKIDhush";
  settings.s3.secretAccessKey = "hush";
  settings.s3.sessionToken = "hush";
  auto text = describe(settings);
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, HasSubstr("events.callbacks = [\"https://***@host/hook?***\"]"));
  EXPECT_THAT(text, HasSubstr("s3.secretAccessKey = \"***\""));
  EXPECT_THAT(text, HasSubstr("ssm.secretAccessKey = \"\""));
  for (const auto& setting : settingsTable()) EXPECT_THAT(text, HasSubstr(setting.name + " = "));
}

TEST(SettingsTable, NamesAndVariablesAreUnique) {
  std::set<std::string> names;
  std::set<std::string> variables;
  for (const auto& setting : settingsTable()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_TRUE(variables.insert(setting.environmentName()).second) << setting.environmentName();
  }
  EXPECT_TRUE(variables.contains("KILN_ACCOUNT"));
  EXPECT_TRUE(variables.contains("KILN_SERVER_LISTEN_FOR_BUILDS"));
}

TEST(SettingsTable, HelpNamesEverySettingWithWhatIsAllowed) {
  auto help = settingsHelp();
  for (const auto& setting : settingsTable()) {
    EXPECT_THAT(help, HasSubstr("  " + setting.name + "  (" + setting.environmentName() + ")"));
    EXPECT_THAT(help, HasSubstr(setting.type + ": " + setting.allowed));
  }
}

class ExampleFile : public ::testing::Test {
 protected:
  static std::filesystem::path path() {
    return std::filesystem::path(KILN_SOURCE_DIR) / "config/kiln.yaml";
  }
};

TEST_F(ExampleFile, HoldsTheDefaults) {
  Environment environment = {{"HOME", "/h"}};
  auto withFile = loadSettings({.file = path(), .environment = environment, .flags = {}});
  ASSERT_TRUE(withFile.ok()) << withFile.error().text();
  EXPECT_EQ(describe(*withFile), describe(*load(environment)));
}

TEST_F(ExampleFile, NamesEverySettingOfTheTable) {
  std::ifstream in(path());
  std::set<std::string> found;
  std::string section;
  for (std::string line; std::getline(in, line);) {
    auto start = line.find_first_not_of(' ');
    if (start == std::string::npos || line[start] == '#') continue;
    auto key = line.substr(start, line.find(':') - start);
    if (start == 0) section = key;
    if (start <= 2) found.insert(start == 0 ? key : section + "." + key);
  }
  for (const auto& setting : settingsTable())
    EXPECT_TRUE(found.contains(setting.name)) << setting.name;
}

}  // namespace
}  // namespace kiln::config
