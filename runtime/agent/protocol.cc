#include "runtime/agent/protocol.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace kiln::agent {
namespace {

constexpr std::size_t kMaxHeaderBytes = 80;
constexpr std::size_t kMaxPayloadBytes = std::size_t{256} << 20;
constexpr std::size_t kCompactAbove = std::size_t{64} << 10;
constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr std::array<std::uint32_t, 256> makeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    table[i] = crc;
  }
  return table;
}

std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = makeCrcTable();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  return crc ^ 0xFFFFFFFFU;
}

std::string checksumOf(std::string_view bytes) {
  std::uint32_t crc = crc32(bytes);
  std::string text(8, '0');
  for (std::size_t i = 8; i-- > 0; crc >>= 4) text[i] = kHexDigits[crc & 0xFU];
  return text;
}

bool needsEscape(unsigned char c) { return c <= ' ' || c == '%' || c == 0x7F; }

// An empty field is a lone '%', so that no fields and one empty field differ.
void appendField(std::string& out, std::string_view field) {
  if (field.empty()) out += '%';
  for (char c : field) {
    auto byte = static_cast<unsigned char>(c);
    if (!needsEscape(byte)) {
      out += c;
      continue;
    }
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xFU];
  }
}

std::optional<std::string> decodeField(std::string_view text) {
  if (text == "%") return std::string();
  if (text.empty()) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

std::optional<std::vector<std::string>> decodeFields(std::string_view text) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    std::size_t space = text.find(' ');
    auto field = decodeField(text.substr(0, space));
    if (!field) return std::nullopt;
    fields.push_back(std::move(*field));
    if (space == std::string_view::npos) return fields;
    text.remove_prefix(space + 1);
    if (text.empty()) return std::nullopt;
  }
  return fields;
}

// Cuts the number before the next `end` off the front of `text`.
template <typename Number>
bool takeNumber(std::string_view& text, char end, Number& number) {
  const char* last = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || stop == last || *stop != end) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return true;
}

bool isRecordType(char c) {
  switch (static_cast<RecordType>(c)) {
    case RecordType::kReady:
    case RecordType::kPhaseStarted:
    case RecordType::kCommandStarted:
    case RecordType::kCommandFinished:
    case RecordType::kOutput:
    case RecordType::kArtifacts:
    case RecordType::kPhaseFinished:
    case RecordType::kHeartbeat: return true;
  }
  return false;
}

// `header` ends with its newline.
bool parseHeader(std::string_view header, Record& record, std::size_t& payloadBytes) {
  if (!takeNumber(header, ' ', record.sequence)) return false;
  if (header.size() < 2 || !isRecordType(header[0]) || header[1] != ' ') return false;
  record.type = static_cast<RecordType>(header[0]);
  header.remove_prefix(2);
  return takeNumber(header, ' ', record.unixMicros) && takeNumber(header, '\n', payloadBytes) &&
         header.empty() && payloadBytes <= kMaxPayloadBytes;
}

// Lists travel as their length, then their items.
class FieldWriter {
 public:
  void add(std::string text) { fields_.push_back(std::move(text)); }
  void add(const std::vector<std::string>& list) {
    add(std::to_string(list.size()));
    fields_.insert(fields_.end(), list.begin(), list.end());
  }
  std::vector<std::string> take() { return std::move(fields_); }

 private:
  std::vector<std::string> fields_;
};

class FieldTaker {
 public:
  explicit FieldTaker(const std::vector<std::string>& fields) : fields_(fields) {}

  std::string text() {
    if (next_ == fields_.size()) {
      whole_ = false;
      return {};
    }
    return fields_[next_++];
  }
  std::size_t count() {
    std::string digits = text();
    std::size_t number = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) whole_ = false;
    if (number > fields_.size() - next_) whole_ = false;
    return whole_ ? number : 0;
  }
  std::vector<std::string> list() {
    std::vector<std::string> items(count());
    for (auto& item : items) item = text();
    return items;
  }
  bool whole() const { return whole_ && next_ == fields_.size(); }

 private:
  const std::vector<std::string>& fields_;
  std::size_t next_ = 0;
  bool whole_ = true;
};

void addArtifact(FieldWriter& writer, const ArtifactToCollect& artifact) {
  writer.add(artifact.identifier);
  writer.add(artifact.baseDirectory);
  writer.add(artifact.files);
  writer.add(artifact.excludePaths);
  writer.add(std::string(artifact.discardPaths ? "1" : "0"));
  writer.add(std::string(artifact.keepSymlinks ? "1" : "0"));
  writer.add(artifact.name);
  writer.add(artifact.s3Prefix);
}

ArtifactToCollect takeArtifact(FieldTaker& taker) {
  ArtifactToCollect artifact;
  artifact.identifier = taker.text();
  artifact.baseDirectory = taker.text();
  artifact.files = taker.list();
  artifact.excludePaths = taker.list();
  artifact.discardPaths = taker.text() == "1";
  artifact.keepSymlinks = taker.text() == "1";
  artifact.name = taker.text();
  artifact.s3Prefix = taker.text();
  return artifact;
}

}  // namespace

std::vector<std::string> Record::fields() const {
  auto decoded = decodeFields(payload);
  return decoded ? std::move(*decoded) : std::vector<std::string>();
}

std::string encodeFields(const std::vector<std::string>& fields) {
  std::string out;
  for (const auto& field : fields) {
    if (!out.empty()) out += ' ';
    appendField(out, field);
  }
  return out;
}

