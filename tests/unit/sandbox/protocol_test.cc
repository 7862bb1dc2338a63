#include "runtime/agent/protocol.h"

#include <gtest/gtest.h>

#include <random>

namespace kiln::agent {
namespace {

using Fields = std::vector<std::string>;

std::string everyByte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

PhasePlan fullPlan() {
  return {.phase = "BUILD",
          .shell = "/bin/bash",
          .commands = {"echo a\necho b\n", "", "100% sure"},
          .finallyCommands = {"rm -rf 'x y'"},
          .environment = {{"A", ""}, {"B", "two\nlines 'and' \"quotes\""}},
          .moves = {{"/a b", "/c/%d"}, {"", "x"}},
          .directories = {"/codebuild/a b"},
          .files = {{"/f", everyByte()}},
          .workingDirectory = "/codebuild/output/src1/src",
          .isolated = true,
          .logLines = {"YAML location is x", ""},
          .announce = false,
          .credentials = R"({"Token":"a b"})"};
}

TEST(ProtocolFields, AnythingIsReadBackAsItWas) {
  for (const Fields& fields : {Fields{}, Fields{""}, Fields{"", ""}, Fields{"a", "", "b"},
                               Fields{"%", " ", "\n", "%%41"}, Fields{everyByte(), "žluť"}}) {
    EXPECT_EQ((Record{1, RecordType::kReady, 0, encodeFields(fields)}.fields()), fields);
  }
}

TEST(ProtocolFields, EncodingHasNoSpaceNewlineOrControlInside) {
  std::string encoded = encodeFields({everyByte()});
  for (char c : encoded) EXPECT_GT(static_cast<unsigned char>(c), ' ');
}

TEST(ProtocolFields, WhatIsNotTheirFormHasNone) {
  for (std::string payload : {"%4", "%zz", "a  b", "a ", " a", "%4g"}) {
    EXPECT_TRUE((Record{1, RecordType::kReady, 0, payload}.fields().empty())) << payload;
  }
}

TEST(ProtocolMessage, LineIsChecksumVerbAndFields) {
  EXPECT_EQ(encodeMessage({"ack", {"12"}}), "76181011 ack 12\n");
  EXPECT_EQ(encodeMessage({"stop", {}}), "b95616b6 stop\n");
  auto message = decodeMessage(encodeMessage({"hello", {"n", ""}}));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->verb, "hello");
  EXPECT_EQ(message->fields, (Fields{"n", ""}));
}

TEST(ProtocolMessage, EveryCutAndEveryFlippedBitIsRefused) {
  std::string line = encodeMessage({"run", {"INSTALL", "a b", ""}});
  line.pop_back();
  ASSERT_TRUE(decodeMessage(line));
  for (std::size_t length = 0; length < line.size(); ++length)
    EXPECT_FALSE(decodeMessage(line.substr(0, length)));
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = line;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_FALSE(decodeMessage(flipped)) << i << " " << bit;
    }
  }
}

TEST(ProtocolMessage, RandomLinesAreRefused) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string line(random() % 40, '\0');
    for (auto& c : line) c = static_cast<char>(random());
    EXPECT_FALSE(decodeMessage(line));
  }
}

TEST(ProtocolPlan, EveryMemberSurvives) {
  PhasePlan plan = fullPlan();
  auto message = decodeMessage(encodeMessage(toMessage(plan)));
  ASSERT_TRUE(message);
  EXPECT_EQ(phasePlanFrom(*message), plan);
  PhasePlan bare;
  bare.phase = "INSTALL";
  EXPECT_EQ(phasePlanFrom(toMessage(bare)), bare);
}

TEST(ProtocolPlan, MessageThatIsNotAWholePlanIsNone) {
  Message message = toMessage(fullPlan());
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    Message shorter{message.verb, Fields(message.fields.begin(),
                                         message.fields.begin() + static_cast<std::ptrdiff_t>(i))};
    EXPECT_FALSE(phasePlanFrom(shorter)) << i;
  }
  Message longer = message;
  longer.fields.push_back("x");
  EXPECT_FALSE(phasePlanFrom(longer));
  Message counted = message;
  counted.fields[6] = "18446744073709551615";
  EXPECT_FALSE(phasePlanFrom(counted));
  counted.fields[6] = "three";
  EXPECT_FALSE(phasePlanFrom(counted));
  message.verb = "hello";
  EXPECT_FALSE(phasePlanFrom(message));
}

