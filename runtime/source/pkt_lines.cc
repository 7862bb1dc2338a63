#include "runtime/source/pkt_lines.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongestPkt = 65520;
constexpr std::size_t kLongestAdvertisement = std::size_t{256} << 20;

GitFault protocolFault(const std::string& what) {
  return GitFault::ofBuild("the server does not keep to git's protocol: " + what);
}

std::string_view chomp(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string pktLine(std::string_view payload) {
  char length[5];
  std::snprintf(length, sizeof length, "%04zx", payload.size() + 4);
  return std::string(length) + std::string(payload);
}

bool isOid(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

GitResult<std::optional<PktReader::Pkt>> PktReader::next() {
  if (buffer_.size() - at_ < 4) {
    buffer_.erase(0, at_);
    at_ = 0;
    return std::optional<Pkt>();
  }
  std::size_t length = 0;
  const char* digits = buffer_.data() + at_;
  const auto [end, error] = std::from_chars(digits, digits + 4, length, 16);
  if (error != std::errc() || end != digits + 4 || length > kLongestPkt ||
      (length > 0 && length < 4))
    return protocolFault("a packet of length " + shown(std::string_view(digits, 4)));
  if (length == 0) {
    at_ += 4;
    return std::optional(Pkt{.flush = true, .payload = {}});
  }
  if (buffer_.size() - at_ < length) {
    buffer_.erase(0, at_);
    at_ = 0;
    return std::optional<Pkt>();
  }
  Pkt pkt{.flush = false, .payload = buffer_.substr(at_ + 4, length - 4)};
  at_ += length;
  return std::optional(std::move(pkt));
}

bool Advertisement::can(std::string_view capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

const RemoteRef* Advertisement::find(std::string_view name) const {
  const auto found = std::find_if(refs.begin(), refs.end(),
                                  [&](const RemoteRef& ref) { return ref.name == name; });
  return found == refs.end() ? nullptr : &*found;
}

std::optional<GitFault> AdvertisementReader::push(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kLongestAdvertisement) return protocolFault("its list of references does not end");
  reader_.push(bytes);
  for (;;) {
    auto pkt = reader_.next();
    if (!pkt) return pkt.error();
    if (!*pkt) return std::nullopt;
    if ((*pkt)->flush) {
      if (service_ && !first_) ended_ = true;
      continue;
    }
    if (auto fault = takeLine(std::string(chomp((*pkt)->payload)))) return fault;
  }
}

std::optional<GitFault> AdvertisementReader::takeLine(std::string line) {
  if (line.starts_with("# service=")) {
    service_ = true;
    return std::nullopt;
  }
  service_ = true;  // some servers leave the line out
  if (line.starts_with("ERR ")) return GitFault::ofBuild(line.substr(4));
  if (line.starts_with("version ")) return std::nullopt;
  if (first_) {
    first_ = false;
    const auto nul = line.find('\0');
    if (nul != std::string::npos) {
      if (auto fault = takeCapabilities(std::string_view(line).substr(nul + 1))) return fault;
      line.resize(nul);
    }
  }
  if (line.starts_with("shallow ")) {
    if (isOid(line.substr(8))) seen_.shallow.push_back(line.substr(8));
    return std::nullopt;
  }
  if (line.size() < 42 || line[40] != ' ' || !isOid(line.substr(0, 40)))
    return protocolFault("a reference " + shown(line));
  const auto oid = line.substr(0, 40);
  auto name = line.substr(41);
  if (name == "capabilities^{}") return std::nullopt;
  if (name == "HEAD") {
    seen_.head = oid;
  } else if (name.ends_with("^{}")) {
    name.resize(name.size() - 3);
    if (!seen_.refs.empty() && seen_.refs.back().name == name) seen_.refs.back().peeled = oid;
  } else if (name.starts_with("refs/")) {
    seen_.refs.push_back({name, oid, {}});
  }
  return std::nullopt;
}

std::optional<GitFault> AdvertisementReader::takeCapabilities(std::string_view capabilities) {
  while (!capabilities.empty()) {
    const auto space = capabilities.find(' ');
    const auto one = capabilities.substr(0, space);
    capabilities =
        space == std::string_view::npos ? std::string_view() : capabilities.substr(space + 1);
    if (one.starts_with("symref=HEAD:")) seen_.headRef = one.substr(12);
    if (one.starts_with("object-format=") && one != "object-format=sha1")
      return GitFault::ofBuild("the repository's " + std::string(one) + " is not supported");
    if (!one.empty()) seen_.capabilities.emplace_back(one);
  }
  return std::nullopt;
}

GitResult<Advertisement> AdvertisementReader::finish() {
  if (!service_ || !reader_.empty()) return protocolFault("its list of references is cut off");
  if (!ended_ && !first_) return protocolFault("its list of references is cut off");
  return std::move(seen_);
}

}  // namespace kiln::runtime
