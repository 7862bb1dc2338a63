// BodyBudget: how many bytes all request bodies together may hold that are kept in memory until their call is answered: those of the JSON
// and form protocols, and S3's XML. Bodies that stream (objects, git) hold next to nothing and are not counted.
//
// Small bodies, and the beginning of each, are free: a full budget refuses large calls only. The connections bound their sum.
// Owner: the server; any thread. A Share: one request's, one thread; what it holds goes back with it.
#pragma once

#include <atomic>
#include <cstddef>

namespace kiln::api {

class BodyBudget {
 public:
  static constexpr std::size_t kFree = 64 << 10;  // of each body

  explicit BodyBudget(std::size_t most) : left_(most) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    ~Share() { release(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // The body takes `size` bytes in all now. False when the others leave no room for that; what it held it still holds.
    bool growTo(std::size_t size);
    void release();

   private:
    BodyBudget& budget_;
    std::size_t held_ = 0;
  };

 private:
  bool take(std::size_t size);

  std::atomic<std::size_t> left_;
};

}  // namespace kiln::api
