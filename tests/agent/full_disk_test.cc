// A disk that has no room for the journal holds the build back; it loses nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "runtime/agent/journal.h"
#include "tests/agent/agent_process.h"

namespace kiln::agent {
namespace {

class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=6m") == 0;
    if (!mounted_) reason_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& reason() const { return reason_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
  std::string reason_;
};

TEST(AgentFullDisk, HoldsOutputBackUntilThereIsRoomAgain) {
  std::filesystem::path place =
      std::filesystem::temp_directory_path() / ("kiln-full-disk-" + std::to_string(::getpid()));
  {
    SmallDisk disk(place / ".kiln");  // the journal's alone: the command's own files have room
    if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
    AgentProcess agent({"--root", place.string()});
    agent.connect(0);
    PhasePlan plan = planFor(agent, "INSTALL", {"seq 1 2000000"});
    plan.workingDirectory = "/";
    agent.run(plan);
    std::uint64_t last = 0;
    std::string log;
    bool held = false;
    for (bool ended = false; !ended;) {
      auto record = agent.next(std::chrono::seconds(1));
      // Silence: the disk is full of what nobody has acknowledged.
      held = held || !record;
      if (!record) agent.acknowledge(last);
      if (!record) continue;
      ASSERT_EQ(record->sequence, last + 1);
      last = record->sequence;
      if (record->type == RecordType::kOutput) log += record->payload;
      ended = record->type == RecordType::kPhaseFinished;
    }
    EXPECT_TRUE(held);
    EXPECT_NE(log.find("State: SUCCEEDED"), std::string::npos);
    std::string expected;
    for (int i = 1; i <= 2'000'000; ++i) expected += std::to_string(i) + "\n";
    EXPECT_NE(log.find("\n" + expected + "\n[Container]"), std::string::npos);
  }
  std::filesystem::remove_all(place);
}

TEST(AgentFullDisk, CommandWhoseVariablesFindNoRoomFailsAndLeavesThoseBeforeIt) {
  std::filesystem::path place =
      std::filesystem::temp_directory_path() / ("kiln-no-room-" + std::to_string(::getpid()));
  {
    SmallDisk disk(place / "codebuild/output/tmp");
    if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
    AgentProcess agent({"--root", place.string()});
    agent.connect(0);
    std::string filler = (place / "codebuild/output/tmp/filler").string();
    PhasePlan plan = planFor(
        agent, "BUILD",
        {"BEFORE=kept", "cat /dev/zero > " + filler +
                            " 2>/dev/null; AFTER=$(head -c 100000 /dev/zero | tr '\\0' x)"});
    plan.finallyCommands = {"rm " + filler, "echo \"finds $BEFORE and ${#AFTER}\""};
    plan.workingDirectory = "/";
    agent.run(plan);
    auto records = agent.untilPhaseEnd();
    ASSERT_FALSE(records.empty());
    std::string log = plainLogOf(records);
    EXPECT_EQ(records.back().fields()[1], "FAILED") << log;
    EXPECT_NE(log.find("finds kept and 0\n"), std::string::npos) << log;
  }
  std::filesystem::remove_all(place);
}

TEST(AgentFullDisk, SmallRecordDoesNotOvertakeALargeOneThatWaitsForRoom) {
  std::filesystem::path place =
      std::filesystem::temp_directory_path() / ("kiln-overtake-" + std::to_string(::getpid()));
  {
    SmallDisk disk(place);
    if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
    Journal journal(place / "journal");
    ASSERT_TRUE(journal.open().ok());
    std::string large(std::size_t{2} << 20, 'x');
    for (int i = 0; i < 3; ++i) journal.append(RecordType::kOutput, 1, large);
    ASSERT_TRUE(journal.blocked());
    journal.append(RecordType::kPhaseFinished, 1, "small enough");
    EXPECT_TRUE(journal.blocked());
    journal.acknowledge(2);
    journal.retry();
    ASSERT_FALSE(journal.blocked());
    std::ifstream file(place / "journal/00000000000000000003");
    RecordReader reader;
    reader.push(std::string(std::istreambuf_iterator<char>(file), {}));
    EXPECT_EQ(reader.next()->sequence, 3U);
    EXPECT_EQ(reader.next()->sequence, 4U);
  }
  std::filesystem::remove(place);
}

TEST(AgentFullDisk, SegmentBegunWithoutRoomForItsFirstRecordIsNoEndOfTheJournal) {
  std::filesystem::path place =
      std::filesystem::temp_directory_path() / ("kiln-begun-" + std::to_string(::getpid()));
  {
    SmallDisk disk(place);
    if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
    Journal journal(place / "journal");
    ASSERT_TRUE(journal.open().ok());
    Fd sink(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    auto copyAll = [&] {
      ssize_t copied = 0;
      while (!journal.atEnd() && (copied = journal.copyTo(sink.get())) > 0) continue;
      return copied;
    };
    journal.append(RecordType::kOutput, 1, std::string(Journal::kSegmentBytes, 'x'));
    journal.append(RecordType::kOutput, 1, std::string(std::size_t{3} << 20, 'y'));
    ASSERT_TRUE(journal.blocked());
    EXPECT_EQ(copyAll(), 0);
    journal.acknowledge(1);
    journal.retry();
    ASSERT_FALSE(journal.blocked());
    EXPECT_GT(copyAll(), 0);
    EXPECT_TRUE(journal.atEnd());
  }
  std::filesystem::remove(place);
}

}  // namespace
}  // namespace kiln::agent
