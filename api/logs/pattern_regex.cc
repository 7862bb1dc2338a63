#include "api/logs/pattern_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <new>

#include "api/logs/pattern_text.h"

namespace kiln::api::logs {
namespace {

constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kDepthLimit = 1'000;
constexpr std::uint32_t kHeapKilobytes = 4'096;
constexpr std::string_view kSymbols = ":_#=@/;,-^$?[]{}|\\*+.";

bool isTaken(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kSymbols.find(c) != kSymbols.npos;
}

void refuseUntaken(const std::string& source) {
  if (source.empty()) throw PatternError("a regular expression is empty");
  for (const char c : source) {
    if (isTaken(c)) continue;
    const bool shown = c >= 0x20 && c < 0x7f;
    throw PatternError("the regular expression '%" + source +
                       "%' has a character that is not supported" +
                       (shown ? std::string(": '") + c + "'" : ""));
  }
}

}  // namespace

struct PatternRegex::Compiled {
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;

  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }
};

PatternRegex::PatternRegex(const std::string& source) {
  refuseUntaken(source);
  auto compiled = std::make_shared<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.data()), source.size(),
                    PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF, &error, &offset, nullptr);
  if (compiled->code == nullptr) {
    std::array<PCRE2_UCHAR, 160> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    throw PatternError("the regular expression '%" + source + "%' is not valid at its character " +
                       std::to_string(offset + 1) + ": " +
                       reinterpret_cast<const char*>(text.data()));
  }
  compiled->limits = pcre2_match_context_create(nullptr);
  if (compiled->limits == nullptr) throw std::bad_alloc();
  pcre2_set_match_limit(compiled->limits, kMatchLimit);
  pcre2_set_depth_limit(compiled->limits, kDepthLimit);
  pcre2_set_heap_limit(compiled->limits, kHeapKilobytes);
  compiled_ = std::move(compiled);
}

bool PatternRegex::findsIn(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(compiled_->code, nullptr), &pcre2_match_data_free);
  if (match == nullptr) throw std::bad_alloc();
  return pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                     match.get(), compiled_->limits) >= 0;
}

}  // namespace kiln::api::logs
