#include "controller/cli/watch_text.h"

#include <algorithm>
#include <array>

namespace kiln::cli {
namespace {

constexpr std::array<std::string_view, 10> kSpinner = {"⠋", "⠙", "⠹", "⠸", "⠼",
                                                       "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::size_t kPhaseColumn = 18;  // DOWNLOAD_SOURCE, UPLOAD_ARTIFACTS and a gap
constexpr std::size_t kStatusColumn = 13;
constexpr std::size_t kTimeColumn = 9;

std::string padded(std::string_view text, std::size_t columns) {
  std::string wide(text);
  const std::size_t width = visibleWidth(text);
  if (width < columns) wide.append(columns - width, ' ');
  return wide;
}

std::string_view markOf(const std::string& status) {
  if (status == "SUCCEEDED") return "✓";
  if (status == "STOPPED") return "■";
  return "✗";
}

double lengthOf(const PhaseFacts& phase) { return phase.end - phase.start; }

std::string livePhase(const Traits& traits, const PhaseFacts& phase) {
  const std::string time = durationText(lengthOf(phase));
  std::string line = paint(traits, toneOf(phase.status), markOf(phase.status)) + " ";
  line += padded(phase.name, kPhaseColumn);
  line += paint(traits, Tone::kDim, time);
  if (!phase.good()) line += "  " + paint(traits, toneOf(phase.status), phase.status);
  if (!phase.problem.empty()) line += "  " + paint(traits, Tone::kBad, phase.problem);
  return line;
}

std::string plainPhase(const PhaseFacts& phase) {
  std::string line =
      "==> " + phase.name + " " + phase.status + " in " + durationText(lengthOf(phase));
  if (!phase.problem.empty()) line += ": " + phase.problem;
  return line;
}

}  // namespace

Tone toneOf(const std::string& status) {
  if (status == "SUCCEEDED") return Tone::kGood;
  if (status.empty() || status == "IN_PROGRESS") return Tone::kBusy;
  return Tone::kBad;
}

std::string headingText(const Traits& traits, const BuildFacts& build) {
  const std::string about = "build " + std::to_string(build.number) + ", " + build.region;
  return paint(traits, Tone::kBold, build.id) + "  " + paint(traits, Tone::kDim, about);
}

std::string phaseText(const Traits& traits, const PhaseNews& news) {
  if (!news.started) return traits.live ? livePhase(traits, news.phase) : plainPhase(news.phase);
  if (!traits.live) return "==> " + news.phase.name + " started";
  return paint(traits, Tone::kBusy, "▸") + " " + news.phase.name;
}

std::string logText(const Traits& traits, const LogLine& line, bool timestamps) {
  std::string text = line.text;
  if (traits.live) {
    // A progress bar redraws its line: what it ended as is what counts.
    while (text.ends_with('\r')) text.pop_back();
    if (const auto back = text.rfind('\r'); back != std::string::npos) text.erase(0, back + 1);
    if (text.find('\x1b') != std::string::npos) text += "\x1b[0m";
  }
  if (timestamps) text.insert(0, paint(traits, Tone::kDim, line.time) + " ");
  return text;
}

std::vector<std::string> endText(const Traits& traits, const BuildFacts& build) {
  std::vector<std::string> lines;
  if (traits.live) {
    lines.emplace_back();
    for (const PhaseFacts& phase : build.phases) {
      if (phase.ended()) lines.push_back(livePhase(traits, phase));
    }
  }
  const std::string verdict = paint(traits, toneOf(build.status), build.status) + " in " +
                              durationText(build.elapsed(build.end));
  lines.push_back(traits.live ? verdict + "  " + build.id : "==> " + build.id + " " + verdict);
  return lines;
}

std::string nowText(const Traits& traits, const BuildFacts& build, double now, unsigned frame,
                    std::string_view hint) {
  std::string line = paint(traits, Tone::kBusy, kSpinner[frame % kSpinner.size()]) + " ";
  const double since = build.phases.empty() ? build.start : build.phases.back().start;
  line += build.phase + " " + durationText(now - since);
  return line + paint(traits, Tone::kDim,
                      "  " + build.id + ", " + durationText(now - build.start) + " in all; " +
                          std::string(hint));
}

std::string listLine(const BuildFacts& build, double now) {
  return build.id + "  " + build.phase + "  " + build.status + "  " +
         durationText(build.elapsed(now));
}

std::vector<std::string> listTable(const Traits& traits, const std::vector<BuildFacts>& newestFirst,
                                   double now) {
  std::vector<std::string> lines;
  if (newestFirst.empty()) {
    lines.push_back(paint(traits, Tone::kDim, "No builds yet; waiting. Ctrl-C ends."));
    return lines;
  }
  lines.push_back(paint(traits, Tone::kDim,
                        padded("STATUS", kStatusColumn) + padded("PHASE", kPhaseColumn) +
                            padded("ELAPSED", kTimeColumn) + "BUILD"));
  const std::size_t room = static_cast<std::size_t>(std::max(traits.rows - 3, 1));
  for (std::size_t i = 0; i < std::min(room, newestFirst.size()); ++i) {
    const BuildFacts& build = newestFirst[i];
    lines.push_back(padded(paint(traits, toneOf(build.status), build.status), kStatusColumn) +
                    padded(build.phase, kPhaseColumn) +
                    padded(durationText(build.elapsed(now)), kTimeColumn) + build.id);
  }
  if (newestFirst.size() > room) {
    lines.push_back(
        paint(traits, Tone::kDim, "… and " + std::to_string(newestFirst.size() - room) + " more"));
  }
  return lines;
}

}  // namespace kiln::cli
