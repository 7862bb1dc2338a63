// What is said of a place for artifacts before a build begins.
#include "controller/cli/artifacts_place.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

// Permissions bind root in nothing: while it lives, this process is nobody.
class AsNobody {
 public:
  AsNobody() : was_(::geteuid()) { become(65534); }
  ~AsNobody() { become(0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  void become(uid_t user) const {
    if (was_ == 0) {
      EXPECT_EQ(::seteuid(user), 0);
    }
  }

  uid_t was_;
};

class ArtifactsPlaceTest : public testing::Test {
 protected:
  ArtifactsPlaceTest() {
    std::string name = (fs::temp_directory_path() / "kiln-place-XXXXXX").string();
    root_ = fs::canonical(mkdtemp(name.data()));
    ::chmod(root_.c_str(), 0755);
    fs::create_directories(root_ / "out");
    std::ofstream(root_ / "file") << "x";
  }
  ~ArtifactsPlaceTest() override { fs::remove_all(root_); }

  // "" when there is nothing wrong; the root is shown as R.
  std::string fault(const std::string& place, const std::vector<std::string>& identifiers = {}) {
    const auto checked = checkArtifactsPlace(root_ / place, identifiers);
    if (checked.ok()) return "";
    EXPECT_EQ(checked.error().code, Code::kInvalidArgument);
    auto text = checked.error().message;
    if (const auto at = text.find(root_.string()); at != std::string::npos)
      text.replace(at, root_.string().size(), "R");
    return text;
  }
  void link(const std::string& target, const std::string& name) {
    fs::create_symlink(target, root_ / name);
  }

  fs::path root_;
};

TEST_F(ArtifactsPlaceTest, ADirectoryAndOneThatCanBeMadeAreGood) {
  std::ofstream(root_ / "out/older") << "stays";
  EXPECT_EQ(fault("out"), "");
  EXPECT_EQ(fault("out/"), "");
  EXPECT_EQ(fault("new"), "");
  EXPECT_EQ(fault("new/and/deeper/"), "");
  EXPECT_FALSE(fs::exists(root_ / "new"));
}

TEST_F(ArtifactsPlaceTest, AFileIsRefusedThereAndAboveIt) {
  EXPECT_EQ(fault("file"), "'R/file' is not a directory");
  EXPECT_EQ(fault("file/"), "'R/file' is not a directory");
  EXPECT_EQ(fault("file/new/deeper"), "'R/file' is not a directory");
}

TEST_F(ArtifactsPlaceTest, ALinkIsWhatItLeadsTo) {
  link("out", "good");
  link("file", "to-file");
  link("none", "dangling");
  link("loop", "loop");
  EXPECT_EQ(fault("good"), "");
  EXPECT_EQ(fault("good/new"), "");
  EXPECT_EQ(fault("to-file"), "'R/to-file' is not a directory");
  EXPECT_EQ(fault("dangling"), "'R/dangling' is a link to what is not there");
  EXPECT_EQ(fault("dangling/new"), "'R/dangling' is a link to what is not there");
  EXPECT_EQ(fault("loop"), "'R/loop' is a link to what is not there");
}

TEST_F(ArtifactsPlaceTest, WhereNothingCanBeWrittenIsRefused) {
  ::chmod((root_ / "out").c_str(), 0555);
  const AsNobody nobody;
  EXPECT_EQ(fault("out"), "'R/out' cannot be written to: Permission denied");
  EXPECT_EQ(fault("out/new"), "'R/out' takes no new directory: Permission denied");
}

TEST_F(ArtifactsPlaceTest, SecondaryOnesGoToDirectoriesThatAreNoLinks) {
  fs::create_directories(root_ / "out/good");
  link("../file", "out/linked");
  std::ofstream(root_ / "out/taken") << "x";
  EXPECT_EQ(fault("out", {"good", "new"}), "");
  EXPECT_EQ(fault("out", {"good", "linked"}),
            "'R/out/linked' is a link, which nothing is written through");
  EXPECT_EQ(fault("out", {"taken"}), "'R/out/taken' is not a directory");
}

}  // namespace
}  // namespace kiln::cli
