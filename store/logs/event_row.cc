#include "store/logs/event_row.h"

#include <zstd.h>

#include <optional>

namespace kiln::store {
namespace {

constexpr char kRowMark = 'e';
constexpr char kFormat = 1;
constexpr std::size_t kRowBytes = 64 << 10;  // of text; a single larger event has a row of its own
constexpr std::size_t kMostRowBytes = 64 << 20;
constexpr int kCompression = 1;
constexpr std::size_t kNameSize = 2 + 8 + 8;

void addBigEndian(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

std::uint64_t bigEndian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void addNumber(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

std::optional<std::uint64_t> takeNumber(std::string_view& in) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

Error broken(std::string_view what) {
  return {Code::kCorrupt, "reading log events: " + std::string(what) + " is not what was written"};
}

RowLevel levelOf(std::int64_t span) {
  RowLevel level = 0;
  while (kRowSpans[level] < span) ++level;
  return level;
}

struct Decoded {
  RowHeader header;
  std::uint64_t textBytes = 0;
  std::string_view packed;
};

Result<Decoded> decode(std::string_view name, std::string_view value) {
  auto at = parseRowName(name);
  if (!at.ok()) return at.error();
  if (value.empty() || value.front() != kFormat) return broken("a row's format");
  value.remove_prefix(1);
  std::array<std::uint64_t, 5> numbers{};
  for (auto& number : numbers) {
    const auto taken = takeNumber(value);
    if (!taken) return broken("a row's header");
    number = *taken;
  }
  const auto [count, span, ingested, bytes, text] = numbers;
  if (count == 0 || text > kMostRowBytes) return broken("a row's header");
  RowHeader header{.first = at->first,
                   .last = {at->first.timestamp + static_cast<std::int64_t>(span),
                            at->first.sequence + count - 1},
                   .ingestionTime = static_cast<std::int64_t>(ingested),
                   .count = count,
                   .bytes = bytes};
  return Decoded{header, text, value};
}

Result<std::string> compressed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const auto size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kCompression);
  if (ZSTD_isError(size) != 0) {
    return Error{Code::kInternal,
                 std::string("compressing log events: ") + ZSTD_getErrorName(size)};
  }
  out.resize(size);
  return out;
}

Result<NewRow> packRow(std::span<const LogEvent> events, std::uint64_t index,
                       std::int64_t ingestionTime) {
  std::string text;
  std::uint64_t bytes = 0;
  auto last = events.front().timestamp;
  for (const auto& event : events) {
    addNumber(text, static_cast<std::uint64_t>(event.timestamp - last));
    addNumber(text, event.message.size());
    text += event.message;
    bytes += sizeOf(event);
    last = event.timestamp;
  }
  const auto first = events.front().timestamp;
  std::string value(1, kFormat);
  addNumber(value, events.size());
  addNumber(value, static_cast<std::uint64_t>(last - first));
  addNumber(value, static_cast<std::uint64_t>(ingestionTime));
  addNumber(value, bytes);
  addNumber(value, text.size());
  auto packed = compressed(text);
  if (!packed.ok()) return packed.error();
  return NewRow{levelOf(last - first), first, index, bytes, value + *packed};
}

// One event of the row's text; it moves `text` on.
bool takeEvent(std::string_view& text, StoredEvent& event) {
  const auto delta = takeNumber(text);
  const auto length = delta ? takeNumber(text) : std::nullopt;
  if (!length || *length > text.size()) return false;
  event.at.timestamp += static_cast<std::int64_t>(*delta);
  event.message.assign(text.substr(0, *length));
  text.remove_prefix(*length);
  return true;
}

}  // namespace

std::string rowPrefix(RowLevel level) { return {kRowMark, static_cast<char>('0' + level)}; }

std::string rowName(const RowName& name) {
  auto text = rowPrefix(name.level);
  addBigEndian(text, static_cast<std::uint64_t>(name.first.timestamp));
  addBigEndian(text, name.first.sequence);
  return text;
}

Result<RowName> parseRowName(std::string_view name) {
  if (name.size() != kNameSize || name[0] != kRowMark) return broken("a row's name");
  const auto level = static_cast<RowLevel>(static_cast<unsigned char>(name[1]) - '0');
  if (level >= kRowSpans.size()) return broken("a row's name");
  return RowName{
      level,
      {static_cast<std::int64_t>(bigEndian(name.substr(2, 8))), bigEndian(name.substr(10, 8))}};
}

Result<RowHeader> readRowHeader(std::string_view name, std::string_view value) {
  auto row = decode(name, value);
  if (!row.ok()) return row.error();
  return row->header;
}

Result<std::vector<StoredEvent>> readRow(std::string_view name, std::string_view value) {
  auto row = decode(name, value);
  if (!row.ok()) return row.error();
  std::string held(row->textBytes, '\0');
  const auto size =
      ZSTD_decompress(held.data(), held.size(), row->packed.data(), row->packed.size());
  if (ZSTD_isError(size) != 0 || size != held.size()) return broken("a row's text");
  std::string_view text = held;
  std::vector<StoredEvent> events;
  StoredEvent event{row->header.first, row->header.ingestionTime, {}};
  for (; !text.empty(); ++event.at.sequence) {
    if (!takeEvent(text, event)) return broken("a row's event");
    events.push_back(event);
  }
  if (events.size() != row->header.count) return broken("a row's count");
  return events;
}

Result<std::vector<NewRow>> packRows(std::span<const LogEvent> events, std::int64_t ingestionTime) {
  std::vector<NewRow> rows;
  for (std::size_t begin = 0; begin < events.size();) {
    std::size_t bytes = sizeOf(events[begin]);
    std::size_t end = begin + 1;
    for (; end < events.size() && bytes + sizeOf(events[end]) <= kRowBytes; ++end) {
      if (events[end].timestamp - events[begin].timestamp > kRowSpans.back()) break;
      bytes += sizeOf(events[end]);
    }
    if (bytes > kMostRowBytes / 2) {
      return Error{Code::kInvalidArgument,
                   "packing log events: one has " + std::to_string(bytes) + " bytes"};
    }
    auto row = packRow(events.subspan(begin, end - begin), begin, ingestionTime);
    if (!row.ok()) return row.error();
    rows.push_back(std::move(*row));
    begin = end;
  }
  return rows;
}

}  // namespace kiln::store
