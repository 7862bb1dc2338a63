// The words of `kiln watch`: phases, log lines, endings, the list of builds. Pure: the golden tests read them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/cli/build_facts.h"
#include "controller/cli/screen.h"

namespace kiln::cli {

inline constexpr std::string_view kWatchHint = "Ctrl-C leaves it running";

// "hello:1b2c…  build 12, us-east-1"
std::string headingText(const Traits& traits, const BuildFacts& build);

// On a terminal "✓ BUILD  1.2s"; in a pipe "==> BUILD SUCCEEDED in 1.2s".
std::string phaseText(const Traits& traits, const PhaseNews& news);

std::string logText(const Traits& traits, const LogLine& line, bool timestamps);

// The build's end: its status and how long it took, what failed; on a terminal the table of phases before it.
std::vector<std::string> endText(const Traits& traits, const BuildFacts& build);

// The live line below the log: what runs now and for how long, and what Ctrl-C would do. `frame` turns the spinner.
std::string nowText(const Traits& traits, const BuildFacts& build, double now, unsigned frame,
                    std::string_view hint = kWatchHint);

// One line of the plain list: "id  phase  status  elapsed".
std::string listLine(const BuildFacts& build, double now);

// The live list, newest first, as many as fit in `rows`.
std::vector<std::string> listTable(const Traits& traits, const std::vector<BuildFacts>& newestFirst,
                                   double now);

Tone toneOf(const std::string& status);

}  // namespace kiln::cli
