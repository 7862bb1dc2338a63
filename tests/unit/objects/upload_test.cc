// Uploads in parts: any order, parts overwritten, chosen, listed, completed once, aborted.
#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

class UploadTest : public ObjectsTest {
 protected:
  UploadInfo upload_ = must(objects_->createUpload(named("a"), R"({"type":"t"})"));
};

TEST_F(UploadTest, PartsInAnyOrderAndOverwrittenBecomeTheChosenObject) {
  putPart(upload_, 10'000, "end");
  putPart(upload_, 2, std::string(300'000, 'b'));
  putPart(upload_, 1, std::string(100, 'x'));
  putPart(upload_, 1, std::string(400'000, 'a'));
  putPart(upload_, 7, large_);
  EXPECT_EQ(files().size(), 4u);
  reopen();
  const auto info = must(complete(upload_, {{1, ""}, {2, ""}, {10'000, ""}}));
  EXPECT_EQ(info.size, 700'003u);
  EXPECT_EQ(info.etag, "whole-3");
  EXPECT_EQ(info.attributes, upload_.attributes);
  EXPECT_EQ(files().size(), 3u);
  reopen();
  const auto whole = std::string(400'000, 'a') + std::string(300'000, 'b') + "end";
  EXPECT_EQ(get("a"), whole);
  auto reader = must(objects_->open(named("a"), ""));
  ASSERT_EQ(reader->parts().size(), 3u);
  EXPECT_EQ(reader->parts()[2].number, 10'000);
  EXPECT_EQ(reader->parts()[2].size, 3u);
  must(reader->select(399'999, 300'003));
  EXPECT_EQ(readAll(*reader), whole.substr(399'999, 300'003));
  reader.reset();
  remove("a");
  EXPECT_TRUE(files().empty());
}

TEST_F(UploadTest, ACompletedUploadIsNoUploadAnyMore) {
  putPart(upload_, 1, large_);
  EXPECT_FALSE(find("a"));
  must(complete(upload_, {{1, ""}}));
  EXPECT_EQ(failure(complete(upload_, {{1, ""}})), Code::kNotFound);
  EXPECT_EQ(failure(objects_->abortUpload(named("a"), upload_.id)), Code::kNotFound);
  EXPECT_EQ(failure(objects_->putPart(named("a"), upload_.id, 1, bodyOf(large_), "", "")),
            Code::kNotFound);
  EXPECT_TRUE(must(objects_->listUploads(bucket_, {})).uploads.empty());
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(get("a"), large_);
}

TEST_F(UploadTest, APartThatIsMissingOrHasAnotherEtagEndsTheCompletionAndChangesNothing) {
  const auto etag = putPart(upload_, 2, large_).etag;
  EXPECT_EQ(failure(complete(upload_, {{1, ""}})), Code::kInvalidArgument);
  EXPECT_EQ(failure(complete(upload_, {{2, "x"}})), Code::kInvalidArgument);
  EXPECT_EQ(failure(complete(upload_, {{2, etag}, {2, etag}})), Code::kInvalidArgument);
  EXPECT_EQ(failure(complete(upload_, {{2, etag}, {3, ""}})), Code::kInvalidArgument);
  const Completion tooSmall{
      .parts = {{2, etag}},
      .assemble = [](const UploadInfo&, const std::vector<PartInfo>&) -> Result<Assembled> {
        return Error{Code::kResourceExhausted, "too small"};
      },
      .condition = {},
      .notice = {}};
  EXPECT_EQ(failure(objects_->completeUpload(named("a"), upload_.id, tooSmall)),
            Code::kResourceExhausted);
  EXPECT_EQ(failure(objects_->completeUpload(named("b"), upload_.id, tooSmall)), Code::kNotFound);
  EXPECT_TRUE(complete(upload_, {{2, etag}}).ok());
}

TEST_F(UploadTest, AConditionIsDecidedWhenTheUploadIsCompleted) {
  putPart(upload_, 1, large_);
  put("a", small_);
  Completion completion{
      .parts = {{1, ""}},
      .assemble = [](const UploadInfo&, const std::vector<PartInfo>&) -> Result<Assembled> {
        return Assembled{};
      },
      .condition = {.absent = true, .etag = {}},
      .notice = {}};
  EXPECT_EQ(failure(objects_->completeUpload(named("a"), upload_.id, completion)),
            Code::kFailedPrecondition);
  EXPECT_EQ(get("a"), small_);
  remove("a");
  EXPECT_TRUE(objects_->completeUpload(named("a"), upload_.id, completion).ok());
}

TEST_F(UploadTest, AbortTakesThePartsAlong) {
  putPart(upload_, 1, large_);
  putPart(upload_, 2, small_);
  const auto other = must(objects_->createUpload(named("a"), "{}"));
  putPart(other, 1, large_);
  must(objects_->abortUpload(named("a"), upload_.id));
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(failure(objects_->listParts(named("a"), upload_.id, 0, 10)), Code::kNotFound);
  EXPECT_EQ(must(objects_->listParts(named("a"), other.id, 0, 10)).parts.size(), 1u);
}

TEST_F(UploadTest, PartsAreListedInPages) {
  for (const int number : {300, 2, 255, 256, 1}) putPart(upload_, number, "p");
  std::vector<int> numbers;
  int after = 0;
  for (bool more = true; more;) {
    const auto page = must(objects_->listParts(named("a"), upload_.id, after, 2));
    EXPECT_LE(page.parts.size(), 2u);
    for (const auto& part : page.parts) numbers.push_back(part.number);
    after = numbers.back();
    more = page.truncated;
  }
  EXPECT_EQ(numbers, (std::vector<int>{1, 2, 255, 256, 300}));
  EXPECT_TRUE(must(objects_->listParts(named("a"), upload_.id, 10'000, 2)).parts.empty());
  EXPECT_FALSE(must(objects_->listParts(named("a"), upload_.id, 0, 0)).truncated);
}

TEST_F(UploadTest, ANumberOutsideTheLimitsIsRefused) {
  for (const int number : {-1, 0, 10'001}) {
    EXPECT_EQ(failure(objects_->putPart(named("a"), upload_.id, number, bodyOf(large_), "", "")),
              Code::kInvalidArgument);
  }
  EXPECT_TRUE(files().empty());
}

TEST_F(UploadTest, AnObjectOfPartsIsCopiedWholeAndCanBeAPartItself) {
  putPart(upload_, 1, large_);
  putPart(upload_, 2, "");
  putPart(upload_, 3, large_);
  must(complete(upload_, {{1, ""}, {2, ""}, {3, ""}}));
  auto source = must(objects_->open(named("a"), ""));
  must(objects_->put(named("copy"), must(objects_->copyBody(*source)), {.etag = "e"}));
  const auto next = must(objects_->createUpload(named("b"), "{}"));
  putPart(next, 1, "head");
  must(objects_->putPart(named("b"), next.id, 2, must(objects_->copyBody(*source)), "e", "{}"));
  source.reset();
  must(complete(next, {{1, ""}, {2, ""}}));
  remove("a");
  reopen();
  EXPECT_EQ(get("copy"), large_ + large_);
  EXPECT_EQ(get("b"), "head" + large_ + large_);
  EXPECT_TRUE(must(objects_->open(named("copy"), ""))->parts().empty());
  EXPECT_EQ(must(objects_->open(named("b"), ""))->parts().size(), 2u);
  remove("copy");
  remove("b");
  EXPECT_TRUE(files().empty());
}

TEST_F(UploadTest, AnObjectOfEmptyPartsIsEmpty) {
  putPart(upload_, 1, "");
  EXPECT_EQ(must(complete(upload_, {{1, ""}})).size, 0u);
  EXPECT_EQ(get("a"), "");
}

}  // namespace
}  // namespace kiln::store
