#include "store/rocks/codec.h"

#include <utility>

namespace kiln::store {
namespace {

constexpr unsigned char kFormat = 1;

class ByteWriter {
 public:
  ByteWriter() { out_.push_back(static_cast<char>(kFormat)); }

  void byte(unsigned char value) { out_.push_back(static_cast<char>(value)); }

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<unsigned char>(value | 0x80));
    byte(static_cast<unsigned char>(value));
  }

  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }

  void numbers(const std::vector<std::uint64_t>& values) {
    number(values.size());
    for (auto value : values) number(value);
  }

  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const auto& value : values) text(value);
  }

  void key(const ResourceKey& value) {
    text(value.kind);
    text(value.scope.account);
    text(value.scope.region);
    text(value.name);
  }

  void resource(const Resource& value) {
    const Meta& meta = value.meta;
    key(meta.key);
    number(meta.resourceVersion);
    number(meta.generation);
    byte(meta.deletedAt ? 1 : 0);
    if (meta.deletedAt) number(static_cast<std::uint64_t>(toUnixMicros(*meta.deletedAt)));
    texts(meta.finalizers);
    text(meta.ownerRef);
    texts(meta.indexKeys);
    text(value.spec);
    text(value.status);
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what ByteWriter wrote. After the first thing that does not fit, `sound()` is false and every read answers zero.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) { sound_ = byte() == kFormat; }

  bool sound() const { return sound_; }
  bool finished() const { return sound_ && rest_.empty(); }

  unsigned char byte() {
    if (!sound_ || rest_.empty()) return fail(), static_cast<unsigned char>(0);
    const auto value = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto part = byte();
      value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    fail();
    return 0;
  }

  std::string text() {
    const auto size = number();
    if (!sound_ || size > rest_.size()) return fail(), std::string();
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }

  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> values;
    for (auto left = number(); sound_ && left > 0; --left) values.push_back(number());
    return values;
  }

  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (auto left = number(); sound_ && left > 0; --left) values.push_back(text());
    return values;
  }

  ResourceKey key() {
    ResourceKey value;
    value.kind = text();
    value.scope.account = text();
    value.scope.region = text();
    value.name = text();
    return value;
  }

  Resource resource() {
    Resource value;
    value.meta.key = key();
    value.meta.resourceVersion = number();
    value.meta.generation = number();
    if (const auto deleted = byte(); deleted == 1) {
      value.meta.deletedAt = fromUnixMicros(static_cast<std::int64_t>(number()));
    } else if (deleted != 0) {
      fail();
    }
    value.meta.finalizers = texts();
    value.meta.ownerRef = text();
    value.meta.indexKeys = texts();
    value.spec = text();
    value.status = text();
    return value;
  }

  void fail() {
    sound_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool sound_ = true;
};

template <typename T>
Result<T> finish(const ByteReader& reader, T value, std::string_view what) {
  if (reader.finished()) return value;
  return Error{Code::kCorrupt,
               "reading " + std::string(what) + " from the store: not what was written"};
}

}  // namespace

std::string encodeState(const StoreState& state) {
  ByteWriter writer;
  writer.number(state.version);
  writer.number(state.outboxPosition);
  writer.number(state.feedBegin);
  writer.number(state.feedOpen);
  writer.numbers(state.feedMarks);
  return writer.take();
}

Result<StoreState> decodeState(std::string_view bytes) {
  ByteReader reader(bytes);
  StoreState state;
  state.version = reader.number();
  state.outboxPosition = reader.number();
  state.feedBegin = reader.number();
  state.feedOpen = reader.number();
  state.feedMarks = reader.numbers();
  return finish(reader, state, "the store's own state");
}

std::string encodeResource(const Resource& resource) {
  ByteWriter writer;
  writer.resource(resource);
  return writer.take();
}

Result<Resource> decodeResource(std::string_view bytes) {
  ByteReader reader(bytes);
  auto resource = reader.resource();
  return finish(reader, std::move(resource), "a resource");
}

std::string encodeFeedEntry(const FeedEntry& entry) {
  ByteWriter writer;
  writer.number(entry.resourceVersion);
  writer.byte(static_cast<unsigned char>(entry.type));
  writer.resource(entry.resource);
  return writer.take();
}

Result<FeedEntry> decodeFeedEntry(std::string_view bytes) {
  ByteReader reader(bytes);
  FeedEntry entry;
  entry.resourceVersion = reader.number();
  const auto type = reader.byte();
  if (type > static_cast<unsigned char>(ChangeType::kDeleted)) reader.fail();
  entry.type = static_cast<ChangeType>(type);
  entry.resource = reader.resource();
  return finish(reader, std::move(entry), "a change");
}

std::string encodeOutboxEntry(const OutboxEntry& entry) {
  ByteWriter writer;
  writer.number(entry.position);
  writer.text(entry.id);
  writer.key(entry.subject);
  writer.text(entry.body);
  return writer.take();
}

Result<OutboxEntry> decodeOutboxEntry(std::string_view bytes) {
  ByteReader reader(bytes);
  OutboxEntry entry;
  entry.position = reader.number();
  entry.id = reader.text();
  entry.subject = reader.key();
  entry.body = reader.text();
  return finish(reader, std::move(entry), "an event");
}

std::string encodeNumber(std::uint64_t number) {
  ByteWriter writer;
  writer.number(number);
  return writer.take();
}

Result<std::uint64_t> decodeNumber(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto number = reader.number();
  return finish(reader, number, "a number");
}

}  // namespace kiln::store
