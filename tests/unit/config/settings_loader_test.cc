#include "config/settings_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "config/settings_table.h"

namespace kiln::config {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class SettingsLoaderTest : public ::testing::Test {
 protected:
  SettingsLoaderTest() { sources.environment["HOME"] = "/home/ann"; }
  ~SettingsLoaderTest() override { std::filesystem::remove(file()); }

  static std::filesystem::path file() {
    return std::filesystem::temp_directory_path() /
           ("kiln-settings-" + std::to_string(getpid()) + ".yaml");
  }
  void givenYaml(const std::string& text) {
    std::ofstream(file()) << text;
    sources.file = file();
  }
  static std::string line(int number) { return file().string() + ":" + std::to_string(number); }

  Settings loaded() {
    auto result = loadSettings(sources);
    if (!result.ok()) {
      ADD_FAILURE() << result.error().text();
      return {};
    }
    return *result;
  }
  std::vector<std::string> problems() {
    auto result = loadSettings(sources);
    std::vector<std::string> lines;
    if (result.ok()) return lines;
    for (const auto& problem : result.error().list)
      lines.push_back(problem.where + ": " + problem.what);
    return lines;
  }
  std::string onlyProblem() {
    auto lines = problems();
    EXPECT_EQ(lines.size(), 1U) << ::testing::PrintToString(lines);
    return lines.empty() ? "" : lines.front();
  }