std::string encodeRecord(const Record& record) {
  std::string out = std::to_string(record.sequence);
  out += ' ';
  out += static_cast<char>(record.type);
  out += ' ';
  out += std::to_string(record.unixMicros);
  out += ' ';
  out += std::to_string(record.payload.size());
  out += '\n';
  out += record.payload;
  return out;
}

void RecordReader::push(std::string_view bytes) {
  if (broken_) return;
  if (read_ == buffer_.size() || read_ > kCompactAbove) {
    buffer_.erase(0, read_);
    read_ = 0;
  }
  buffer_ += bytes;
}

std::optional<Record> RecordReader::next() {
  if (broken_) return std::nullopt;
  std::string_view rest = std::string_view(buffer_).substr(read_);
  std::size_t newline = rest.substr(0, kMaxHeaderBytes).find('\n');
  if (newline == std::string_view::npos) {
    broken_ = rest.size() >= kMaxHeaderBytes;
    return std::nullopt;
  }
  Record record;
  std::size_t payloadBytes = 0;
  if (!parseHeader(rest.substr(0, newline + 1), record, payloadBytes)) {
    broken_ = true;
    return std::nullopt;
  }
  rest.remove_prefix(newline + 1);
  if (rest.size() < payloadBytes) return std::nullopt;
  record.payload = rest.substr(0, payloadBytes);
  read_ += newline + 1 + payloadBytes;
  return record;
}

std::string encodeMessage(const Message& message) {
  std::string rest = message.verb;
  for (const auto& field : message.fields) {
    rest += ' ';
    appendField(rest, field);
  }
  return checksumOf(rest) + ' ' + rest + '\n';
}

std::optional<Message> decodeMessage(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.size() < 10 || line[8] != ' ') return std::nullopt;
  std::string_view rest = line.substr(9);
  if (checksumOf(rest) != line.substr(0, 8)) return std::nullopt;
  std::size_t space = rest.find(' ');
  Message message{std::string(rest.substr(0, space)), {}};
  if (message.verb.empty()) return std::nullopt;
  if (space == std::string_view::npos) return message;
  auto fields = decodeFields(rest.substr(space + 1));
  if (!fields || fields->empty()) return std::nullopt;
  message.fields = std::move(*fields);
  return message;
}

Message toMessage(const PhasePlan& plan) {
  FieldWriter writer;
  writer.add(plan.phase);
  writer.add(plan.shell);
  writer.add(plan.workingDirectory);
  writer.add(std::string(plan.announce ? "1" : "0"));
  writer.add(std::string(plan.isolated ? "1" : "0"));
  writer.add(plan.credentials);
  writer.add(plan.commands);
  writer.add(plan.finallyCommands);
  writer.add(plan.directories);
  writer.add(plan.logLines);
  writer.add(std::to_string(plan.moves.size()));
  for (const auto& [from, to] : plan.moves) {
    writer.add(from);
    writer.add(to);
  }
  writer.add(std::to_string(plan.environment.size()));
  for (const auto& [name, value] : plan.environment) {
    writer.add(name);
    writer.add(value);
  }
  writer.add(std::to_string(plan.files.size()));
  for (const auto& [path, content] : plan.files) {
    writer.add(path);
    writer.add(content);
  }
  writer.add(std::to_string(plan.artifacts.size()));
  for (const auto& artifact : plan.artifacts) addArtifact(writer, artifact);
  return {"run", writer.take()};
}

std::optional<PhasePlan> phasePlanFrom(const Message& message) {
  if (message.verb != "run") return std::nullopt;
  FieldTaker taker(message.fields);
  PhasePlan plan;
  plan.phase = taker.text();
  plan.shell = taker.text();
  plan.workingDirectory = taker.text();
  plan.announce = taker.text() == "1";
  plan.isolated = taker.text() == "1";
  plan.credentials = taker.text();
  plan.commands = taker.list();
  plan.finallyCommands = taker.list();
  plan.directories = taker.list();
  plan.logLines = taker.list();
  plan.moves.resize(taker.count());
  for (auto& [from, to] : plan.moves) {
    from = taker.text();
    to = taker.text();
  }
  plan.environment.resize(taker.count());
  for (auto& [name, value] : plan.environment) {
    name = taker.text();
    value = taker.text();
  }
  plan.files.resize(taker.count());
  for (auto& [path, content] : plan.files) {
    path = taker.text();
    content = taker.text();
  }
  plan.artifacts.resize(taker.count());
  for (auto& artifact : plan.artifacts) artifact = takeArtifact(taker);
  if (!taker.whole() || plan.phase.empty()) return std::nullopt;
  return plan;
}

std::string containerLine(std::int64_t unixMicros, std::string_view text) {
  namespace chr = std::chrono;
  chr::sys_time<chr::microseconds> instant{chr::microseconds(unixMicros)};
  auto day = chr::floor<chr::days>(instant);
  chr::year_month_day date(day);
  chr::hh_mm_ss time(instant - day);
  std::array<char, 64> prefix{};
  int length = std::snprintf(
      prefix.data(), prefix.size(), "[Container] %04d/%02u/%02u %02d:%02d:%02d.%06d ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()));
  std::string line(prefix.data(), static_cast<std::size_t>(length));
  line += text;
  line += '\n';
  return line;
}

std::string commandErrorMessage(std::string_view command, std::string_view reason) {
  return "Error while executing command: " + std::string(command) +
         ". Reason: " + std::string(reason);
}

}  // namespace kiln::agent