TEST(ProtocolRecord, BytesAreAsDescribed) {
  EXPECT_EQ(encodeRecord({42, RecordType::kOutput, 1'700'000'000'000'001, "a\nb"}),
            "42 O 1700000000000001 3\na\nb");
}

TEST(RecordReader, GivesTheSameRecordsHoweverTheBytesAreSplit) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<Record> sent;
    std::string bytes;
    for (std::uint64_t i = 1; i <= 40; ++i) {
      std::string payload(random() % (i % 7 == 0 ? 200'000 : 50), 'x');
      for (std::size_t at = 0; at < std::min<std::size_t>(payload.size(), 30); ++at)
        payload[at] = static_cast<char>(random());
      sent.push_back({i, RecordType::kOutput, static_cast<std::int64_t>(random()), payload});
      bytes += encodeRecord(sent.back());
    }
    RecordReader reader;
    std::size_t got = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      std::size_t length = 1 + random() % (round % 2 == 0 ? 90'000 : 700);
      reader.push(std::string_view(bytes).substr(at, length));
      at += length;
      while (auto record = reader.next()) {
        ASSERT_LT(got, sent.size());
        ASSERT_EQ(record->sequence, sent[got].sequence);
        ASSERT_EQ(record->unixMicros, sent[got].unixMicros);
        ASSERT_EQ(record->payload, sent[got].payload);
        ++got;
      }
    }
    EXPECT_EQ(got, sent.size());
    EXPECT_FALSE(reader.broken());
  }
}

TEST(RecordReader, BytesThatAreNoRecordBreakItForGood) {
  for (std::string bytes :
       {"hello\n", "1 Z 0 0\n", "1 O 0 -1\n", "1 O 0 999999999999\n", "x O 0 0\n", "1 O 0\n", "\n",
        "1 O 0 0 0\n", "1  O 0 0\n", "99999999999999999999999 O 0 0\n"}) {
    RecordReader reader;
    reader.push(bytes);
    EXPECT_FALSE(reader.next()) << bytes;
    EXPECT_TRUE(reader.broken()) << bytes;
    reader.push(encodeRecord({1, RecordType::kHeartbeat, 0, ""}));
    EXPECT_FALSE(reader.next());
  }
  RecordReader endless;
  endless.push(std::string(200, '1'));
  EXPECT_FALSE(endless.next());
  EXPECT_TRUE(endless.broken());
}

TEST(RecordReader, GarbageNeverGivesARecordOutOfBounds) {
  std::mt19937 random(13);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes = encodeRecord({1, RecordType::kCommandStarted, 5, "payload"}) +
                        encodeRecord({2, RecordType::kOutput, 6, "x"});
    for (int change = 0; change < 3; ++change)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    RecordReader reader;
    reader.push(bytes);
    while (auto record = reader.next()) EXPECT_LE(record->payload.size(), bytes.size());
  }
}

TEST(ContainerLine, ReadsAsTheServicesOwn) {
  EXPECT_EQ(containerLine(1'764'646'834'299'176, "Waiting for agent ping"),
            "[Container] 2025/12/02 03:40:34.299176 Waiting for agent ping\n");
  EXPECT_EQ(containerLine(0, ""), "[Container] 1970/01/01 00:00:00.000000 \n");
  EXPECT_EQ(containerLine(951'782'399'000'001, "leap"),
            "[Container] 2000/02/28 23:59:59.000001 leap\n");
}

TEST(CommandErrorMessage, KeepsTheCommandVerbatim) {
  EXPECT_EQ(commandErrorMessage("npm ci\nnpm -v\n", "exit status 1"),
            "Error while executing command: npm ci\nnpm -v\n. Reason: exit status 1");
}

}  // namespace
}  // namespace kiln::agent
