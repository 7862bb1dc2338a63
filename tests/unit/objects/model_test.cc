// Random operations, with restarts in between, against a model that is a few maps: after each step both say the same.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

struct ModelVersion {
  std::string id;
  std::string bytes;
  bool marker = false;
};

class ModelTest : public ObjectsTest {
 protected:
  std::uint64_t pick(std::uint64_t bound) { return random_() % bound; }
  std::string key() { return keys_[pick(keys_.size())]; }
  std::string bytes() { return std::string(pick(2 * kInline), static_cast<char>('a' + pick(26))); }

  void step();
  void added(const std::string& key, const ObjectInfo& info, const std::string& bytes);
  void putOne();
  void removeOne();
  void removeVersion();
  void copyOne();
  void uploadOne();
  void changeVersioning();
  void compare();
  void compareListing();

  const std::vector<std::string> keys_ = {"a",  "a/", "a/b", "a/b/c",
                                          "a0", "b",  "~",   "\xf0\x9f\x98\x80/x"};
  std::mt19937_64 random_{20'260'101};
  Versioning versioning_ = Versioning::kNever;
  std::map<std::string, std::vector<ModelVersion>> model_;  // newest first
};

void ModelTest::added(const std::string& key, const ObjectInfo& info, const std::string& bytes) {
  auto& versions = model_[key];
  EXPECT_EQ(info.versionId == kNullVersion, versioning_ != Versioning::kEnabled);
  if (info.versionId == kNullVersion) {
    std::erase_if(versions, [](const ModelVersion& v) { return v.id == kNullVersion; });
  }
  versions.insert(versions.begin(), {info.versionId, bytes, info.deleteMarker});
}

void ModelTest::putOne() {
  const auto name = key();
  const auto content = bytes();
  const auto& versions = model_[name];
  const bool there = !versions.empty() && !versions[0].marker;
  const bool absent = pick(4) == 0;
  auto done = tryPut(name, content, {.absent = absent, .etag = {}});
  ASSERT_EQ(done.ok(), !(absent && there));
  if (done) added(name, *done, content);
}

void ModelTest::removeOne() {
  const auto name = key();
  const auto removed = remove(name);
  ASSERT_EQ(removed.marker.has_value(), versioning_ != Versioning::kNever);
  if (removed.marker) {
    added(name, *removed.marker, "");
  } else {
    ASSERT_EQ(removed.version.has_value(), !model_[name].empty());
    model_[name].clear();
  }
}

void ModelTest::removeVersion() {
  const auto name = key();
  auto& versions = model_[name];
  if (versions.empty()) return;
  const auto at = versions.begin() + static_cast<std::ptrdiff_t>(pick(versions.size()));
  const auto removed = remove(name, at->id);
  ASSERT_TRUE(removed.version);
  EXPECT_EQ(removed.version->latest, at == versions.begin());
  versions.erase(at);
}

void ModelTest::copyOne() {
  const auto from = key();
  const auto to = key();
  auto source = objects_->open(named(from), "");
  const auto& versions = model_[from];
  ASSERT_EQ(source.ok(), !versions.empty() && !versions[0].marker);
  if (!source) return;
  const auto content = versions[0].bytes;
  auto body = must(objects_->copyBody(**source));
  added(to, must(objects_->put(named(to), std::move(body), {})), content);
}

void ModelTest::uploadOne() {
  const auto name = key();
  const auto upload = must(objects_->createUpload(named(name), "{}"));
  std::string whole;
  std::vector<Completion::Part> parts;
  for (int number = static_cast<int>(1 + pick(4)); number > 0; --number) {
    const auto content = bytes();
    putPart(upload, number, content);
    if (pick(4) == 0) continue;
    whole = content + whole;
    parts.insert(parts.begin(), {number, ""});
  }
  if (pick(4) == 0) return must(objects_->abortUpload(named(name), upload.id));
  added(name, must(complete(upload, std::move(parts))), whole);
}

void ModelTest::changeVersioning() {
  versioning_ = pick(2) == 0 ? Versioning::kEnabled : Versioning::kSuspended;
  must(objects_->setVersioning(bucket_, versioning_));
}

void ModelTest::step() {
  const auto dice = pick(1000);
  if (dice < 5) return reopen();
  if (dice < 25) return changeVersioning();
  if (dice < 400) return putOne();
  if (dice < 600) return removeOne();
  if (dice < 830) {  // more than are added, so that keys come and go
    for (auto left = pick(6); left > 0; --left) removeVersion();
    return;
  }
  if (dice < 920) return copyOne();
  uploadOne();
}

void ModelTest::compare() {
  const auto name = key();
  const auto& versions = model_[name];
  const auto found = find(name);
  ASSERT_EQ(found.has_value(), !versions.empty());
  for (const auto& version : versions) {
    const auto info = find(name, version.id);
    ASSERT_TRUE(info) << version.id;
    EXPECT_EQ(info->latest, &version == &versions.front());
    EXPECT_EQ(info->deleteMarker, version.marker);
    EXPECT_TRUE(version.marker || get(name, version.id) == version.bytes);
  }
  EXPECT_TRUE(!found || found->versionId == versions[0].id);
}

void ModelTest::compareListing() {
  std::vector<std::string> want;
  std::vector<std::string> wantLatest;
  for (const auto& [name, versions] : model_) {
    for (const auto& version : versions) want.push_back(name + " " + version.id);
    if (!versions.empty() && !versions[0].marker) wantLatest.push_back(name);
  }
  std::vector<std::string> got;
  VersionQuery query;
  query.limit = 1 + pick(5);
  for (bool more = true; more;) {
    const auto page = must(objects_->listVersions(bucket_, query));
    for (const auto& version : page.versions) {
      got.push_back(version.key + " " + version.versionId);
      EXPECT_EQ(version.latest, model_[version.key][0].id == version.versionId);
    }
    more = page.truncated;
    query.keyMarker = page.nextKey;
    query.versionIdMarker = page.nextVersionId;
  }
  ASSERT_EQ(got, want);
  std::vector<std::string> latest;
  for (const auto& object : must(objects_->listObjects(bucket_, {})).objects) {
    latest.push_back(object.key);
  }
  ASSERT_EQ(latest, wantLatest);
}

TEST_F(ModelTest, AfterEveryStepTheStoreSaysWhatTheModelSays) {
  const char* asked = std::getenv("KILN_OBJECT_STEPS");
  const int steps = asked == nullptr ? 10'000 : std::atoi(asked);
  for (int i = 0; i < steps; ++i) {
    step();
    compare();
    if (i % 10 == 0) compareListing();
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "step " << i;
  }
  EXPECT_EQ(versioning_ == Versioning::kNever, false);
  for (const auto& [name, versions] : model_) {
    for (const auto& version : versions) remove(name, version.id);
  }
  EXPECT_TRUE(files().empty());
  must(objects_->deleteBucket(bucket_));
}

}  // namespace
}  // namespace kiln::store
