// The feed's window: which changes are kept. Pure.
//
// The feed is cut into pieces of a sixteenth of the window; StoreState remembers the versions at the cuts. When more than
// sixteen pieces are closed the oldest one goes, so at least `window` changes stay and trimming needs no look at the feed.
#pragma once

#include "store/rocks/codec.h"

namespace kiln::store {

// Closes a piece and gives up the oldest when it is time. True when `state.feedBegin` moved: what is at or before it may go.
bool advanceFeed(StoreState& state, int window);

}  // namespace kiln::store
