#include "controller/engine/key_loop.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "tests/fakes/fake_clock.h"

namespace kiln::engine {
namespace {

// Every key's work ends as the test says; what is told of it is kept.
class KeyLoopTest : public testing::Test {
 protected:
  KeyLoopTest() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(told_, /*force_flush=*/true);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::move(sink)));
  }
  ~KeyLoopTest() override { spdlog::set_default_logger(before_); }

  void failWith(Code code) {
    end_ = Error{code, "refused, request " + std::to_string(++requests_)};
    look();
  }
  void look() {
    clock_.advance(Millis(60'000));  // beyond any backoff
    loop_.look(key_);
    while (loop_.step()) continue;
  }
  auto warnings() const {
    const std::string all = told_.str();
    return std::count(all.begin(), all.end(), '\n');
  }

  std::ostringstream told_;
  const std::shared_ptr<spdlog::logger> before_;
  fakes::FakeClock clock_;
  const ResourceKey key_ = BuildId{{"000000000000", "us-east-1"}, "p", newUuid()}.key();
  int requests_ = 0;
  Result<Again> end_ = Again();
  KeyLoop loop_{clock_,
                {.name = "work", .workers = 0},
                [this](const ResourceKey&, const std::stop_token&) { return end_; }};
};

TEST_F(KeyLoopTest, AFailureThatLastsIsToldOnce) {
  for (int i = 0; i < 5; ++i) failWith(Code::kFailedPrecondition);
  EXPECT_EQ(warnings(), 1) << told_.str();
  EXPECT_NE(told_.str().find("event=work-failed key=" + key_.name), std::string::npos);
}

TEST_F(KeyLoopTest, AnotherFailureAndOneAfterASuccessAreNews) {
  failWith(Code::kFailedPrecondition);
  failWith(Code::kUnavailable);
  EXPECT_EQ(warnings(), 2) << told_.str();
  end_ = Again();
  look();
  failWith(Code::kUnavailable);
  EXPECT_EQ(warnings(), 3) << told_.str();
}

}  // namespace
}  // namespace kiln::engine
