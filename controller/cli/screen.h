// Screen: a command's output. Lines go up and away; on a terminal a live part stays below them and is redrawn in place. In a
// pipe there is no live part, no colour, no cursor movement.
//
// Owner and thread: one command's. Nothing is shown before flush(). The destructor leaves the terminal as it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::cli {

enum class Tone { kPlain, kDim, kBold, kGood, kBad, kBusy };

// What the output can do.
struct Traits {
  bool live = false;  // a terminal that can be redrawn
  bool colour = false;
  int columns = 80;
  int rows = 24;
};

// Of the descriptor: colour and live on a terminal, unless `noColour`, NO_COLOR or TERM=dumb say otherwise.
Traits traitsOf(int descriptor, bool noColour);

// `text` in its tone; just `text` without colour.
std::string paint(const Traits& traits, Tone tone, std::string_view text);

// How many columns `text` takes, colour codes left out (each character counts as one).
std::size_t visibleWidth(std::string_view text);

// At most `columns` visible characters of it, colours closed.
std::string clipped(std::string_view text, std::size_t columns);

class Screen {
 public:
  Screen(int descriptor, Traits traits) : descriptor_(descriptor), traits_(traits) {}
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  const Traits& traits() const { return traits_; }
  std::string paint(Tone tone, std::string_view text) const;

  void line(std::string_view text);
  void live(std::vector<std::string> lines);  // without effect when the output is not live
  // False when it cannot be shown; failure() is the system's number for why, EPIPE when nobody reads any more.
  bool flush();
  int failure() const { return failure_; }

 private:
  void eraseLive();

  const int descriptor_;
  const Traits traits_;
  std::string pending_;            // lines not yet written
  std::vector<std::string> live_;  // as it should be
  std::size_t shown_ = 0;          // lines of the live part on the terminal
  bool changed_ = false;
  int failure_ = 0;
};

}  // namespace kiln::cli
