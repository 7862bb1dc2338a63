// Values of the store's database <-> bytes. Each value begins with the number of its format, so that a later one can be told
// apart. Pure functions; kCorrupt on bytes that no encode() here wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

// What the store itself must remember from commit to commit.
struct StoreState {
  std::uint64_t version = 0;             // of the last commit
  std::uint64_t outboxPosition = 0;      // of the last event
  std::uint64_t feedBegin = 0;           // changes after this version are still in the feed
  std::uint64_t feedOpen = 0;            // changes since the last mark
  std::vector<std::uint64_t> feedMarks;  // versions that cut the feed into pieces of equal size
};

std::string encodeState(const StoreState& state);
Result<StoreState> decodeState(std::string_view bytes);

std::string encodeResource(const Resource& resource);
Result<Resource> decodeResource(std::string_view bytes);

std::string encodeFeedEntry(const FeedEntry& entry);
Result<FeedEntry> decodeFeedEntry(std::string_view bytes);

std::string encodeOutboxEntry(const OutboxEntry& entry);
Result<OutboxEntry> decodeOutboxEntry(std::string_view bytes);

std::string encodeNumber(std::uint64_t number);
Result<std::uint64_t> decodeNumber(std::string_view bytes);

}  // namespace kiln::store
