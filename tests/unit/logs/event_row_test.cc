// Rows: what is packed comes out again, and bytes that no one packed are told as such.
#include "store/logs/event_row.h"

#include <gmock/gmock.h>

namespace kiln::store {
namespace {

std::vector<StoredEvent> unpacked(const std::vector<NewRow>& rows) {
  std::vector<StoredEvent> all;
  for (const NewRow& row : rows) {
    auto events = readRow(rowName({row.level, {row.firstTime, row.index}}), row.value);
    if (!events.ok()) throw std::runtime_error(events.error().message);
    all.insert(all.end(), events->begin(), events->end());
  }
  return all;
}

TEST(EventRow, WhatIsPackedComesOutWithTimesSequencesAndAnyBytes) {
  const std::string bytes{"\0\xff\n z", 5};
  const std::vector<LogEvent> events{
      {0, ""}, {0, bytes}, {7, "b"}, {9'000'000, std::string(70'000, 'x')}};
  auto rows = packRows(events, 123);
  ASSERT_TRUE(rows.ok());
  const auto out = unpacked(*rows);
  ASSERT_EQ(out.size(), events.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i].at, (EventPosition{events[i].timestamp, i}));
    EXPECT_EQ(out[i].message, events[i].message);
    EXPECT_EQ(out[i].ingestionTime, 123);
  }
}

TEST(EventRow, ARowIsOfBoundedSizeAndSpan) {
  std::vector<LogEvent> dense;
  for (int i = 0; i < 3000; ++i) dense.push_back({i / 10, std::string(100, 'a')});
  auto rows = packRows(dense, 1);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->size(), 6U);
  for (const auto& row : *rows) EXPECT_EQ(row.level, 0U);

  const std::int64_t day = 24 * 3'600'000;
  auto sparse = packRows(std::vector<LogEvent>{{0, "a"}, {day, "b"}, {day + 1, "c"}}, 1);
  ASSERT_TRUE(sparse.ok());
  ASSERT_EQ(sparse->size(), 2U);
  EXPECT_EQ((*sparse)[0].level, 3U);
  EXPECT_EQ((*sparse)[1].level, 0U);
}

TEST(EventRow, TheHeaderTellsFirstLastCountAndBytesWithoutDecompressing) {
  auto rows = packRows(std::vector<LogEvent>{{5, "a"}, {8, "bb"}}, 77);
  auto header = readRowHeader(rowName({0, {5, 10}}), rows->front().value);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->first, (EventPosition{5, 10}));
  EXPECT_EQ(header->last, (EventPosition{8, 11}));
  EXPECT_EQ(header->count, 2U);
  EXPECT_EQ(header->bytes, 3U + 2 * kEventOverhead);
}

TEST(EventRow, NamesSortAsPositionsDo) {
  EXPECT_LT(rowName({1, {255, 9}}), rowName({1, {256, 0}}));
  EXPECT_LT(rowName({1, {256, 255}}), rowName({1, {256, 256}}));
  EXPECT_TRUE(rowName({2, kLastPosition}).starts_with(rowPrefix(2)));
}

TEST(EventRow, BytesThatAreNoRowAreCorruptAndNeverRead) {
  auto rows = packRows(std::vector<LogEvent>{{5, "some text"}, {8, "bb"}}, 77);
  const auto name = rowName({0, {5, 10}});
  const std::string good = rows->front().value;
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    auto got = readRow(name, good.substr(0, cut));
    ASSERT_FALSE(got.ok()) << cut;
    EXPECT_EQ(got.error().code, Code::kCorrupt);
  }
  EXPECT_FALSE(readRow("e0", good).ok());
  EXPECT_FALSE(readRow("x" + name.substr(1), good).ok());
  EXPECT_FALSE(readRow(name, "\x02" + good.substr(1)).ok());
}

}  // namespace
}  // namespace kiln::store
