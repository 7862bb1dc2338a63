// What all bodies that are held in memory may take together.
#include "api/http/body_budget.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "api/http/server.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/said.h"

namespace kiln::api {
namespace {

constexpr std::size_t kMib = 1 << 20;

class BodyBudgetTest : public testing::Test {
 protected:
  void SetUp() override {
    router_.addTarget("A", [](Request& request) {
      return Response::text(200, std::to_string(request.body.size()));
    });
    router_.addAction("1", [](Request& request) {
      return Response::text(200, std::to_string(request.body.size()));
    });
    router_.addPath("PUT", "/stream", [](Request& request) {
      std::size_t size = 0;
      for (auto piece = request.stream->read(kMib); piece.ok() && !piece->empty();
           piece = request.stream->read(kMib))
        size += piece->size();
      return Response::text(200, std::to_string(size));
    });
    ASSERT_TRUE(server_.start("127.0.0.1", port_).ok());
  }

  static std::string json(std::size_t length) {
    return "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: A.B\r\nContent-Length: " +
           std::to_string(length) + "\r\n\r\n";
  }

  // Calls of 12 MiB of which all but the last byte is sent: twelve, and more until two wait for that byte; how many do. Those are kept
  // in clients_.
  std::size_t fill() {
    const std::string most(12 * kMib - 1, ' ');
    for (int sent = 0; sent < 12 || (waiting() < 2 && sent < 100); ++sent) {
      auto client = std::make_unique<RawClient>(port_);
      client->send(json(12 * kMib));
      client->send(most);
      clients_.push_back(std::move(client));
    }
    return waiting();
  }

  // Of clients_ those that are refused go, however long the server takes to tell them.
  std::size_t waiting() {
    const auto late = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience);
    do {
      std::erase_if(clients_, [this](auto& client) {
        if (!client->receive(clients_.size() > 2 ? 10 : 300)) return false;
        refused_ = client->answer();
        return true;
      });
    } while (clients_.size() > 2 && std::chrono::steady_clock::now() < late);
    return clients_.size();
  }

  const int port_ = freePort();
  Router router_;
  HttpServer server_{router_, "1", 2, {.bodies = 30 * kMib}};
  std::vector<std::unique_ptr<RawClient>> clients_;
  RawAnswer refused_;
};

TEST_F(BodyBudgetTest, LargeCallsBeyondItAreToldToTryAgainAndMemoryStaysBounded) {
  const PeakMemory memory;
  EXPECT_EQ(fill(), 2U);
  EXPECT_EQ(refused_.status, 503);
  EXPECT_EQ(refused_.header("x-amzn-errortype"), "ThrottlingException");
  EXPECT_EQ(refused_.header("retry-after"), "1");
  EXPECT_NE(refused_.body.find(R"("__type":"ThrottlingException")"), std::string::npos);
  EXPECT_LT(memory.grown(), static_cast<long>(100 * kMib));
}

TEST_F(BodyBudgetTest, AFullOneDisturbsNeitherSmallCallsNorStreams) {
  ASSERT_EQ(fill(), 2U);
  RawClient client(port_);
  EXPECT_EQ(client.ask(json(60'000) + std::string(60'000, ' ')).body, "60000");
  EXPECT_EQ(client
                .ask("PUT /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n" +
                     std::string(20'000'000, 'x'))
                .body,
            "20000000");
}

TEST_F(BodyBudgetTest, WhatACallHeldIsFreeWhenItIsAnsweredOrItsClientGoes) {
  ASSERT_EQ(fill(), 2U);
  for (auto& client : clients_) client->send(" ");  // the two are whole now
  std::size_t answered = 0;
  for (auto& client : clients_) {
    if (client->answer().status == 200) ++answered;
  }
  EXPECT_EQ(answered, 2U);
  clients_.clear();
  ASSERT_EQ(fill(), 2U);
  clients_.clear();  // hung up
  const std::string whole = json(12 * kMib) + std::string(12 * kMib, ' ');
  int status = 503;
  for (int tries = 0; status == 503 && tries < 1000; ++tries)
    status = RawClient(port_).ask(whole).status;
  EXPECT_EQ(status, 200);
}

TEST_F(BodyBudgetTest, AFormIsRefusedInItsProtocolsWords) {
  ASSERT_EQ(fill(), 2U);
  RawClient client(port_);
  const std::string form(12 * kMib, 'x');
  const auto answer = client.ask(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: " +
      std::to_string(form.size()) + "\r\n\r\n" + form);
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("<Code>Throttling</Code>"), std::string::npos);
}

TEST(BodyBudgetShareTest, TheBeginningOfEachBodyIsFreeAndTheRestComesBack) {
  BodyBudget budget(1000);
  {
    BodyBudget::Share one(budget), other(budget);
    EXPECT_TRUE(one.growTo(BodyBudget::kFree));
    EXPECT_TRUE(one.growTo(BodyBudget::kFree + 900));
    EXPECT_TRUE(one.growTo(BodyBudget::kFree + 900));  // that is no more than before
    EXPECT_FALSE(other.growTo(BodyBudget::kFree + 101));
    EXPECT_TRUE(other.growTo(BodyBudget::kFree + 100));
    one.release();
    EXPECT_TRUE(other.growTo(BodyBudget::kFree + 1000));
  }
  BodyBudget::Share last(budget);
  EXPECT_TRUE(last.growTo(BodyBudget::kFree + 1000));
}

}  // namespace
}  // namespace kiln::api
