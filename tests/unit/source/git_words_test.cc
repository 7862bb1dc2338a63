// The pure parts of git sources: URLs, .gitmodules, packets, versions.
#include <gtest/gtest.h>

#include "runtime/aws/codecommit_login.h"
#include "runtime/source/git_location.h"
#include "runtime/source/git_modules.h"
#include "runtime/source/git_version.h"
#include "runtime/source/source_words.h"
#include "tests/unit/source/source_world.h"

namespace kiln::runtime {
namespace {

TEST(GitModules, AreReadAsGitReadsThem) {
  const auto modules = parseGitModules(
      "# comment\n[core]\n\turl = no\n[Submodule \"a \\\"b\\\"\"]\n  Path = dir/a ; "
      "comment\n\tURL=\"../x y.git\" # more\n\tbranch = main\n[submodule \"c\"]\npath = c\nurl = "
      "https://h/\\\\c\n[include]\n\tpath = /etc/passwd\n[submodule]\nurl = x\n[submodule \"e\"");
  ASSERT_EQ(modules.size(), 3U);
  EXPECT_EQ(modules[0].name, "a \"b\"");
  EXPECT_EQ(modules[0].path, "dir/a");
  EXPECT_EQ(modules[0].url, "../x y.git");
  EXPECT_EQ(modules[1].path, "c");
  EXPECT_EQ(modules[1].url, "https://h/\\c");
  EXPECT_EQ(modules[2].path, "");
}

TEST(GitModules, NamesThatLeaveTheirDirectoryAreUnsound) {
  for (const char* name : {"", "..", "a/../b", "/a", "a\\b", "a\nb", "./a", "a//b"})
    EXPECT_FALSE(soundModuleName(name)) << name;
  for (const char* name : {"a", "the lib", "deps/x.y"}) EXPECT_TRUE(soundModuleName(name)) << name;
}

TEST(GitUrls, RelativeOnesAreSeenFromTheParent) {
  EXPECT_EQ(resolveUrl("https://h/o/app.git", "../lib.git"), "https://h/o/lib.git");
  EXPECT_EQ(resolveUrl("https://h/o/app.git/", "./sub"), "https://h/o/app.git/sub");
  EXPECT_EQ(resolveUrl("https://h/o/app", "../../../../x"), "https://h/x");
  EXPECT_EQ(resolveUrl("https://h/o/app", "https://g/x"), "https://g/x");
}

TEST(GitUrls, CredentialsGoToTheirHostAloneAndTokensGetTheCustomaryUser) {
  MemoryObjects objects;
  fakes::FakeClock clock;
  SourceWorld world{.clock = clock, .objects = objects, .codecommit = {}, .mapUrl = {}};
  SourceSpec spec{.identifier = {},
                  .type = "GITLAB",
                  .location = "https://h/o/app",
                  .version = {},
                  .credentials = GitCredentials{"", "token"}};
  auto own = locate("https://h/o/lib", spec, {}, world);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->endpoint.credentials->user, "oauth2");
  EXPECT_EQ(own->endpoint.credentials->secret, "token");
  for (const char* url : {"https://h.evil/o/lib", "http://h/o/lib", "https://h:8443/o"})
    EXPECT_FALSE(locate(url, spec, {}, world)->endpoint.credentials) << url;
  auto inUrl = locate("https://u%40x:p%3Aw@g/o", spec, {}, world);
  EXPECT_EQ(inUrl->endpoint.credentials->user, "u@x");
  EXPECT_EQ(inUrl->endpoint.credentials->secret, "p:w");
  EXPECT_EQ(inUrl->endpoint.url, "https://g/o");
  EXPECT_EQ(inUrl->shownUrl, "https://g/o");
}

TEST(GitUrls, ACodeCommitElsewhereGetsALoginAndTheEmbeddedOneNone) {
  MemoryObjects objects;
  fakes::FakeClock clock;
  CodeCommitPlace place{.url = "http://127.0.0.1:1/_kiln"};
  SourceWorld world{.clock = clock,
                    .objects = objects,
                    .codecommit = [&](const std::string&) { return place; },
                    .mapUrl = {}};
  const SourceSpec spec{.identifier = {},
                        .type = "CODECOMMIT",
                        .location = "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/a",
                        .version = {},
                        .credentials = {}};
  auto embedded = locate(spec.location, spec, {}, world);
  EXPECT_EQ(embedded->endpoint.url, "http://127.0.0.1:1/_kiln/v1/repos/a");
  EXPECT_FALSE(embedded->endpoint.credentials);
  place = {.url = "https://git-codecommit.us-east-2.amazonaws.com/",
           .credentials = AwsCredentials{"AKID", "secret", "session"},
           .region = "eu-west-1"};
  auto real = locate(spec.location, spec, {}, world);
  EXPECT_EQ(real->endpoint.url, "https://git-codecommit.us-east-2.amazonaws.com/v1/repos/a");
  const auto login =
      codecommitLogin(*place.credentials, "us-east-2", "git-codecommit.us-east-2.amazonaws.com",
                      "/v1/repos/a", clock.now());
  EXPECT_EQ(real->endpoint.credentials->user, "AKID%session");
  EXPECT_EQ(real->endpoint.credentials->secret, login.password);
  EXPECT_EQ(real->shownUrl, spec.location);
  auto own =
      locate("https://u:p@git-codecommit.eu-west-1.amazonaws.com/v1/repos/a", spec, {}, world);
  EXPECT_EQ(own->endpoint.credentials->user, "u");
  auto foreign = locate("https://github.com/v1/x", spec, {}, world);
  EXPECT_FALSE(foreign->endpoint.credentials);
}

TEST(GitPackets, AreReadWhateverThePiecesTheyComeIn) {
  const std::string oid(40, 'a');
  const std::string text =
      pktLine("# service=git-upload-pack\n") + "0000" +
      pktLine(oid + " HEAD" + std::string(1, '\0') + "shallow symref=HEAD:refs/heads/main\n") +
      pktLine(oid + " refs/heads/main\n") + pktLine(oid + " refs/tags/t\n") +
      pktLine(std::string(40, 'b') + " refs/tags/t^{}\n") + "0000";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    AdvertisementReader reader;
    for (std::size_t at = 0; at < text.size(); at += piece)
      EXPECT_FALSE(reader.push(std::string_view(text).substr(at, piece)));
    auto remote = reader.finish();
    ASSERT_TRUE(remote.ok());
    EXPECT_EQ(remote->headRef, "refs/heads/main");
    EXPECT_TRUE(remote->can("shallow"));
    EXPECT_EQ(remote->find("refs/tags/t")->peeled, std::string(40, 'b'));
  }
  for (const std::string& bad : std::vector<std::string>{"zzzz", "0002", "ffffx", "0008abcd",
                                                         text.substr(0, text.size() - 4), ""}) {
    AdvertisementReader reader;
    EXPECT_TRUE(reader.push(bad).has_value() || !reader.finish().ok()) << bad;
  }
}

TEST(GitVersions, APullRequestIsFoundWhereItsProviderKeepsIt) {
  for (const char* name :
       {"refs/pull/3/head", "refs/merge-requests/3/head", "refs/pull-requests/3/from"}) {
    Advertisement remote;
    remote.refs.push_back({name, std::string(40, 'c'), {}});
    EXPECT_EQ(findWanted(remote, "pr/3")->ref, name);
  }
}

TEST(SourceWords, UserAndPasswordAreNeverShown) {
  EXPECT_EQ(withoutUserInfo("https://u:p@h/x@y"), "https://h/x@y");
  EXPECT_EQ(withoutUserInfo("https://u:p@q@h"), "https://h");
  EXPECT_EQ(withoutUserInfo("https://h/x@y"), "https://h/x@y");
}

}  // namespace
}  // namespace kiln::runtime
