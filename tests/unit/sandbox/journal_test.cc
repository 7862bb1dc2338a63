// What an agent left in its stopped container (runtime/sandbox/journal_reader.h).
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "runtime/sandbox/journal_reader.h"
#include "tests/unit/sandbox/session_world.h"

namespace kiln::runtime {
namespace {

struct Entry {
  std::string path;
  std::string content;
  bool directory = false;
};

std::string nameOf(std::uint64_t first) {
  std::string digits = std::to_string(first);
  return "journal/" + std::string(20 - digits.size(), '0') + digits;
}

std::string tarOf(const std::vector<Entry>& entries) {
  std::string out(std::size_t{1} << 22, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_pax_restricted(writer);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const auto& [path, content, directory] : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_filetype(entry, directory ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_mtime(entry, 1'700'000'000, 123'456'789);
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return out.substr(0, used);
}

class JournalTest : public testing::Test {
 protected:
  std::vector<std::uint64_t> numbersAfter(std::uint64_t resumeAfter) {
    auto reader = JournalReader::open(world_, id_, resumeAfter);
    EXPECT_TRUE(reader.ok()) << reader.error().message;
    std::vector<std::uint64_t> numbers;
    if (!reader.ok()) return numbers;
    while (auto record = (*reader)->next()) numbers.push_back(record->sequence);
    return numbers;
  }

  BuildId id_{{"000000000000", "us-east-1"}, "p", "0b1c0b1c-0000-4000-8000-000000000001"};
  SessionWorld world_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(JournalTest, SegmentsAreReadInOrderHoweverTheyCome) {
  world_.setJournal(
      tarOf({{"journal/", "", true},
             {nameOf(5), wire({outputRecord(5, "e"), outputRecord(6, std::string(70'000, 'f'))})},
             {nameOf(1), wire({outputRecord(1, "a"), outputRecord(2, "")})},
             {nameOf(3), wire({outputRecord(3, "c"), outputRecord(4, "d")})},
             {"journal/notes.txt", "not a segment"}}));
  EXPECT_EQ(numbersAfter(0), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(numbersAfter(2), (Numbers{3, 4, 5, 6}));
  EXPECT_EQ(numbersAfter(5), Numbers{6});
  EXPECT_TRUE(numbersAfter(6).empty());
  EXPECT_TRUE(numbersAfter(100).empty());
}

TEST_F(JournalTest, RecordThatDeathCutOffIsNone) {
  std::string last = wire({outputRecord(3, "whole"), outputRecord(4, "cut off here")});
  for (std::size_t cut = 1; cut < 20; ++cut) {
    world_.setJournal(tarOf({{nameOf(1), wire({outputRecord(1, "a"), outputRecord(2, "b")})},
                             {nameOf(3), last.substr(0, last.size() - cut)}}));
    EXPECT_EQ(numbersAfter(0), (Numbers{1, 2, 3})) << cut;
  }
}

TEST_F(JournalTest, MissingAndEmptyJournalsHaveNoRecords) {
  EXPECT_TRUE(numbersAfter(0).empty());
  world_.setJournal(tarOf({{"journal/", "", true}, {nameOf(1), ""}}));
  EXPECT_TRUE(numbersAfter(0).empty());
  world_.refuse({Code::kNotFound, "Could not find the file /.kiln/journal"});
  EXPECT_TRUE(numbersAfter(0).empty());
}

TEST_F(JournalTest, CutOffArchiveIsAnError) {
  std::string tar = tarOf({{nameOf(1), wire({outputRecord(1, std::string(5'000, 'a'))})}});
  world_.setJournal(tar.substr(0, 3'000));
  auto reader = JournalReader::open(world_, id_, 0);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, Code::kCorrupt);
}

TEST_F(JournalTest, SessionShowsOnlyAsMuchAsMayWaitAndTheRestAsItIsCommitted) {
  std::vector<agent::Record> all;
  all.push_back({1, agent::RecordType::kPhaseStarted, 1, "BUILD"});
  for (std::uint64_t i = 2; i <= 1'000; ++i)
    all.push_back(outputRecord(i, std::string(1'000, 'x')));
  all.push_back(phaseEndRecord(1'001, "BUILD"));
  world_.setJournal(tarOf({{nameOf(1), wire(all)}}));
  AgentSessions sessions(world_, [](const BuildId&) {}, {.maxWaitingBytes = 20'000});
  ASSERT_TRUE(sessions.readJournal(id_, 0).ok());
  EXPECT_EQ(sessions.observe(id_).link, AgentView::Link::kDrained);
  EXPECT_EQ(sessions.observe(id_).phase, Phase::kBuild);
  EXPECT_LT(sessions.records(id_, 0, std::size_t{1} << 30).size(), 30U);
  std::uint64_t committed = 0;
  while (sessions.observe(id_).recordsWaiting) {
    for (const auto& record : sessions.records(id_, committed, 5'000)) {
      ASSERT_EQ(record.sequence, committed + 1);
      committed = record.sequence;
    }
    sessions.acknowledge(id_, committed);
  }
  EXPECT_EQ(committed, 1'001U);
  sessions.close(id_);
}

TEST_F(JournalTest, ClosedWhileItIsCopiedLeavesNoSession) {
  world_.setJournal(tarOf({{nameOf(1), wire({outputRecord(1, "a")})}}));
  AgentSessions sessions(world_, [](const BuildId&) {});
  world_.whileCopying([&] { sessions.close(id_); });
  ASSERT_TRUE(sessions.readJournal(id_, 0).ok());
  EXPECT_EQ(sessions.observe(id_).link, AgentView::Link::kNone);
}

}  // namespace
}  // namespace kiln::runtime
