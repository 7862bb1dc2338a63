#include "api/codecommit/codecommit.h"

#include <zlib.h>

#include "api/codecommit/access.h"
#include "api/codecommit/inflate_reader.h"
#include "api/codecommit/repository_view.h"
#include "api/model/json_service.h"
#include "tests/unit/repositories/repositories_fixture.h"

namespace kiln::api {
namespace {

using codecommit::InflateReader;
using nlohmann::json;

class CodecommitTest : public store::RepositoriesTest {
 protected:
  std::string call(const std::string& operation, const json& input) {
    const auto answer =
        service_.call(operation, input.dump(),
                      {.scope = scope_, .requestId = "r", .principal = "t", .host = "h:1"});
    const json body = json::parse(answer.body);
    return answer.status == 200 ? body.dump() : body.value("__type", "");
  }

  JsonService service_{"codecommit", codecommitOperations({*store_, *repositories_, clock_}),
                       codecommitInputCheck()};
};

TEST_F(CodecommitTest, AMissingOrMalformedMemberHasItsOwnException) {
  EXPECT_EQ(call("GetRepository", json::object()), "RepositoryNameRequiredException");
  EXPECT_EQ(call("GetRepository", {{"repositoryName", "a/b"}}), "InvalidRepositoryNameException");
  EXPECT_EQ(call("GetRepository", {{"repositoryName", ""}}), "InvalidRepositoryNameException");
  EXPECT_EQ(call("GetBranch", {{"repositoryName", "a"}}), "BranchNameRequiredException");
  EXPECT_EQ(call("GetCommit", {{"repositoryName", "a"}, {"commitId", "x"}}),
            "InvalidCommitIdException");
  EXPECT_EQ(call("BatchGetRepositories", {{"repositoryNames", json::array()}}),
            "RepositoryNamesRequiredException");
  EXPECT_EQ(call("ListRepositories", {{"sortBy", "x"}}), "InvalidSortByException");
  EXPECT_EQ(call("GetFile", {{"repositoryName", "a"}}), "PathRequiredException");
  EXPECT_EQ(call("GetPullRequest", {{"pullRequestId", "1"}}), "NotImplementedException");
}

TEST_F(CodecommitTest, TheCloneUrlIsTheAddressThatTheClientCalled) {
  const json made = json::parse(call("CreateRepository", {{"repositoryName", "demo"}}));
  EXPECT_EQ(made["repositoryMetadata"]["cloneUrlHttp"], "http://h:1/v1/repos/demo");
  scope_.region = "eu-west-1";
  const json other = json::parse(call("CreateRepository", {{"repositoryName", "demo"}}));
  EXPECT_EQ(other["repositoryMetadata"]["cloneUrlHttp"],
            "http://h:1/_kiln/regions/eu-west-1/v1/repos/demo");
}

TEST_F(CodecommitTest, ARepositoriesListGoesOnWhereItEnded) {
  for (int at = 0; at < 1001; ++at) {
    store::Repository one;
    one.scope = scope_;
    one.name = "r" + std::to_string(10'000 + at);
    one.id = newUuid();
    ASSERT_TRUE(store_
                    ->commit(store::Durability::kBuffered,
                             [&](store::Txn& txn) { return txn.create(toResource(one)); })
                    .ok());
  }
  const json first = json::parse(call("ListRepositories", json::object()));
  EXPECT_EQ(first["repositories"].size(), 1000U);
  const json rest = json::parse(call("ListRepositories", {{"nextToken", first["nextToken"]}}));
  ASSERT_EQ(rest["repositories"].size(), 1U);
  EXPECT_EQ(rest["repositories"][0]["repositoryName"], "r11000");
  EXPECT_FALSE(rest.contains("nextToken"));
  EXPECT_EQ(call("ListRepositories", {{"nextToken", first["nextToken"]}, {"order", "descending"}}),
            "InvalidContinuationTokenException");
}

TEST(CodecommitPathTest, OnlyAPathBelowTheRootIsOne) {
  EXPECT_EQ(*codecommit::filePath("/a/b"), "a/b");
  EXPECT_EQ(*codecommit::folderPath("/"), "");
  EXPECT_EQ(*codecommit::folderPath("a/"), "a");
  for (const char* odd : {"a/", "..", "a/../b", "a//b", ".git/x", "a/.GIT/x", "//a", ".", "git~1/x",
                          "a/GIT~1", ".git /x", ".git./x", ".git::$INDEX_ALLOCATION/x"})
    EXPECT_EQ(codecommit::filePath(odd).error().shape, "InvalidPathException") << odd;
  EXPECT_FALSE(codecommit::folderPath(std::string("a\0b", 3)).ok());
}

class PiecesReader final : public BodyReader {
 public:
  PiecesReader(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::string> read(std::size_t most) override {
    std::string out = bytes_.substr(at_, std::min(most, piece_));
    at_ += out.size();
    return out;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

std::string gzipped(const std::string& text) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Result<std::string> inflated(const std::string& bytes, std::size_t piece, std::uint64_t most) {
  InflateReader reader(std::make_shared<PiecesReader>(bytes, piece), most);
  std::string all;
  while (true) {
    auto next = reader.read(1000);
    if (!next.ok()) return next;
    if (next->empty()) return all;
    all += *next;
  }
}

TEST(CodecommitInflateTest, AGzipBodyComesBackWhateverItsPieces) {
  std::string text;
  for (int at = 0; at < 5000; ++at) text += std::to_string(at * 7919);
  for (const std::size_t piece : {1U, 7U, 100'000U})
    EXPECT_EQ(*inflated(gzipped(text), piece, 1 << 20), text);
}

TEST(CodecommitInflateTest, WhatIsNoGzipBreaksOffOrGrowsTooLargeIsRefused) {
  const std::string whole = gzipped(std::string(1 << 20, 'x'));
  EXPECT_EQ(inflated(whole, 100, 1 << 19).error().code, Code::kResourceExhausted);
  EXPECT_EQ(inflated(whole.substr(0, whole.size() / 2), 100, 1 << 21).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(inflated("plain text", 100, 1 << 21).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace kiln::api