  Sources sources;
};

TEST_F(SettingsLoaderTest, NothingGivenIsTheDefaults) {
  auto settings = loaded();
  EXPECT_EQ(settings.server.host, "127.0.0.1");
  EXPECT_EQ(settings.server.port, 4599);
  EXPECT_EQ(settings.account, "000000000000");
  EXPECT_EQ(settings.store.directory, "/home/ann/.local/share/kiln");
}

TEST_F(SettingsLoaderTest, EachSourceIsOverTheOneBefore) {
  givenYaml("server: {port: 1001, threads: 11}\nqueue:\n  workers: 11\n");
  sources.environment["KILN_SERVER_PORT"] = "1002";
  sources.environment["KILN_QUEUE_WORKERS"] = "12";
  sources.flags["server.port"] = "1003";
  auto settings = loaded();
  EXPECT_EQ(settings.server.threads, 11);
  EXPECT_EQ(settings.queue.workers, 12);
  EXPECT_EQ(settings.server.port, 1003);
}

TEST_F(SettingsLoaderTest, EveryKindOfValueComesFromYaml) {
  givenYaml(
      "account: 012345678901\nengine:\n  enabled: off\n  requestTimeout: 1m30s\n  pullTimeout: "
      "5m\n  images: {\"a:1\": \"b:2\"}\n"
      "sources: {maxSize: 3GiB, ratioFloor: 0}\n"
      "events:\n  callbacks: [http://one/x, \"https://two:1\"]\nlog:\n");
  auto settings = loaded();
  EXPECT_EQ(settings.account, "012345678901");
  EXPECT_FALSE(settings.engine.enabled);
  EXPECT_EQ(settings.engine.requestTimeout, Seconds(90));
  EXPECT_EQ(settings.engine.pullTimeout, Minutes(5));
  EXPECT_EQ(settings.engine.images.at("a:1"), "b:2");
  EXPECT_EQ(settings.sources.maxSize, std::int64_t{3} << 30);
  EXPECT_EQ(settings.sources.ratioFloor, 0);
  EXPECT_EQ(settings.events.callbacks, (std::vector<std::string>{"http://one/x", "https://two:1"}));
}

TEST_F(SettingsLoaderTest, EveryKindOfValueComesFromTheEnvironment) {
  sources.environment["KILN_ACCOUNT"] = "111111111111";
  sources.environment["KILN_SERVER_LISTEN_FOR_BUILDS"] = "no";
  sources.environment["KILN_QUEUE_MAX_CONCURRENT_BUILDS"] = "7";
  sources.environment["KILN_ENGINE_IMAGES"] = "a:1=b:2,c=d";
  sources.environment["KILN_EVENTS_CALLBACKS"] = "http://one, http://two";
  sources.environment["KILN_QUEUE_BACKOFF_BASE"] = "50ms";
  auto settings = loaded();
  EXPECT_EQ(settings.account, "111111111111");
  EXPECT_FALSE(settings.server.listenForBuilds);
  EXPECT_EQ(settings.queue.maxConcurrentBuilds, 7);
  EXPECT_EQ(settings.engine.images.at("c"), "d");
  EXPECT_EQ(settings.events.callbacks.size(), 2U);
  EXPECT_EQ(settings.queue.backoffBase, Millis(50));
}

TEST_F(SettingsLoaderTest, ImagesOfALaterSourceAreAddedToThoseOfAnEarlierOne) {
  givenYaml("engine: {images: {a: file, b: file}}\n");
  sources.environment["KILN_ENGINE_IMAGES"] = "b=environment";
  sources.flags["engine.images"] = "c=flag";
  const std::map<std::string, std::string> expected = {
      {"a", "file"}, {"b", "environment"}, {"c", "flag"}};
  EXPECT_EQ(loaded().engine.images, expected);
}

TEST_F(SettingsLoaderTest, AllProblemsOfAllSourcesAreReportedAtOnceWithTheirPlace) {
  givenYaml("server:\n  port: high\n  prot: 1\nsevrer: {port: 1}\nqueue:\n  workers: 0\n");
  sources.environment["KILN_SERVER_THREADS"] = "-1";
  sources.environment["KILN_SEVRER_PORT"] = "1";
  sources.flags["log.level"] = "loud";
  sources.flags["log.lvl"] = "info";
  auto lines = problems();
  EXPECT_EQ(lines.size(), 8U) << ::testing::PrintToString(lines);
  EXPECT_THAT(lines,
              Contains(line(2) +
                       ": server.port: \"high\" is not a valid whole number; allowed: 1 to 65535"));
  EXPECT_THAT(
      lines,
      Contains(HasSubstr(line(3) + ": unknown key server.prot; server has: host, port, threads")));
  EXPECT_THAT(lines, Contains(HasSubstr(line(4) +
                                        ": unknown key sevrer; allowed: account, server, store")));
  EXPECT_THAT(lines, Contains(HasSubstr(line(6) + ": queue.workers: \"0\"")));
  EXPECT_THAT(lines,
              Contains(HasSubstr("environment KILN_SERVER_THREADS: server.threads: \"-1\"")));
  EXPECT_THAT(lines, Contains(HasSubstr("environment KILN_SEVRER_PORT: unknown setting")));
  EXPECT_THAT(lines, Contains(HasSubstr("flag log.level: log.level: \"loud\"")));
  EXPECT_THAT(lines, Contains("flag log.lvl: unknown setting; log has: level"));
}

TEST_F(SettingsLoaderTest, AFileThatIsNotTherePlainlySaysSo) {
  sources.file = "/nowhere/kiln.yaml";
  EXPECT_EQ(onlyProblem(), "/nowhere/kiln.yaml: cannot be read");
  sources.file = "/";
  EXPECT_EQ(onlyProblem(), "/: cannot be read");
}

TEST_F(SettingsLoaderTest, FormsOfYamlThatAreNotSettingsAreRefused) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"server: [\n", line(2) + ": is not YAML"},
      {"- a\n", line(1) + ": must be a mapping of account, server"},
      {"server: 4599\n", line(1) + ": server must be a mapping of host, port"},
      {"account: \"000000000001\"\naccount: \"000000000002\"\n",
       line(2) + ": account is given twice"},
      {"server:\n  port: 1\n  port: 2\n", line(3) + ": server.port is given twice"},
      {"server:\n  port:\n", line(2) + ": server.port has no value"},
      {"server:\n  port: [1]\n", line(2) + ": server.port: [1] is not a valid whole number"},
      {"server:\n  host: {a: b}\n", line(2) + ": server.host: this mapping is not a valid text"},
      {"engine:\n  images: {a: [b]}\n",
       line(2) + ": engine.images holds a value that is not plain text"},
      {"account: \"000000000001\"\n---\nserver: {}\n", "holds more than one YAML document"},
      {"server:\n  ? [a]\n  : 1\n", line(2) + ": a key must be text"},
  };
  for (const auto& [yaml, expected] : rows) {
    givenYaml(yaml);
    EXPECT_THAT(onlyProblem(), HasSubstr(expected)) << yaml;
  }
}

