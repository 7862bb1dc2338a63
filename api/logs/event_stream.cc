#include "api/logs/event_stream.h"

#include <zlib.h>

#include <cstdint>

namespace kiln::api::logs {
namespace {

constexpr char kStringValue = 7;
constexpr std::size_t kPreludeBytes = 12;
constexpr std::size_t kChecksumBytes = 4;

void addBytes(std::string& out, std::uint32_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(number >> shift));
}

void addChecksum(std::string& out) {
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(out.size()));
  addBytes(out, static_cast<std::uint32_t>(sum), 4);
}

}  // namespace

std::string frame(const StreamHeaders& headers, std::string_view payload) {
  std::string packed;
  for (const auto& [name, value] : headers) {
    addBytes(packed, static_cast<std::uint32_t>(name.size()), 1);
    packed += name;
    packed.push_back(kStringValue);
    addBytes(packed, static_cast<std::uint32_t>(value.size()), 2);
    packed += value;
  }
  const auto total = kPreludeBytes + packed.size() + payload.size() + kChecksumBytes;
  std::string out;
  out.reserve(total);
  addBytes(out, static_cast<std::uint32_t>(total), 4);
  addBytes(out, static_cast<std::uint32_t>(packed.size()), 4);
  addChecksum(out);
  out += packed;
  out += payload;
  addChecksum(out);
  return out;
}

std::string eventFrame(std::string_view type, std::string_view json) {
  return frame({{":event-type", std::string(type)},
                {":content-type", "application/json"},
                {":message-type", "event"}},
               json);
}

std::string exceptionFrame(std::string_view shape, std::string_view json) {
  return frame({{":exception-type", std::string(shape)},
                {":content-type", "application/json"},
                {":message-type", "exception"}},
               json);
}

}  // namespace kiln::api::logs
