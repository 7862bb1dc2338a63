#include "controller/cli/screen.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "controller/cli/doctor.h"
#include "controller/cli/http_streams.h"
#include "controller/cli/server_address.h"

namespace kiln::cli {
namespace {

// What a screen writes, through a pipe.
class Written {
 public:
  Written() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~Written() {
    stopReading();
    ::close(ends_[1]);
  }
  void stopReading() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }
  int descriptor() const { return ends_[1]; }
  std::string take() const {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(ends_[0], bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(ScreenTest, InAPipeThereAreLinesAndNothingElse) {
  Written out;
  Screen screen(out.descriptor(), Traits{});
  screen.live({"never shown"});
  screen.line(screen.paint(Tone::kGood, "one"));
  EXPECT_TRUE(screen.flush());
  EXPECT_EQ(out.take(), "one\n");
}

TEST(ScreenTest, WithNothingToSayItStillSeesThatNobodyReads) {
  Written out;
  Screen screen(out.descriptor(), Traits{});
  EXPECT_TRUE(screen.flush());
  out.stopReading();
  EXPECT_FALSE(screen.flush());
  EXPECT_EQ(screen.failure(), EPIPE);
}

TEST(ScreenTest, WhatCannotBeWrittenIsNoMissingReader) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  Screen screen(full, Traits{});
  EXPECT_TRUE(screen.flush());
  screen.line("one");
  EXPECT_FALSE(screen.flush());
  EXPECT_EQ(screen.failure(), ENOSPC);
  ::close(full);
}

TEST(ScreenTest, ADescriptorThatDoesNotWaitLosesNothing) {
  Written out;
  ASSERT_EQ(::fcntl(out.descriptor(), F_SETFL, O_NONBLOCK), 0);
  const std::string text(300'000, 'x');  // more than a pipe holds
  std::string got;
  std::thread reader([&] {
    while (got.size() <= text.size()) got += out.take();
  });
  Screen screen(out.descriptor(), Traits{});
  screen.line(text);
  EXPECT_TRUE(screen.flush());
  reader.join();
  EXPECT_EQ(got, text + "\n");
}

TEST(ScreenTest, OnATerminalTheLivePartStaysBelowTheLinesAndGoesAtTheEnd) {
  Written out;
  {
    Screen screen(out.descriptor(), Traits{.live = true, .colour = true, .columns = 8, .rows = 24});
    screen.live({"working on it", "2"});
    screen.flush();
    EXPECT_EQ(out.take(), "working\n2\n");
    screen.line("a line of the log");
    screen.flush();
    EXPECT_EQ(out.take(), "\x1b[2A\r\x1b[Ja line of the log\nworking\n2\n");
    screen.live({"working on it", "2"});
    screen.flush();
  }
  EXPECT_EQ(out.take(), "\x1b[2A\r\x1b[J");
}

TEST(ScreenTest, WidthCountsCharactersNotBytesOrColours) {
  EXPECT_EQ(visibleWidth("\x1b[32m✓\x1b[0m ä"), 3U);
  EXPECT_EQ(clipped("\x1b[32m✓✓✓\x1b[0m", 2), "\x1b[32m✓✓\x1b[0m");
  EXPECT_EQ(clipped("abc", 3), "abc");
}

TEST(LineSplitterTest, LinesComeWholeHoweverTheBytesCome) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  for (const char* piece : {"on", "e\ntwo\n\nth", "ree", "\n", "rest"}) {
    splitter.add(piece, [&](std::string_view line) { lines.emplace_back(line); });
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "", "three"}));
}

TEST(ServerAddressTest, FlagThenEnvironmentThenDefault) {
  std::map<std::string, std::string> values;
  const Environment environment = [&](const char* name) { return values[name]; };
  EXPECT_EQ(findServer("", "", environment)->endpoint, "http://localhost:4599");
  EXPECT_EQ(findServer("", "", environment)->region, "us-east-1");
  values = {{"KILN_ENDPOINT", "http://other:1/"},
            {"AWS_DEFAULT_REGION", "eu-west-1"},
            {"AWS_REGION", "eu-west-2"}};
  EXPECT_EQ(findServer("", "", environment)->endpoint, "http://other:1");
  EXPECT_EQ(findServer("", "", environment)->region, "eu-west-2");
  EXPECT_EQ(findServer("https://flag", "r", environment)->url("/p", {{"id", "a:b c"}, {"x", ""}}),
            "https://flag/p?id=a%3Ab%20c&region=r");
  EXPECT_FALSE(findServer("localhost:4599", "", environment).ok());
}

TEST(DoctorTest, FindingsComeWithTheirRemedies) {
  const std::vector<Finding> findings = {
      {"engine", Health::kOk, "docker 20.10", ""},
      {"image", Health::kWarn, "kiln/build:latest is not there", "config/build-image/make"},
      {"port", Health::kFail, "in use", "use another"}};
  EXPECT_EQ(
      doctorLines(Traits{}, findings),
      (std::vector<std::string>{
          "ok    engine   docker 20.10", "warn  image    kiln/build:latest is not there",
          "               -> config/build-image/make", "fail  port     in use",
          "               -> use another", "Builds cannot run until what failed is mended."}));
  EXPECT_NE(doctorJson(findings).find("\"ok\": false"), std::string::npos);
}

TEST(DoctorTest, APortIsFreeOrKilnsOrSomebodyElses) {
  config::ServerSettings settings;
  settings.port = 0;
  const Error refused{Code::kUnavailable, "refused"};
  EXPECT_EQ(checkPort(settings, refused).health, Health::kOk);
  EXPECT_EQ(checkPort(settings, HttpReply{200, R"({"status":"ok","version":"1.2.3"})"}).detail,
            "Kiln 1.2.3 answers at 127.0.0.1:0");
  settings.host = "192.0.2.1";  // nobody's (RFC 5737)
  EXPECT_EQ(checkPort(settings, refused).health, Health::kFail);
}

TEST(DoctorTest, ADataDirectoryThatIsNotThereYetIsLookedForAbove) {
  const Finding found = checkData(std::filesystem::path(testing::TempDir()) / "no" / "such");
  EXPECT_NE(found.detail.find("(to be made)"), std::string::npos);
  EXPECT_EQ(checkData("/proc/kiln").health, Health::kFail);
}

}  // namespace
}  // namespace kiln::cli
