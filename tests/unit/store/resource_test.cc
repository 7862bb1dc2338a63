#include "tests/unit/store/store_fixture.h"

namespace kiln::store {
namespace {

using ResourceTest = StoreTest;

TEST_F(ResourceTest, WhatWasCreatedComesBackWholeAlsoAfterReopening) {
  auto resource = resourceOf("demo:1", {"builds/1", "active/1"});
  resource.meta.deletedAt = fromUnixMicros(-1'500'000);
  resource.meta.finalizers = {"kiln.io/container", ""};
  resource.meta.ownerRef = std::string("own\0er", 6);
  resource.status = std::string(300'000, '\x00');
  auto version = create(resource);
  ASSERT_TRUE(version.ok());
  open();
  const auto found = get("demo:1");
  EXPECT_EQ(found.meta.key, resource.meta.key);
  EXPECT_EQ(found.meta.resourceVersion, *version);
  EXPECT_EQ(found.meta.generation, 1u);
  EXPECT_EQ(found.meta.deletedAt, resource.meta.deletedAt);
  EXPECT_EQ(found.meta.finalizers, resource.meta.finalizers);
  EXPECT_EQ(found.meta.ownerRef, resource.meta.ownerRef);
  EXPECT_EQ(found.meta.indexKeys, resource.meta.indexKeys);
  EXPECT_EQ(found.spec, resource.spec);
  EXPECT_EQ(found.status, resource.status);
}

TEST_F(ResourceTest, AnAbsentResourceIsAValueAndNotAnError) {
  auto found = store_->find(keyOf("none"));
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->has_value());
}

TEST_F(ResourceTest, ASecondCreateIsRefused) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  EXPECT_EQ(codeOf(create(resourceOf("a"))), Code::kAlreadyExists);
  auto elsewhere = resourceOf("a");
  elsewhere.meta.key.scope.region = "us-east-1";
  EXPECT_TRUE(create(elsewhere).ok());
}

TEST_F(ResourceTest, AResourceWithoutKindOrNameIsRefused) {
  EXPECT_EQ(codeOf(create(resourceOf(""))), Code::kInvalidArgument);
}

TEST_F(ResourceTest, AnUpdateOfAnOldVersionIsAConflictAndChangesNothing) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  auto old = get("a");
  ASSERT_TRUE(update("a", Half::kStatus, [](Resource& r) { r.status = "first"; }).ok());
  old.status = "second";
  auto late = commit([&](Txn& txn) { return txn.update(old, Half::kStatus); });
  EXPECT_EQ(codeOf(late), Code::kConflict);
  EXPECT_EQ(get("a").status, "first");
}

TEST_F(ResourceTest, UpdatingOrErasingWhatIsNotThereIsNotFound) {
  EXPECT_EQ(codeOf(commit([](Txn& txn) { return txn.update(resourceOf("a"), Half::kSpec); })),
            Code::kNotFound);
  EXPECT_EQ(codeOf(commit([](Txn& txn) { return txn.erase(keyOf("a"), 1); })), Code::kNotFound);
}

TEST_F(ResourceTest, AWriteOfOneHalfMayNotAlterTheOther) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  EXPECT_EQ(codeOf(update("a", Half::kStatus, [](Resource& r) { r.spec = "x"; })),
            Code::kFailedPrecondition);
  EXPECT_EQ(codeOf(update("a", Half::kSpec, [](Resource& r) { r.status = "x"; })),
            Code::kFailedPrecondition);
  EXPECT_EQ(get("a").meta.resourceVersion, store_->version());
}

