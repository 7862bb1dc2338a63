#include "controller/cli/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "controller/core/result.h"

namespace kiln::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

std::string_view codeOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain: return "";
    case Tone::kDim: return "\x1b[2m";
    case Tone::kBold: return "\x1b[1m";
    case Tone::kGood: return "\x1b[32m";
    case Tone::kBad: return "\x1b[31m";
    case Tone::kBusy: return "\x1b[36m";
  }
  unreachable();
}

// The length of the escape sequence that `text` begins with; 0 when it does not.
std::size_t escapeLength(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  std::size_t end = 2;
  while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
  return end < text.size() ? end + 1 : end;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Not at once where somebody else has made the descriptor non-blocking.
void waitForRoom(int descriptor) {
  pollfd output{.fd = descriptor, .events = POLLOUT, .revents = 0};
  ::poll(&output, 1, -1);
}

// 0, or the system's number for why not.
int writeAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      waitForRoom(descriptor);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// Known without writing, so that `kiln watch | head -1` ends although nothing happens.
bool hasReader(int descriptor) {
  pollfd output{.fd = descriptor, .events = 0, .revents = 0};
  return ::poll(&output, 1, 0) <= 0 || (output.revents & POLLERR) == 0;
}

}  // namespace

Traits traitsOf(int descriptor, bool noColour) {
  Traits traits;
  const char* terminal = std::getenv("TERM");
  const char* refused = std::getenv("NO_COLOR");
  traits.live =
      isatty(descriptor) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
  traits.colour = traits.live && !noColour && (refused == nullptr || *refused == '\0');
  winsize size{};
  if (traits.live && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    traits.columns = size.ws_col;
    traits.rows = size.ws_row;
  }
  return traits;
}

std::string paint(const Traits& traits, Tone tone, std::string_view text) {
  if (!traits.colour || tone == Tone::kPlain) return std::string(text);
  return std::string(codeOf(tone)).append(text).append(kReset);
}

std::size_t visibleWidth(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t escape = escapeLength(text.substr(i))) {
      i += escape;
      continue;
    }
    if (!continues(text[i])) ++width;
    ++i;
  }
  return width;
}

std::string clipped(std::string_view text, std::size_t columns) {
  if (visibleWidth(text) <= columns) return std::string(text);
  std::string kept;
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t escape = escapeLength(text.substr(i))) {
      kept += text.substr(i, escape);
      i += escape;
      continue;
    }
    if (!continues(text[i]) && ++width > columns) break;
    kept += text[i++];
  }
  if (kept.find('\x1b') != std::string::npos) kept += kReset;
  return kept;
}

Screen::~Screen() {
  if (shown_ == 0) return;
  live({});
  flush();
}

std::string Screen::paint(Tone tone, std::string_view text) const {
  return cli::paint(traits_, tone, text);
}

void Screen::line(std::string_view text) { pending_.append(text).append("\n"); }

void Screen::live(std::vector<std::string> lines) {
  if (!traits_.live || lines == live_) return;
  live_ = std::move(lines);
  changed_ = true;
}

void Screen::eraseLive() {
  std::string erase;
  if (shown_ > 0) erase = "\x1b[" + std::to_string(shown_) + "A\r\x1b[J";
  pending_.insert(0, erase);
  shown_ = 0;
}

bool Screen::flush() {
  if (pending_.empty() && !changed_) {
    if (!hasReader(descriptor_)) failure_ = EPIPE;
    return failure_ == 0;
  }
  eraseLive();
  for (const std::string& text : live_) {
    pending_ +=
        clipped(text, static_cast<std::size_t>(traits_.columns > 1 ? traits_.columns - 1 : 1));
    pending_ += '\n';
  }
  shown_ = live_.size();
  changed_ = false;
  failure_ = writeAll(descriptor_, std::exchange(pending_, {}));
  return failure_ == 0;
}

}  // namespace kiln::cli
