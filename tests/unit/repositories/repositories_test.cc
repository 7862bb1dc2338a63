#include <fstream>
#include <thread>

#include "tests/unit/repositories/repositories_fixture.h"

namespace kiln::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kCaller = "arn:aws:iam::000000000000:user/t";

TEST_F(RepositoriesTest, ARepositoryLiesUnderItsIdAndIsFoundByItsName) {
  const auto made = make("demo");
  EXPECT_TRUE(std::filesystem::exists(root_ / (made.id + ".git") / "HEAD"));
  EXPECT_EQ(again(made).id, made.id);
  EXPECT_FALSE(*repositories_->find({"000000000000", "eu-west-1"}, "demo"));
  EXPECT_FALSE(*repositories_->find(scope_, "dem"));
}

TEST_F(RepositoriesTest, ATakenNameMakesNothing) {
  const auto made = make("demo");
  Repository wanted;
  wanted.scope = scope_;
  wanted.name = "demo";
  EXPECT_EQ(repositories_->create(wanted).error().code, Code::kAlreadyExists);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_), {}), 1);
}

TEST_F(RepositoriesTest, ANewNameMovesNothingOnDisk) {
  const auto made = make("demo");
  auto changed = repositories_->change(scope_, "demo", [](Repository& r) -> Result<bool> {
    r.name = "new";
    return true;
  });
  ASSERT_TRUE(changed.ok());
  EXPECT_FALSE(*repositories_->find(scope_, "demo"));
  EXPECT_EQ((*repositories_->find(scope_, "new"))->id, made.id);
  make("demo");
  auto taken = repositories_->change(scope_, "demo", [](Repository& r) -> Result<bool> {
    r.name = "new";
    return true;
  });
  EXPECT_EQ(taken.error().code, Code::kAlreadyExists);
}

TEST_F(RepositoriesTest, RemovalTakesRecordNotesAndFiles) {
  const auto made = make("demo");
  auto git = open(made);
  ASSERT_TRUE(git.setReference("refs/heads/main", commitOf(git, "1", ""), "").ok());
  ASSERT_TRUE(repositories_->settle(made, kCaller).ok());
  EXPECT_EQ(*repositories_->remove(scope_, "demo").value(), made.id);
  EXPECT_FALSE(repositories_->remove(scope_, "demo").value());
  EXPECT_TRUE(std::filesystem::is_empty(root_));
  EXPECT_THAT(store_->scanNotes(made.key(), {}, 10, Order::kAscending).value(), IsEmpty());
  EXPECT_EQ(repositories_->take(made).error().code, Code::kNotFound);
}

TEST_F(RepositoriesTest, EveryChangedReferenceIsToldOnce) {
  const auto made = make("demo");
  auto git = open(made);
  const auto one = commitOf(git, "1", "");
  const auto two = commitOf(git, "2", one);
  ASSERT_TRUE(git.setReference("refs/heads/main", one, "").ok());
  ASSERT_TRUE(git.setReference("refs/tags/v1", one, "").ok());
  ASSERT_TRUE(repositories_->settle(made, kCaller).ok());
  ASSERT_TRUE(repositories_->settle(made, kCaller).ok());
  ASSERT_TRUE(git.setReference("refs/heads/main", two, one).ok());
  ASSERT_TRUE(git.removeReference("refs/tags/v1", one).ok());
  ASSERT_TRUE(repositories_->settle(made, kCaller).ok());
  EXPECT_THAT(events(), ElementsAre("referenceCreated refs/heads/main ->" + one,
                                    "referenceCreated refs/tags/v1 ->" + one,
                                    "referenceUpdated refs/heads/main " + one + "->" + two,
                                    "referenceDeleted refs/tags/v1 " + one + "->"));
}

TEST_F(RepositoriesTest, WhatACrashKeptFromBeingToldIsToldAtStart) {
  const auto made = make("demo");
  auto git = open(made);
  const auto one = commitOf(git, "1", "");
  ASSERT_TRUE(git.setReference("refs/heads/trunk", one, "").ok());
  restart();
  restart();
  EXPECT_THAT(events(), ElementsAre("referenceCreated refs/heads/trunk ->" + one));
  EXPECT_EQ(again(made).defaultBranch, "trunk");
  EXPECT_EQ(*git.resolve("HEAD").value(), one);
}

TEST_F(RepositoriesTest, StartClearsWhatACrashLeft) {
  const auto made = make("demo");
  const auto bare = repositories_->pathOf(made);
  for (const std::string& left : {"new-" + newUuid(), "gone-" + newUuid(), std::string("mine")})
    std::filesystem::create_directories(root_ / left / "objects");
  for (const char* left :
       {"HEAD.lock", "packed-refs.lock", "refs/heads/x.lock", "objects/pack/tmp_pack_1"})
    std::ofstream(bare / left) << "x";
  std::filesystem::create_directories(bare / "objects" / "tmp_objdir-incoming-1");
  const auto nobodys = newUuid() + ".git";
  std::filesystem::create_directories(root_ / nobodys / "objects");
  restart();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_), {}), 3)
      << "the repository, what is not ours, and what was put aside";
  EXPECT_TRUE(std::filesystem::exists(root_ / "lost" / nobodys / "objects"));
  EXPECT_FALSE(std::filesystem::exists(bare / "HEAD.lock"));
  EXPECT_FALSE(std::filesystem::exists(bare / "refs/heads/x.lock"));
  EXPECT_TRUE(std::filesystem::is_empty(bare / "objects/pack"));
  EXPECT_FALSE(std::filesystem::exists(bare / "objects" / "tmp_objdir-incoming-1"));
}

TEST_F(RepositoriesTest, ATurnIsHeldByOneAndMayEndOnAnotherThread) {
  const auto made = make("demo");
  auto first = repositories_->take(made);
  ASSERT_TRUE(first.ok());
  int order = 0;
  std::thread second([&] {
    auto turn = repositories_->take(made);
    EXPECT_EQ(order, 1);
  });
  order = 1;
  std::thread([turn = std::move(*first)] {}).join();
  second.join();
}

TEST_F(RepositoriesTest, AReferenceIsSetOnlyOverWhatWasSeen) {
  const auto made = make("demo");
  auto git = open(made);
  const auto one = commitOf(git, "1", "");
  const auto two = commitOf(git, "2", one);
  ASSERT_TRUE(git.setReference("refs/heads/main", one, "").ok());
  EXPECT_EQ(git.setReference("refs/heads/main", two, "").error().code, Code::kConflict);
  EXPECT_EQ(git.setReference("refs/heads/main", two, two).error().code, Code::kConflict);
  EXPECT_EQ(git.removeReference("refs/heads/main", two).error().code, Code::kConflict);
  EXPECT_EQ(*git.findReference("refs/heads/main").value(), one);
}

TEST_F(RepositoriesTest, AnEmptiedFolderGoesOrIsKept) {
  const auto made = make("demo");
  auto git = open(made);
  const GitEntry file{EntryKind::kFile, git.writeBlob("x").value(), {}};
  const auto tree = git.writeTree("", {{"a/b/c", file}, {"d", file}}, false).value();
  const auto gone = git.writeTree(tree, {{"a/b/c", std::nullopt}}, false).value();
  EXPECT_FALSE(git.findEntry(gone, "a").value());
  const auto kept = git.writeTree(tree, {{"a/b/c", std::nullopt}}, true).value();
  EXPECT_TRUE(git.findEntry(kept, "a/b/.gitkeep").value());
  EXPECT_EQ(git.differences(tree, gone).value().size(), 1U);
}

}  // namespace
}  // namespace kiln::store