TEST_F(ResourceTest, MetaMayChangeWithEitherHalfAndOnlySpecWritesBumpTheGeneration) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  ASSERT_TRUE(update("a", Half::kStatus, [](Resource& r) { r.meta.finalizers = {"f"}; }).ok());
  EXPECT_EQ(get("a").meta.generation, 1u);
  ASSERT_TRUE(update("a", Half::kSpec, [](Resource& r) {
                r.spec = "new";
                r.meta.deletedAt = fromUnixMillis(5);
                r.meta.generation = 77;
              }).ok());
  EXPECT_EQ(get("a").meta.generation, 2u);
  EXPECT_EQ(get("a").meta.finalizers, std::vector<std::string>{"f"});
  EXPECT_EQ(get("a").meta.deletedAt, fromUnixMillis(5));
}

TEST_F(ResourceTest, EachCommitHasTheNextVersionAndStampsItOnAllItTouches) {
  const auto before = store_->version();
  auto version = commit([&](Txn& txn) -> Status {
    EXPECT_EQ(txn.version(), before + 1);
    for (auto name : {"a", "b"}) {
      if (auto made = txn.create(resourceOf(name)); !made) return made;
    }
    return okStatus();
  });
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(*version, before + 1);
  EXPECT_EQ(store_->version(), before + 1);
  EXPECT_EQ(get("a").meta.resourceVersion, before + 1);
  EXPECT_EQ(get("b").meta.resourceVersion, before + 1);
}

TEST_F(ResourceTest, ACommitThatWroteNothingTakesNoVersion) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  const auto before = store_->version();
  auto version = commit([](Txn&) { return okStatus(); }, Durability::kSynced);
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(*version, before);
  EXPECT_EQ(store_->version(), before);
}

TEST_F(ResourceTest, ATransactionSeesItsOwnWrites) {
  ASSERT_TRUE(commit([](Txn& txn) -> Status {
                EXPECT_TRUE(txn.create(resourceOf("a", {"x/1"})).ok());
                auto made = txn.find(keyOf("a"));
                EXPECT_EQ((*made)->meta.resourceVersion, txn.version());
                EXPECT_EQ(*txn.countIndex("x/", 10), 1u);
                EXPECT_TRUE(txn.putNote(keyOf("a"), "n", "v").ok());
                EXPECT_EQ(**txn.findNote(keyOf("a"), "n"), "v");
                (*made)->status = "again";
                EXPECT_TRUE(txn.update(**made, Half::kStatus).ok());
                EXPECT_TRUE(txn.erase(keyOf("a"), txn.version()).ok());
                EXPECT_FALSE(txn.find(keyOf("a"))->has_value());
                EXPECT_FALSE(txn.findNote(keyOf("a"), "n")->has_value());
                EXPECT_EQ(*txn.countIndex("x/", 10), 0u);
                return okStatus();
              }).ok());
  EXPECT_FALSE(exists("a"));
}

