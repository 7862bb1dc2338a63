#include "api/model/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <mutex>

namespace kiln::api {
namespace {

constexpr std::uint32_t kMatchLimit = 200'000;

// Java takes the hyphen of [\w-_] as itself; PCRE2 refuses it after a class escape unless it is escaped.
std::string withEscapedClassHyphens(std::string_view source) {
  constexpr std::string_view kClassEscapes = "wWdDsSpP";
  std::string out;
  bool inClass = false;
  for (std::size_t at = 0; at < source.size(); ++at) {
    const char c = source[at];
    out += c;
    if (c == '\\' && at + 1 < source.size()) {
      out += source[++at];
      const bool isClass = kClassEscapes.find(source[at]) != std::string_view::npos;
      if (inClass && isClass && at + 2 < source.size() && source[at + 1] == '-' &&
          source[at + 2] != ']') {
        out += "\\-";
        ++at;
      }
    } else if (c == '[') {
      inClass = true;
    } else if (c == ']') {
      inClass = false;
    }
  }
  return out;
}

pcre2_code* compiled(const std::string& source, int& error, PCRE2_SIZE& where) {
  const std::string text = withEscapedClassHyphens(source);
  return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                       PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY, &error, &where, nullptr);
}

}  // namespace

struct Pattern::Compiled {
  std::once_flag once;
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;

  void compile(const std::string& source) {
    int error = 0;
    PCRE2_SIZE where = 0;
    code = compiled(source, error, where);
    if (code == nullptr) {
      spdlog::critical("event=bad_pattern pattern={} error={} offset={}", source, error, where);
      std::abort();
    }
    limits = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(limits, kMatchLimit);
  }

  ~Compiled() {
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }
};

Pattern::Pattern(std::string source)
    : source_(std::move(source)), compiled_(std::make_unique<Compiled>()) {}

Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  std::call_once(compiled_->once, [this] { compiled_->compile(source_); });
  auto* found = pcre2_match_data_create(1, nullptr);
  const int count =
      pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                  PCRE2_ANCHORED | PCRE2_ENDANCHORED, found, compiled_->limits);
  pcre2_match_data_free(found);
  return count >= 0;
}

bool Pattern::compiles(const std::string& source) {
  int error = 0;
  PCRE2_SIZE where = 0;
  pcre2_code* const code = compiled(source, error, where);
  pcre2_code_free(code);
  return code != nullptr;
}

}  // namespace kiln::api
