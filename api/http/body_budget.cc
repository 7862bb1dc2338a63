#include "api/http/body_budget.h"

#include <utility>

namespace kiln::api {

bool BodyBudget::take(std::size_t size) {
  std::size_t left = left_.load();
  while (left >= size) {
    if (left_.compare_exchange_weak(left, left - size)) return true;
  }
  return false;
}

bool BodyBudget::Share::growTo(std::size_t size) {
  const std::size_t counted = size > kFree ? size - kFree : 0;
  if (counted <= held_) return true;
  if (!budget_.take(counted - held_)) return false;
  held_ = counted;
  return true;
}

void BodyBudget::Share::release() { budget_.left_ += std::exchange(held_, 0); }

}  // namespace kiln::api
