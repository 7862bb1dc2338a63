// A directory of the host as a source: what is kept, what is left out, and that it stays as it was.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "runtime/source/buildspec_file.h"
#include "runtime/source/local_source.h"
#include "tests/unit/source/source_world.h"

namespace kiln::runtime {
namespace {

class LocalSourceTest : public SourceTest {
 protected:
  LocalSourceTest() { std::filesystem::create_directories(from_); }

  SourceResult<std::unique_ptr<FetchedSource>> fetchFrom(const std::filesystem::path& place) {
    SourceWorld world{
        clock_, objects_, {}, {}, [this](const std::string& line) { leftOut_.push_back(line); }};
    SourceFetcher fetcher(directory_ / "local-tmp", limits_, std::move(world));
    return fetcher.fetch(specOf(place), {"000000000000", "us-east-1"}, stop_.get_token(), {});
  }
  static SourceSpec specOf(const std::filesystem::path& place) {
    return {.identifier = {},
            .type = std::string(kLocalDirectory),
            .location = place.string(),
            .version = {},
            .credentials = {}};
  }
  std::string faultOf(const std::filesystem::path& place) {
    auto fetched = fetchFrom(place);
    if (fetched.ok() || !fetched.error().context) return "";
    return fetched.error().context->statusCode + ": " + fetched.error().context->message;
  }
  // Names, kinds, modes, sizes, times and targets of everything in the tree.
  std::string listing() const {
    return shell("cd '" + from_.string() + "' && find . -printf '%p %y %m %s %T@ %l\\n' | sort");
  }