TEST_F(ResourceTest, AFailedTransactionChangesNothing) {
  const auto before = store_->version();
  auto failed = commit([](Txn& txn) -> Status {
    EXPECT_TRUE(txn.create(resourceOf("a", {"x/1"})).ok());
    EXPECT_TRUE(txn.putNote(keyOf("a"), "n", "v").ok());
    EXPECT_EQ(*txn.nextNumber(kScope, "demo"), 1);
    txn.emit({.id = "e", .subject = keyOf("a"), .body = "{}"});
    return Error{Code::kResourceExhausted, "too many builds"};
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "too many builds");
  EXPECT_EQ(store_->version(), before);
  EXPECT_FALSE(exists("a"));
  EXPECT_FALSE(store_->findNote(keyOf("a"), "n")->has_value());
  EXPECT_TRUE(store_->scanIndex("x/", "", 10, Order::kAscending)->entries.empty());
  EXPECT_TRUE(store_->readOutbox(0, 10)->empty());
  EXPECT_TRUE(store_->readFeed(before, 10)->empty());
  ASSERT_TRUE(commit([](Txn& txn) -> Status {
                EXPECT_EQ(*txn.nextNumber(kScope, "demo"), 1);
                return okStatus();
              }).ok());
}

TEST_F(ResourceTest, AThrowingTransactionIsAnErrorAndChangesNothing) {
  auto thrown = commit([](Txn& txn) -> Status {
    EXPECT_TRUE(txn.create(resourceOf("a")).ok());
    throw std::runtime_error("out of luck");
  });
  ASSERT_FALSE(thrown.ok());
  EXPECT_EQ(thrown.error().code, Code::kInternal);
  EXPECT_NE(thrown.error().message.find("out of luck"), std::string::npos);
  EXPECT_FALSE(exists("a"));
}

TEST_F(ResourceTest, ACommitInsideACommitIsRefusedAndTheOuterOneGoesOn) {
  auto outer = commit([&](Txn& txn) -> Status {
    EXPECT_EQ(codeOf(create(resourceOf("inner"))), Code::kInternal);
    return txn.create(resourceOf("outer"));
  });
  EXPECT_TRUE(outer.ok());
  EXPECT_TRUE(exists("outer"));
  EXPECT_FALSE(exists("inner"));
}

TEST_F(ResourceTest, ATransactionThatReadsPastItselfSeesTheLastCommit) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  auto done = commit([&](Txn& txn) -> Status {
    auto created = txn.create(resourceOf("b"));
    EXPECT_TRUE(exists("a"));
    EXPECT_FALSE(exists("b"));
    EXPECT_TRUE(txn.find(keyOf("b"))->has_value());
    EXPECT_EQ(store_->readFeed(0, 10)->size(), 1u);
    return created;
  });
  EXPECT_TRUE(done.ok());
  EXPECT_TRUE(exists("b"));
}

TEST_F(ResourceTest, ErasingTakesAllNotesOfThatResourceAndNoOther) {
  ASSERT_TRUE(create(resourceOf("a")).ok());
  ASSERT_TRUE(commit([](Txn& txn) -> Status {
                for (auto owner : {"a", "ab"}) {
                  for (auto note : {"log", "token", ""}) {
                    if (auto put = txn.putNote(keyOf(owner), note, "v"); !put) return put;
                  }
                }
                return okStatus();
              }).ok());
  ASSERT_TRUE(erase("a").ok());
  for (auto note : {"log", "token", ""}) {
    EXPECT_FALSE(store_->findNote(keyOf("a"), note)->has_value());
    EXPECT_EQ(**store_->findNote(keyOf("ab"), note), "v");
  }
}

TEST_F(ResourceTest, ANoteIsReplacedAndRemoved) {
  const auto note = [&](auto change) { return commit(change).ok(); };
  ASSERT_TRUE(note([](Txn& txn) { return txn.putNote(keyOf("a"), "n", "1"); }));
  ASSERT_TRUE(note([](Txn& txn) { return txn.putNote(keyOf("a"), "n", ""); }));
  EXPECT_EQ(**store_->findNote(keyOf("a"), "n"), "");
  ASSERT_TRUE(note([](Txn& txn) { return txn.eraseNote(keyOf("a"), "n"); }));
  EXPECT_FALSE(store_->findNote(keyOf("a"), "n")->has_value());
  EXPECT_TRUE(note([](Txn& txn) { return txn.eraseNote(keyOf("a"), "n"); }));
}

TEST_F(ResourceTest, NumbersStartAtOneAndSurviveOwnerAndRestart) {
  const auto next = [&](const Scope& scope, std::string_view counter) {
    std::int64_t number = 0;
    EXPECT_TRUE(commit([&](Txn& txn) -> Status {
                  auto given = txn.nextNumber(scope, counter);
                  number = *given;
                  return dropValue(given);
                }).ok());
    return number;
  };
  EXPECT_EQ(next(kScope, "demo"), 1);
  EXPECT_EQ(next(kScope, "demo"), 2);
  EXPECT_EQ(next(kScope, "other"), 1);
  EXPECT_EQ(next({"000000000000", "us-east-1"}, "demo"), 1);
  open();
  EXPECT_EQ(next(kScope, "demo"), 3);
}

}  // namespace
}  // namespace kiln::store
