// Objects: their bytes, ranges, copies, attributes, conditions and events.
#include <thread>

#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

using ObjectTest = ObjectsTest;

TEST_F(ObjectTest, BytesComeBackWhateverTheirSizeAlsoAfterARestart) {
  for (const std::size_t size : {0, 1, 64, 65, 128 << 10, (128 << 10) + 1, 1 << 20}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
    const auto info = put("k" + std::to_string(size), bytes);
    EXPECT_EQ(info.size, size);
    reopen();
    EXPECT_EQ(get("k" + std::to_string(size)), bytes) << size;
  }
  EXPECT_EQ(files().size(), 4u);
  EXPECT_EQ(files("tmp").size(), 0u);
}

TEST_F(ObjectTest, TheMd5IsOfAllBytes) {
  EXPECT_EQ(bodyOf("")->md5(), "d41d8cd98f00b204e9800998ecf8427e");
  auto writer = objects_->newBody();
  for (int i = 0; i < 300'000; ++i) must(writer->write("a"));
  EXPECT_EQ(writer->written(), 300'000u);
  EXPECT_EQ(must(writer->finish())->md5(), bodyOf(std::string(300'000, 'a'))->md5());
}

TEST_F(ObjectTest, ARangeGivesTheseBytesAndNoOthers) {
  std::string bytes(600'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 % 253);
  put("large", bytes);
  auto reader = must(objects_->open(named("large"), ""));
  for (const auto& [offset, length] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 1}, {599'999, 1}, {100, 400'000}, {600'000, 0}, {0, 600'000}}) {
    must(reader->select(offset, length));
    EXPECT_EQ(readAll(*reader), bytes.substr(offset, length)) << offset;
  }
  EXPECT_EQ(failure(reader->select(600'000, 1)), Code::kInvalidArgument);
  EXPECT_EQ(failure(reader->select(1, ~std::uint64_t{0})), Code::kInvalidArgument);
  put("small", "0123456789");
  auto few = must(objects_->open(named("small"), ""));
  must(few->select(3, 4));
  EXPECT_EQ(readAll(*few), "3456");
}

TEST_F(ObjectTest, AReplacedOrRemovedObjectStaysReadableToWhoeverHasItOpen) {
  put("a", large_);
  auto first = must(objects_->open(named("a"), ""));
  auto again = must(objects_->open(named("a"), ""));
  put("a", large_ + "new");
  auto second = must(objects_->open(named("a"), ""));
  remove("a");
  EXPECT_EQ(files().size(), 2u);
  EXPECT_EQ(readAll(*first), large_);
  EXPECT_EQ(readAll(*second), large_ + "new");
  first.reset();
  EXPECT_EQ(files().size(), 2u);
  EXPECT_EQ(readAll(*again), large_);
  again.reset();
  EXPECT_EQ(files().size(), 1u);
  second.reset();
  EXPECT_TRUE(files().empty());
}

TEST_F(ObjectTest, ABodyThatIsNotTakenGoes) {
  {
    auto unfinished = objects_->newBody();
    must(unfinished->write(std::string(200'000, 'x')));
    EXPECT_EQ(files("tmp").size(), 1u);
    auto unused = bodyOf(large_);
    EXPECT_EQ(files().size(), 1u);
  }
  EXPECT_TRUE(files("tmp").empty());
  EXPECT_TRUE(files().empty());
  put("a", small_);
  EXPECT_EQ(failure(tryPut("a", large_, {.absent = true, .etag = {}})), Code::kFailedPrecondition);
  EXPECT_TRUE(files().empty());
}

TEST_F(ObjectTest, ACopyLivesOnWhenItsSourceIsGone) {
  for (const auto& bytes : {small_, large_, std::string()}) {
    put("from", bytes);
    auto source = must(objects_->open(named("from"), ""));
    auto body = must(objects_->copyBody(*source));
    EXPECT_EQ(body->size(), bytes.size());
    must(objects_->put(named("to"), std::move(body), {.etag = source->info().etag}));
    source.reset();
    remove("from");
    reopen();
    EXPECT_EQ(get("to"), bytes);
    remove("to");
    EXPECT_TRUE(files().empty());
  }
}

TEST_F(ObjectTest, ASourceRemovedAfterItWasOpenedCanStillBeCopied) {
  put("from", large_);
  auto source = must(objects_->open(named("from"), ""));
  remove("from");
  must(objects_->put(named("to"), must(objects_->copyBody(*source)), {}));
  source.reset();
  EXPECT_EQ(get("to"), large_);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ObjectTest, AttributesChangeWithoutANewVersion) {
  const auto before = put("a", small_);
  clock_.advance(Seconds(5));
  const auto add = [](const ObjectInfo& info) -> Result<std::string> {
    return info.attributes + "+";
  };
  EXPECT_EQ(must(objects_->changeAttributes(named("a"), "", add, {})).attributes, "{}+");
  const auto after = *find("a");
  EXPECT_EQ(after.attributes, "{}+");
  EXPECT_EQ(after.modified, before.modified);
  EXPECT_EQ(after.etag, before.etag);
  EXPECT_EQ(get("a"), small_);
  EXPECT_EQ(failure(objects_->changeAttributes(named("b"), "", add, {})), Code::kNotFound);
  const auto refuse = [](const ObjectInfo&) -> Result<std::string> {
    return Error{Code::kResourceExhausted, "too many tags"};
  };
  EXPECT_EQ(failure(objects_->changeAttributes(named("a"), "", refuse, {})),
            Code::kResourceExhausted);
}

TEST_F(ObjectTest, ConditionsAreOfTheLatestObject) {
  const Condition absent{.absent = true, .etag = {}};
  EXPECT_EQ(failure(tryPut("a", "1", {.absent = false, .etag = "x"})), Code::kNotFound);
  const auto etag = must(tryPut("a", "1", absent)).etag;
  EXPECT_EQ(failure(tryPut("a", "2", absent)), Code::kFailedPrecondition);
  EXPECT_EQ(failure(tryPut("a", "2", {.absent = false, .etag = "x"})), Code::kFailedPrecondition);
  EXPECT_TRUE(tryPut("a", "2", {.absent = false, .etag = etag}).ok());
  EXPECT_TRUE(tryPut("a", "3", {.absent = false, .etag = "*"}).ok());
  EXPECT_EQ(get("a"), "3");
  must(objects_->setVersioning(bucket_, Versioning::kEnabled));
  remove("a");
  EXPECT_TRUE(tryPut("a", "4", absent).ok());
}

TEST_F(ObjectTest, OfManyWritersThatWantToBeFirstExactlyOneIs) {
  for (int round = 0; round < 20; ++round) {
    const auto key = std::to_string(round);
    std::atomic<int> won = 0;
    std::string winner;
    {
      std::vector<std::jthread> writers;
      for (int i = 0; i < 8; ++i) {
        writers.emplace_back([&, i] {
          const auto bytes = (i % 2 ? large_ : small_) + std::to_string(i);
          auto done = tryPut(key, bytes, {.absent = true, .etag = {}});
          if (done && ++won == 1) winner = bytes;
          EXPECT_TRUE(done || done.error().code == Code::kFailedPrecondition);
        });
      }
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(get(key), winner);
  }
}

TEST_F(ObjectTest, OfManyWritersThatReplaceTheSameEtagExactlyOneDoes) {
  const auto etag = put("a", "first").etag;
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i) {
      writers.emplace_back([&, i] {
        if (tryPut("a", large_ + std::to_string(i), {.absent = false, .etag = etag})) ++won;
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ObjectTest, ReadersUnderWritersSeeWholeObjectsAlways) {
  put("a", large_);
  {
    std::atomic<int> writing = 2;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 1000; ++n) {
          put("a", std::string(n % 3 ? 10'000 : 20, static_cast<char>('a' + (n + i) % 26)));
        }
        --writing;
      });
    }
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        while (writing > 0) {
          auto reader = must(objects_->open(named("a"), ""));
          const auto bytes = readAll(*reader);
          EXPECT_EQ(bytes.size(), reader->info().size);
          EXPECT_EQ(bytes.find_first_not_of(bytes[0]), std::string::npos);
        }
      });
  }
  EXPECT_LE(files().size(), 1u);
}

TEST_F(ObjectTest, AnEventIsCommittedWithItsChange) {
  const auto tell = [&](std::string what) {
    return [=, this](const ObjectInfo& info) -> std::optional<OutboxEntry> {
      return OutboxEntry{.position = 0,
                         .id = what + info.key + std::to_string(info.sequence),
                         .subject = bucket_.key(),
                         .body = what + " " + info.versionId};
    };
  };
  NewObject object;
  object.notice = tell("put");
  must(objects_->put(named("a"), bodyOf("1"), object));
  object.condition.absent = true;
  EXPECT_FALSE(objects_->put(named("a"), bodyOf("1"), object).ok());
  must(objects_->remove(bucket_,
                        {.key = "a", .versionId = {}, .condition = {}, .notice = tell("gone")}));
  must(objects_->remove(bucket_,
                        {.key = "a", .versionId = {}, .condition = {}, .notice = tell("gone")}));
  const auto events = must(store_->readOutbox(0, 10));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].body, "put null");
  EXPECT_EQ(events[1].body, "gone null");
}

TEST_F(ObjectTest, ManyAreRemovedInOneCommitEachWithItsOutcome) {
  for (const char* key : {"a", "b", "c"}) put(key, large_);
  const auto version = store_->version();
  const auto outcomes = must(objects_->removeMany(
      bucket_,
      {{.key = "a", .versionId = {}, .condition = {}, .notice = {}},
       {.key = "b", .versionId = {}, .condition = {.absent = false, .etag = "x"}, .notice = {}},
       {.key = "none", .versionId = {}, .condition = {}, .notice = {}},
       {.key = "c", .versionId = {}, .condition = {}, .notice = {}}}));
  EXPECT_EQ(store_->version(), version + 1);
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_TRUE(outcomes[0].value().version);
  EXPECT_EQ(failure(outcomes[1]), Code::kFailedPrecondition);
  EXPECT_FALSE(outcomes[2].value().version);
  EXPECT_TRUE(find("b"));
  EXPECT_FALSE(find("c"));
  EXPECT_EQ(files().size(), 1u);
}

}  // namespace
}  // namespace kiln::store
