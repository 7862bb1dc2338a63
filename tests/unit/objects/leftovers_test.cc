// What a crash or a full disk leaves behind: nothing of it is seen, and it is gone after the next start; what is owned stays.
#include <sys/mount.h>

#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

class LeftoversTest : public ObjectsTest {
 protected:
  void plant(const std::filesystem::path& path) { std::ofstream(path) << "left over"; }
};

TEST_F(LeftoversTest, TemporaryFilesAndFilesWithoutAnOwnerGoAndOwnedOnesStay) {
  for (int i = 0; i < 600; ++i) put("k" + std::to_string(i), large_ + std::to_string(i));
  const auto upload = must(objects_->createUpload(named("u"), "{}"));
  putPart(upload, 1, large_);
  put("gone", large_);
  close();
  const auto owned = files();
  for (const auto& file : owned) std::filesystem::copy(file, file.string() + "0");
  plant(directory_ / "tmp" / "0012345678abcd");
  plant(directory_ / "files" / "00" / "00");
  plant(directory_ / "files" / "ff" / "ffffffffffffffffffffffff");
  reopen();
  EXPECT_EQ(files().size(), owned.size());
  EXPECT_TRUE(files("tmp").empty());
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(get("k" + std::to_string(i)), large_ + std::to_string(i));
  }
  must(complete(upload, {{1, ""}}));
  EXPECT_EQ(get("u"), large_);
}

TEST_F(LeftoversTest, AFileWhoseOwnerWentInACommitThatACrashFollowedGoes) {
  put("a", large_);
  const auto file = files().front();
  const auto kept = directory_ / "kept";
  std::filesystem::create_hard_link(file, kept);
  remove("a");
  close();
  std::filesystem::rename(kept, file);  // as if the process had been killed before it removed it
  reopen();
  EXPECT_TRUE(files().empty());
}

TEST_F(LeftoversTest, AMissingFileIsToldAsDamage) {
  put("a", large_);
  std::filesystem::remove(files().front());
  auto reader = must(objects_->open(named("a"), ""));
  EXPECT_EQ(failure(reader->read()), Code::kCorrupt);
  put("a", large_);
  std::filesystem::resize_file(files().front(), 10);
  reader = must(objects_->open(named("a"), ""));
  EXPECT_EQ(must(reader->read()).size(), 10u);
  EXPECT_EQ(failure(reader->read()), Code::kCorrupt);
}

TEST_F(LeftoversTest, AFileInThePlaceOfTheDirectoryIsAPlainError) {
  plant(directory_ / "file");
  EXPECT_FALSE(openObjectStore({.directory = directory_ / "file"}, *store_, clock_).ok());
}

TEST_F(LeftoversTest, ADiskFullButForTheReserveTakesNoBodyAndStillForgetsObjects) {
  put("small", small_);
  put("large", large_);
  reserve_ = ~std::uint64_t{0};
  reopen();
  for (const auto& bytes : {small_, large_}) {
    auto writer = objects_->newBody();
    must(writer->write(bytes));
    EXPECT_EQ(failure(writer->finish()), Code::kResourceExhausted);
  }
  EXPECT_EQ(get("large"), large_);
  remove("small");
  remove("large");
  EXPECT_FALSE(find("large"));
  EXPECT_TRUE(files().empty());
}

TEST_F(LeftoversTest, AFullDiskFailsTheUploadAndLeavesNothing) {
  const auto mount = directory_ / "full";
  std::filesystem::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "this user may not mount a file system";
  }
  {
    auto full = must(openObjectStore({.directory = mount, .reserve = 0}, *store_, clock_));
    const auto tryUpload = [&](std::size_t size) -> Status {
      auto writer = full->newBody();
      for (std::size_t done = 0; done < size; done += 100'000) {
        if (auto wrote = writer->write(std::string(100'000, 'x')); !wrote) {
          EXPECT_EQ(std::distance(std::filesystem::directory_iterator(mount / "tmp"), {}), 0);
          EXPECT_FALSE(writer->write("more").ok());
          EXPECT_FALSE(writer->finish().ok());
          return wrote;
        }
      }
      auto body = writer->finish();
      if (!body) return body.error();
      return dropValue(full->put(named("a"), std::move(*body), {}));
    };
    must(tryUpload(500'000));
    const auto failed = tryUpload(4'000'000);
    EXPECT_EQ(failure(failed), Code::kResourceExhausted);
    EXPECT_NE(failed.error().message.find("No space left"), std::string::npos);
    EXPECT_EQ(readAll(*must(full->open(named("a"), ""))).size(), 500'000u);
    must(tryUpload(1'000'000));
  }
  EXPECT_EQ(::umount(mount.c_str()), 0);
}

}  // namespace
}  // namespace kiln::store
