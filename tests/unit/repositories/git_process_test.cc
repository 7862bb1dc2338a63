#include "store/repositories/git_process.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace kiln::store {
namespace {

std::string allOf(GitProcess& git) {
  std::string said;
  while (true) {
    auto piece = git.read(Millis{100});
    if (piece && piece->empty()) return said;
    if (piece) said += *piece;
  }
}

GitCommand gitCommand(std::vector<std::string> arguments) {
  return {.arguments = std::move(arguments),
          .repository = std::filesystem::temp_directory_path(),
          .protocol = {},
          .background = false};
}

TEST(GitProcessTest, InputAndOutputAreStreams) {
  auto git = GitProcess::start(gitCommand({"hash-object", "--stdin"}));
  ASSERT_TRUE(git.ok());
  EXPECT_TRUE((*git)->write("hello\n"));
  (*git)->closeInput();
  EXPECT_EQ(allOf(**git), "ce013625030ba8dba906f756967f9e9ca394464a\n");
  EXPECT_EQ((*git)->wait(), 0);
}

TEST(GitProcessTest, AFailureHasItsStatusAndItsWords) {
  auto git = GitProcess::start(gitCommand({"cat-file", "-p", "nothing"}));
  ASSERT_TRUE(git.ok());
  EXPECT_EQ(allOf(**git), "");
  EXPECT_EQ((*git)->wait(), 128);
  EXPECT_THAT((*git)->complaint(), testing::HasSubstr("fatal"));
  EXPECT_LE((*git)->complaint().size(), 4096U);
}

TEST(GitProcessTest, OneThatIsStoppedReadsNoMore) {
  auto git = GitProcess::start(gitCommand({"hash-object", "--stdin"}));
  ASSERT_TRUE(git.ok());
  (*git)->stop();
  EXPECT_GT((*git)->wait(), 128);
  EXPECT_FALSE((*git)->write(std::string(1 << 20, 'x')));
}

TEST(GitProcessTest, HooksAndForeignConfigurationAreShutOut) {
  auto git = GitProcess::start(gitCommand({"config", "--list", "--show-scope"}));
  ASSERT_TRUE(git.ok());
  const std::string said = allOf(**git);
  EXPECT_THAT(said, testing::HasSubstr("core.hookspath=/dev/null"));
  EXPECT_THAT(said, testing::Not(testing::HasSubstr("global")));
  EXPECT_THAT(said, testing::Not(testing::HasSubstr("system")));
}

TEST(GitProcessTest, OnlyAPlainProtocolHeaderReachesGit) {
  EXPECT_EQ(acceptableProtocol("version=2"), "version=2");
  EXPECT_EQ(acceptableProtocol("version=2:object-format=sha1"), "version=2:object-format=sha1");
  for (const char* odd : {"version=2\nX=1", "a b", "$(x)", "a/b"})
    EXPECT_EQ(acceptableProtocol(odd), "");
  EXPECT_EQ(acceptableProtocol(std::string(129, 'a')), "");
}

}  // namespace
}  // namespace kiln::store