TEST_F(SettingsLoaderTest, AnEmptyFileAndEmptySectionsAreFine) {
  givenYaml("");
  EXPECT_THAT(problems(), ::testing::IsEmpty());
  givenYaml("server:\nlog: {}\n");
  EXPECT_THAT(problems(), ::testing::IsEmpty());
}

TEST_F(SettingsLoaderTest, TheFileMayBeNamedByTheEnvironmentAndTheFlagWins) {
  givenYaml("log: {level: debug}\n");
  sources.file.reset();
  sources.environment["KILN_CONFIG"] = file();
  EXPECT_EQ(loaded().log.level, "debug");
  sources.file = "/nowhere/kiln.yaml";
  EXPECT_THAT(onlyProblem(), HasSubstr("/nowhere/kiln.yaml"));
}

TEST_F(SettingsLoaderTest, VariablesOfClientsAndTestsAreNotSettings) {
  sources.environment["KILN_ENDPOINT"] = "http://x";
  sources.environment["KILN_TEST_LONG"] = "1";
  sources.environment["KILN_CRASH_AT"] = "x";
  sources.environment["KILNS"] = "x";
  EXPECT_THAT(problems(), ::testing::IsEmpty());
}

TEST_F(SettingsLoaderTest, OutOfRangeValuesNameTheRange) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"account", "12345"},
      {"account", "00000000000x"},
      {"server.port", "0"},
      {"server.port", "65536"},
      {"server.host", ""},
      {"server.publicEndpoint", "kiln:4599"},
      {"engine.host", "http://x"},
      {"engine.host", "unix://rel"},
      {"engine.host", "tcp://h:1/x"},
      {"engine.enabled", "maybe"},
      {"engine.pullTimeout", "90s"},
      {"engine.pullTimeout", "30"},
      {"engine.images", "a"},
      {"engine.images", "a="},
      {"engine.fallbackImage", "a b"},
      {"queue.workers", "257"},
      {"queue.resync", "500ms"},
      {"queue.minute", "2m"},
      {"sources.maxSize", "1023"},
      {"sources.maxSize", "10gib"},
      {"sources.maxFiles", "0"},
      {"events.callbacks", "h"},
      {"events.callbacks", "http://a,"},
      {"log.level", "trace"},
      {"store.feedWindow", "1e6"},
      {"events.callbackTimeout", "6m"},
      {"s3.endpoint", "minio:9000"},
      {"s3.endpoint", "http://ann:pw@minio:9000"},
      {"ssm.region", "US East"},
      {"logs.sessionToken", "two words"},
      {"s3.pathStyle", "sometimes"},
  };
  for (const auto& [name, value] : rows) {
    sources.flags = {{name, value}};
    EXPECT_THAT(onlyProblem(), HasSubstr(findSetting(name)->allowed)) << name << "=" << value;
  }
}

TEST_F(SettingsLoaderTest, ABackoffCapBelowItsBaseIsRefused) {
  sources.flags = {{"queue.backoffBase", "1m"}, {"queue.backoffCap", "30s"}};
  EXPECT_EQ(onlyProblem(), "queue.backoffCap: 30s is shorter than queue.backoffBase, 1m");
}

TEST_F(SettingsLoaderTest, CredentialsOfAServiceAreGivenTogether) {
  sources.flags = {{"s3.accessKeyId", "AKID"}};
  EXPECT_THAT(onlyProblem(), HasSubstr("s3.accessKeyId: accessKeyId and secretAccessKey"));
  sources.flags = {{"ssm.sessionToken", "T"}};
  EXPECT_THAT(onlyProblem(), HasSubstr("ssm.accessKeyId: "));
  sources.flags = {{"logs.accessKeyId", "AKID"}, {"logs.secretAccessKey", "K"}};
  EXPECT_THAT(problems(), ::testing::IsEmpty());
}

TEST_F(SettingsLoaderTest, ProblemsNeverShowCredentials) {
  sources.flags = {{"s3.secretAccessKey", "a secret"}, {"s3.accessKeyId", "AKID"}};
  for (const auto& text : problems()) EXPECT_THAT(text, Not(HasSubstr("a secret")));
  sources.flags = {{"events.callbacks", "http://ann:secret@host:0/?key=secret"}};
  sources.environment["SIMFRA_DOCKER"] = "tcp://ann:secret@host";
  for (const auto& text : problems()) EXPECT_THAT(text, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace kiln::config
