// gitCloneDepth: how much of the history, and which tags, a build's repository has.
#include <algorithm>

#include "tests/unit/source/git_world.h"

namespace kiln::runtime {
namespace {

using GitDepthTest = GitSourceTest;

TEST_F(GitDepthTest, TheDepthIsWhatTheBuildCountsWhetherTheServerKnowsShallowOrNot) {
  for (int i = 1; i <= 8; ++i) commit("n", std::to_string(i));
  git("work", "push -q origin main");
  for (const auto& path : std::vector<std::string>{"/app.git", "/plain/app.git"}) {
    for (const int depth : {1, 5, 8, 20}) {
      const auto tree = unpackedOf(spec("main", depth, path));
      EXPECT_EQ(in(tree, "rev-list --count HEAD"), std::to_string(std::min(depth, 8)))
          << path << depth;
      EXPECT_EQ(in(tree, "rev-list --count --all"), std::to_string(std::min(depth, 8)))
          << path << depth;
      EXPECT_EQ(in(tree, "fsck --full --no-dangling"), "") << path << depth;
      EXPECT_EQ(fileText(tree / "n"), "8");
    }
  }
}

TEST_F(GitDepthTest, TheTagsWithinTheDepthComeAlongAndNoOthers) {
  for (int i = 1; i <= 5; ++i) {
    commit("n", std::to_string(i));
    const auto number = std::to_string(i);
    git("work", "tag light" + number);
    git("work", "tag -a heavy" + number + " -m heavy");
    git("work", "tag -a twice" + number + " -m twice heavy" + number);
  }
  git("work", "checkout -q -b side HEAD~2");
  commit("side", "side");
  git("work", "tag beside");
  git("work", "tag tree HEAD:");
  git("work", "push -q origin main side --tags");
  const auto tip = git("work", "rev-parse main");
  for (const auto& path : std::vector<std::string>{"/app.git", "/plain/app.git", "/bare/app.git"}) {
    for (const auto& version : {std::string("main"), tip, "refs/heads/main^{" + tip + "}"}) {
      for (const int depth : {2, 100}) {
        const auto tree = unpackedOf(spec(version, depth, path));
        const auto where = path + " " + version + " " + std::to_string(depth);
        const auto count = std::min(depth, 5);
        std::string expected;
        for (const auto& tag : std::vector<std::string>{"heavy", "light", "twice"})
          for (int i = 6 - count; i <= 5; ++i) expected += tag + std::to_string(i) + "\n";
        EXPECT_EQ(in(tree, "tag") + "\n", expected) << where;
        EXPECT_EQ(in(tree, "describe --tags --match 'light*'"), "light5") << where;
        EXPECT_EQ(in(tree, "cat-file -t twice5"), "tag") << where;
        EXPECT_EQ(in(tree, "rev-list --count --all"), std::to_string(count)) << where;
        EXPECT_EQ(in(tree, "fsck --full --strict --no-dangling"), "") << where;
        EXPECT_EQ(in(tree, "status --porcelain"), "") << where;
      }
    }
  }
}

TEST_F(GitDepthTest, OfAServerThatGivesNoTagsAlongOnlyThoseThatAreHereAreNamed) {
  fill();
  const auto tree = unpackedOf(spec("main", 2, "/lone/app.git"));
  EXPECT_EQ(in(tree, "tag"), "light");
  EXPECT_EQ(in(tree, "fsck --full --strict"), "");
}

TEST_F(GitDepthTest, AShallowFetchBringsNoObjectsOfTheHistory) {
  commit("big", std::string(100, 'x') + "old");
  const auto old = git("work", "rev-parse HEAD:big");
  commit("big", "new");
  git("work", "push -q origin main");
  const auto tree = unpackedOf(spec("", 1));
  EXPECT_EQ(in(tree, "rev-list --objects --all | wc -l"), "3");
  EXPECT_EQ(in(tree, "cat-file -e " + old + " || echo gone").find("gone") != std::string::npos,
            true);
}

}  // namespace
}  // namespace kiln::runtime
