#include "api/s3/form_reader.h"

#include <algorithm>

#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::size_t kLongestHead = 16 << 10;
constexpr std::size_t kLongestField = 1 << 20;

// The value of `name=` among a header's parameters, with or without quotes.
std::string parameterOf(std::string_view header, const std::string& name) {
  const std::string plain = lowered(header);
  auto at = plain.find(name + "=");
  while (at != std::string::npos && at > 0 && plain[at - 1] != ' ' && plain[at - 1] != ';')
    at = plain.find(name + "=", at + 1);
  if (at == std::string::npos) return "";
  std::string_view value = header.substr(at + name.size() + 1);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(value.substr(0, value.find_first_of("; \t")));
}

FormPart partOf(std::string_view head) {
  FormPart part;
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::string name = lowered(line.substr(0, line.find(':')));
    if (name == "content-disposition") {
      part.name = lowered(parameterOf(line, "name"));
      part.fileName = parameterOf(line, "filename");
      part.fileName.erase(0, part.fileName.find_last_of("/\\") + 1);
    } else if (name == "content-type") {
      const auto value = line.substr(std::min(line.find(':') + 1, line.size()));
      const auto begin = value.find_first_not_of(" \t");
      if (begin != std::string_view::npos) part.contentType = value.substr(begin);
    }
  }
  return part;
}

}  // namespace

FormReader::FormReader(std::shared_ptr<BodyReader> source, std::string_view contentType)
    : source_(std::move(source)), delimiter_("\r\n--" + parameterOf(contentType, "boundary")) {}

S3Result<bool> FormReader::fill() {
  auto bytes = source_ ? source_->read(kReadBytes) : Result<std::string>(std::string());
  if (!bytes.ok()) return brokenBody(bytes.error());
  buffer_ += *bytes;
  return !bytes->empty();
}

S3Result<std::optional<FormPart>> FormReader::next() {
  while (!partEnded_) {
    auto rest = read();
    if (!rest.ok()) return rest.error();
  }
  while (true) {
    const bool begins = buffer_.starts_with(delimiter_);
    if (begins && buffer_.compare(delimiter_.size(), 2, "--") == 0)
      return std::optional<FormPart>();
    const auto end = begins ? buffer_.find("\r\n\r\n", delimiter_.size()) : std::string::npos;
    if (end != std::string::npos) {
      const auto from = delimiter_.size() + 2;
      FormPart part = partOf(std::string_view(buffer_).substr(from, end > from ? end - from : 0));
      buffer_.erase(0, end + 4);
      partEnded_ = false;
      if (part.name.empty()) return s3Error("MalformedPOSTRequest");
      return std::optional(std::move(part));
    }
    const bool hopeless =
        buffer_.size() > kLongestHead || (buffer_.size() >= delimiter_.size() && !begins);
    if (hopeless) return s3Error("MalformedPOSTRequest");
    const auto more = fill();
    if (!more.ok()) return more.error();
    if (!*more) return s3Error("MalformedPOSTRequest");
  }
}

S3Result<std::string> FormReader::read() {
  while (!partEnded_) {
    const auto end = buffer_.find(delimiter_);
    // What may be the beginning of the delimiter stays for the next look.
    const std::size_t sure = end != std::string::npos ? end
                             : buffer_.size() > delimiter_.size()
                                 ? buffer_.size() - delimiter_.size()
                                 : 0;
    if (end == 0) partEnded_ = true;
    if (sure > 0) {
      std::string bytes = buffer_.substr(0, sure);
      buffer_.erase(0, sure);
      return bytes;
    }
    if (partEnded_) break;
    const auto more = fill();
    if (!more.ok()) return more.error();
    if (!*more) return s3Error("MalformedPOSTRequest");
  }
  return std::string();
}

S3Result<std::string> FormReader::readField() {
  std::string value;
  while (true) {
    auto bytes = read();
    if (!bytes.ok()) return bytes;
    if (bytes->empty()) return value;
    value += *bytes;
    if (value.size() > kLongestField) return s3Error("MalformedPOSTRequest");
  }
}

}  // namespace kiln::api::s3