  const std::filesystem::path from_ = directory_ / "from";
  std::vector<std::string> leftOut_;
};

TEST_F(LocalSourceTest, ModesTimesLinksHiddenFilesAndEmptyDirectoriesAreKeptAndTheTreeIsUntouched) {
  std::filesystem::create_directories(from_ / ".git/objects/empty");
  std::filesystem::create_directories(from_ / "sub dir");
  std::ofstream(from_ / "run") << "#!/bin/sh\n";
  std::ofstream(from_ / "sub dir/\xc3\xa4.txt") << std::string(700'000, 'x');
  std::ofstream(from_ / ".git/HEAD") << "ref: refs/heads/main\n";
  std::filesystem::permissions(from_ / "run", std::filesystem::perms(0751));
  std::filesystem::create_symlink("sub dir/\xc3\xa4.txt", from_ / "link");
  std::filesystem::create_symlink("/nowhere/at all", from_ / "dangling");
  shell("find '" + from_.string() + "' -exec touch -h -d '2021-02-03 04:05:06 UTC' {} +");
  const auto before = listing();
  auto fetched = fetchFrom(from_);
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ((*fetched)->resolvedVersion(), "");
  const auto tree = unpacked(**fetched);
  EXPECT_EQ(shell("diff -r --no-dereference '" + from_.string() + "' '" + tree.string() + "'"), "");
  const auto look = "find . -mindepth 1 -printf '%p %y %m %T@\\n' | sort";
  EXPECT_EQ(shell("cd '" + from_.string() + "' && " + look),
            shell("cd '" + tree.string() + "' && " + look));
  EXPECT_EQ(listing(), before);
  EXPECT_TRUE(leftOut_.empty());
}

TEST_F(LocalSourceTest, SocketsAndPipesAreLeftOutWithALineEach) {
  std::ofstream(from_ / "kept") << "x";
  ASSERT_EQ(::mkfifo((from_ / "pipe").c_str(), 0600), 0);
  const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (from_ / "sock").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(made, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  auto fetched = fetchFrom(from_);
  ::close(made);
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(leftOut_,
            (std::vector<std::string>{(from_ / "pipe").string() + " is a pipe and is left out",
                                      (from_ / "sock").string() + " is a socket and is left out"}));
  EXPECT_EQ(shell("ls '" + unpacked(**fetched).string() + "'"), "kept\n");
}

TEST_F(LocalSourceTest, ABuildspecIsReadThroughLinksThatStayInsideOnly) {
  std::filesystem::create_directories(from_ / "ci");
  std::ofstream(from_ / "ci/spec.yml") << "version: 0.2\n";
  std::ofstream(directory_ / "outside.yml") << "secret";
  std::filesystem::create_symlink("ci/spec.yml", from_ / "buildspec.yml");
  std::filesystem::create_symlink("../outside.yml", from_ / "out.yml");
  auto fetched = fetchFrom(from_);
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(*(*fetched)->readFile("buildspec.yml", 100), "version: 0.2\n");
  using Fault = FetchedSource::FileFault;
  EXPECT_EQ((*fetched)->readFile("out.yml", 100).error(), Fault::kAbsent);
  EXPECT_EQ((*fetched)->readFile("../outside.yml", 100).error(), Fault::kAbsent);
  EXPECT_EQ((*fetched)->readFile("none.yml", 100).error(), Fault::kAbsent);
  EXPECT_EQ((*fetched)->readFile("ci", 100).error(), Fault::kDirectory);
  EXPECT_EQ((*fetched)->readFile("ci/spec.yml", 3).error(), Fault::kTooLarge);
}

TEST_F(LocalSourceTest, APlaceThatIsNoDirectoryEndsWithAContext) {
  const std::string tail = " for primary source and source version ";
  EXPECT_EQ(faultOf("/no/such"), "CLIENT_ERROR: /no/such is not a directory" + tail);
  EXPECT_EQ(faultOf("relative"), "CLIENT_ERROR: relative is not a directory" + tail);
  std::ofstream(from_ / "file") << "x";
  EXPECT_EQ(faultOf(from_ / "file"),
            "CLIENT_ERROR: " + (from_ / "file").string() + " is not a directory" + tail);
}

TEST_F(LocalSourceTest, AFileThatCannotBeReadEndsWithItsName) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  std::ofstream(from_ / "closed") << "x";
  std::filesystem::permissions(from_ / "closed", std::filesystem::perms::none);
  EXPECT_EQ(faultOf(from_), "CLIENT_ERROR: cannot read " + (from_ / "closed").string() +
                                ": Permission denied for primary source and source version ");
}

TEST_F(LocalSourceTest, MoreEntriesOrBytesThanASourceMayHaveEndWithAContext) {
  const std::string tail = " a source may have for primary source and source version ";
  std::filesystem::create_directories(from_ / "sub");
  std::ofstream(from_ / "sub/five") << "12345";
  std::filesystem::create_symlink("five", from_ / "sub/link");
  std::ofstream(from_ / "two") << "12";
  ASSERT_EQ(::mkfifo((from_ / "pipe").c_str(), 0600), 0);  // left out, and not counted
  limits_.maxFiles = 4;
  limits_.maxBytes = 7;
  EXPECT_EQ(faultOf(from_), "");
  limits_.maxFiles = 3;
  EXPECT_EQ(faultOf(from_), "CLIENT_ERROR: the directory has more than the 3 entries" + tail);
  limits_.maxFiles = 4;
  limits_.maxBytes = 6;
  EXPECT_EQ(faultOf(from_), "CLIENT_ERROR: the directory holds more than the 6 bytes" + tail);
}

TEST_F(LocalSourceTest, AFileThatShrinksWhileItIsReadEndsTheStreamWithItsName) {
  const auto path = from_ / "big";
  std::ofstream(path) << std::string(3'000'000, 'x');
  auto fetched = fetchFrom(from_);
  ASSERT_TRUE(fetched.ok());
  auto stream = (*fetched)->tar("");
  ASSERT_TRUE(stream().ok());
  std::filesystem::resize_file(path, 10);
  Result<std::string> chunk = std::string("more");
  while (chunk.ok() && !chunk->empty()) chunk = stream();
  ASSERT_FALSE(chunk.ok());
  EXPECT_EQ(chunk.error().message, path.string() + " became shorter while it was read");
  EXPECT_FALSE(chunk.error().retryable());
}

// What a server's fetcher answers, whatever a record says.
TEST_F(LocalSourceTest, AFetcherThatWasNotMadeForItKnowsNoLocalDirectories) {
  EXPECT_EQ(
      failureOf(specOf(from_)),
      "CLIENT_ERROR: a source of type \"LOCAL_DIRECTORY\" is not supported for primary source "
      "and source version ");
}

}  // namespace
}  // namespace kiln::runtime
