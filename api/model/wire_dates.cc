#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "api/model/timestamp.h"

namespace kiln::api {
namespace {

using std::chrono::sys_days;

constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  std::chrono::year_month_day date;
  unsigned weekday;
  int hour, minute, second, millis;
};

Parts partsOf(TimePoint time) {
  const auto millis = std::chrono::floor<Millis>(time);
  const auto day = std::chrono::floor<std::chrono::days>(millis);
  const std::chrono::hh_mm_ss<Millis> clock(millis - day);
  return {std::chrono::year_month_day(day),          std::chrono::weekday(day).c_encoding(),
          static_cast<int>(clock.hours().count()),   static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count())};
}

std::optional<TimePoint> toTime(int year, unsigned month, unsigned day, int hour, int minute,
                                int second) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  return TimePoint(sys_days(date)) + std::chrono::hours(hour) + Minutes(minute) + Seconds(second);
}

// Reads a text from its front; every step fails once one has.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t least, std::size_t most) {
    int number = 0;
    std::size_t count = 0;
    while (count < most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      number = number * 10 + (rest_[count++] - '0');
    }
    if (count < least) failed_ = true;
    rest_.remove_prefix(count);
    return number;
  }
  void skipDigits() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789"), rest_.size()));
  }
  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  void expect(std::string_view expected) { failed_ |= !skip(expected); }
  // The number of a name, from 1; 0 and failed when none is there.
  template <typename Names>
  unsigned oneOf(const Names& names) {
    for (unsigned at = 0; at < names.size(); ++at) {
      if (skip(names[at])) return at + 1;
    }
    failed_ = true;
    return 0;
  }
  void skipPast(char end) {
    const auto at = rest_.find(end);
    if (at == std::string_view::npos) {
      failed_ = true;
    } else {
      rest_.remove_prefix(at + 1);
    }
  }
  bool failed() const { return failed_; }
  bool atEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// Milliseconds of `.5`, `.123456`; 0 when there is no fraction.
int fractionOf(Reader& reader) {
  if (!reader.skip(".")) return 0;
  int millis = reader.digits(1, 1) * 100;
  millis += reader.digits(0, 1) * 10;
  millis += reader.digits(0, 1);
  reader.skipDigits();
  return millis;
}

// Minutes east of Greenwich.
int offsetOf(Reader& reader) {
  if (reader.atEnd() || reader.skip("Z")) return 0;
  const int sign = reader.skip("-") ? -1 : 1;
  if (sign > 0) reader.expect("+");
  const int hours = reader.digits(2, 2);
  reader.skip(":");
  return sign * (hours * 60 + reader.digits(2, 2));
}

}  // namespace

std::string toIsoMillis(TimePoint time) {
  const Parts p = partsOf(time);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(p.date.year()), static_cast<unsigned>(p.date.month()),
                static_cast<unsigned>(p.date.day()), p.hour, p.minute, p.second, p.millis);
  return text;
}

std::string toHttpDate(TimePoint time) {
  const Parts p = partsOf(time);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[p.weekday],
                static_cast<unsigned>(p.date.day()),
                kMonths[static_cast<unsigned>(p.date.month()) - 1], static_cast<int>(p.date.year()),
                p.hour, p.minute, p.second);
  return text;
}

std::optional<TimePoint> fromIso8601(std::string_view text) {
  Reader reader(text);
  const int year = reader.digits(4, 4);
  const bool compact = !reader.skip("-");
  const auto month = static_cast<unsigned>(reader.digits(2, 2));
  if (!compact) reader.expect("-");
  const auto day = static_cast<unsigned>(reader.digits(2, 2));
  int hour = 0, minute = 0, second = 0, millis = 0, offset = 0;
  if (!reader.atEnd()) {
    reader.expect("T");
    hour = reader.digits(2, 2);
    if (!compact) reader.expect(":");
    minute = reader.digits(2, 2);
    if (!compact) reader.expect(":");
    second = reader.digits(2, 2);
    millis = fractionOf(reader);
    offset = offsetOf(reader);
  }
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  auto time = toTime(year, month, day, hour, minute, second);
  if (time) *time += Millis(millis) - Minutes(offset);
  return time;
}

std::optional<TimePoint> fromHttpDate(std::string_view text) {
  Reader reader(text);
  reader.oneOf(kDays);
  if (reader.failed()) return std::nullopt;
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  const auto readClock = [&] {
    hour = reader.digits(2, 2);
    reader.expect(":");
    minute = reader.digits(2, 2);
    reader.expect(":");
    second = reader.digits(2, 2);
  };
  if (reader.skip(" ")) {  // Sun Nov  6 08:49:37 1994
    month = reader.oneOf(kMonths);
    reader.expect(" ");
    reader.skip(" ");
    day = static_cast<unsigned>(reader.digits(1, 2));
    reader.expect(" ");
    readClock();
    reader.expect(" ");
    year = reader.digits(4, 4);
  } else {  // Sun, 06 Nov 1994 08:49:37 GMT · Sunday, 06-Nov-94 08:49:37 GMT
    reader.skipPast(',');
    reader.expect(" ");
    day = static_cast<unsigned>(reader.digits(1, 2));
    const std::string_view between = reader.skip("-") ? "-" : " ";
    if (between == " ") reader.expect(" ");
    month = reader.oneOf(kMonths);
    reader.expect(between);
    year = reader.digits(2, 4);
    if (year < 100) year += year < 70 ? 2000 : 1900;
    reader.expect(" ");
    readClock();
    reader.expect(" ");
    if (!reader.skip("GMT") && !reader.skip("UTC")) reader.expect("+0000");
  }
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return toTime(year, month, day, hour, minute, second);
}

}  // namespace kiln::api
