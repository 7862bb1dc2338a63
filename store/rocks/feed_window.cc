#include "store/rocks/feed_window.h"

#include <algorithm>

namespace kiln::store {
namespace {

constexpr std::size_t kPieces = 16;

}  // namespace

bool advanceFeed(StoreState& state, int window) {
  const auto wanted = static_cast<std::size_t>(std::max(window, 1));
  const auto piece = (wanted + kPieces - 1) / kPieces;
  if (state.feedOpen < piece) return false;
  state.feedOpen = 0;
  state.feedMarks.push_back(state.version);
  const auto kept = (wanted + piece - 1) / piece;
  if (state.feedMarks.size() <= kept) return false;
  const auto surplus = static_cast<std::ptrdiff_t>(state.feedMarks.size() - kept);
  state.feedBegin = state.feedMarks[static_cast<std::size_t>(surplus - 1)];
  state.feedMarks.erase(state.feedMarks.begin(), state.feedMarks.begin() + surplus);
  return true;
}

}  // namespace kiln::store
