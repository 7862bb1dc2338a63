// The filter language: what matches, what does not, and what is refused with which words.
#include "api/logs/filter_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kiln::api::logs {
namespace {

struct Row {
  std::string pattern;
  std::string message;
  bool matches;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    auto pattern = FilterPattern::parse(row.pattern);
    ASSERT_TRUE(pattern.ok()) << row.pattern << ": " << pattern.error().message;
    EXPECT_EQ(pattern->matches(row.message), row.matches) << row.pattern << " on " << row.message;
  }
}

std::string refusal(const std::string& pattern) {
  auto parsed = FilterPattern::parse(pattern);
  return parsed.ok() ? "was taken" : parsed.error().message;
}

TEST(FilterPattern, Terms) {
  check({
      {"", "anything", true},
      {"  ", "anything", true},
      {"\" \"", "anything", true},
      {"\"\"", "", true},
      {"ERROR", "[ERROR 400] BAD REQUEST", true},
      {"ERROR", "[error 400]", false},
      {"ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true},
      {"ARGUMENTS ERROR", "[ERROR 419] MISSING ARGUMENTS", true},
      {"ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", false},
      {"\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true},
      {"\"INTERNAL SERVER ERROR\"", "INTERNAL  SERVER ERROR", false},
      {R"("say \"hi\" \\")", R"(they say "hi" \ there)", true},
      {R"("C:\temp")", R"(in C:\temp)", true},
      {"ERROR -EXITING", "ERROR: retry", true},
      {"ERROR -EXITING", "ERROR EXITING", false},
      {"-DEBUG", "INFO", true},
      {"-DEBUG", "DEBUG", false},
      {"-\"a b\"", "a b", false},
      {"?ERROR ?WARN", "WARN disk", true},
      {"?ERROR ?WARN", "ERROR disk", true},
      {"?ERROR ?WARN", "INFO disk", false},
      {"?\"two words\" ?x", "two words", true},
      {"?ERROR ?WARN REQUEST", "REQUEST only", true},
      {"?ERROR ?WARN REQUEST", "ERROR only", false},
      {"?ERROR -REQUEST", "INFO", true},
      {"größe", "die größe", true},
  });
}

TEST(FilterPattern, RegularExpressions) {
  check({
      {"%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true},
      {"%AUTHORIZED%", "denied", false},
      {"%^[hc]at%", "hat", true},
      {"%^[hc]at%", "a hat", false},
      {"%[hc]at$%", "a cat", true},
      {"%colou?r%", "color", true},
      {"%a{3,5}%", "aaa", true},
      {"%a{3,5}%", "aa", false},
      {"%gray|grey%", "grey", true},
      {R"(%10\.10\.0\.1%)", "10.10.0.1", true},
      {R"(%10\.10\.0\.1%)", "10a10.0.1", false},
      {R"(%\d+\s\w+%)", "see 12 monkeys", true},
      {"ERROR %4[0-9]+%", "ERROR 404", true},
      {"ERROR -%4[0-9]+%", "ERROR 404", false},
  });
}

TEST(FilterPattern, Json) {
  const std::string trail =
      R"({"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],)"
      R"("objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"ThisFlag":true,"No":false,)"
      R"("bandwidth":100,"small":1e-3,"neg":-4.5,"user":{"id":1,"email":"John.Doe@example.com","a.b":"dot"},"code":"500"})";
  check({
      {R"({ $.eventType = "UpdateTrail" })", trail, true},
      {R"({$.eventType="UpdateTrail"})", trail, true},
      {R"({ $.eventType = UpdateTrail })", trail, true},
      {R"({ $.eventType = "updateTrail" })", trail, false},
      {R"({ $.eventType = "Update*" })", trail, true},
      {R"({ $.eventType = "*Trail" })", trail, true},
      {R"({ $.eventType = *ateTr* })", trail, true},
      {R"({ $.eventType = "*x*" })", trail, false},
      {R"({ $.eventType != "Other" })", trail, true},
      {R"({ $.missing != "Other" })", trail, false},
      {R"({ $.sourceIPAddress = 111.111.* })", trail, true},
      {R"({ $.sourceIPAddress != 123.123.* })", trail, true},
      {R"({ $.arrayKey[0] = "value" })", trail, true},
      {R"({ $.arrayKey[1] = "value" })", trail, false},
      {R"({ $.arrayKey[9] = "value" })", trail, false},
      {R"({ $.arrayKey[*] = "another value" })", trail, true},
      {R"({ $.objectList[1].id = 2 })", trail, true},
      {R"({ $.objectList[*].name = b })", trail, true},
      {R"({ $.SomeObject IS NULL })", trail, true},
      {R"({ $.eventType IS NULL })", trail, false},
      {R"({ $.missing IS NULL })", trail, false},
      {R"({ $.ThisFlag IS TRUE })", trail, true},
      {R"({ $.No IS FALSE })", trail, true},
      {R"({ $.No is true })", trail, false},
      {R"({ $.missing NOT EXISTS })", trail, true},
      {R"({ $.SomeObject NOT EXISTS })", trail, false},
      {R"({ $.SomeObject EXISTS })", trail, true},
      {R"({ $.bandwidth > 75 })", trail, true},
      {R"({ $.bandwidth >= 100 && $.bandwidth <= 100 })", trail, true},
      {R"({ $.bandwidth < 1e2 })", trail, false},
      {R"({ $.bandwidth = 1e2 })", trail, true},
      {R"({ $.bandwidth = 10* })", trail, true},
      {R"({ $.small = 0.001 })", trail, true},
      {R"({ $.neg < -4 })", trail, true},
      {R"({ $.eventType > 1 })", trail, false},
      {R"({ $.code = 500 })", trail, true},
      {R"({ $.code > 400 })", trail, false},
      {R"({ $.user = "x" })", trail, false},
      {R"({ $.user != "x" })", trail, false},
      {R"({ ($.user.id = 1) && ($.user.email = "John.Doe@example.com") })", trail, true},
      {R"({ $.user["a.b"] = "dot" })", trail, true},
      {R"({ $.user.id = 2 || $.bandwidth = 100 && $.No IS FALSE })", trail, true},
      {R"({ ($.user.id = 1 || $.bandwidth = 0) && $.No IS TRUE })", trail, false},
      {R"({ $.user.id = 1 || $.bandwidth = 0 && $.No IS TRUE })", trail, true},
      {R"({ !($.user.id = 2) && !$.missing = 1 })", trail, true},
      {R"({ $.eventType = %Trail% })", trail, true},
      {R"({ $.eventType != %^Trail% })", trail, true},
      {R"({ $.eventType = "x" })", "no json", false},
      {R"({ $.a NOT EXISTS })", "no json", false},
      {R"({ $.a NOT EXISTS })", "{\"b\":", false},
      {R"({ $.a NOT EXISTS })", "17", false},
      {R"({ $[0].a = 1 })", R"([{"a":1}])", true},
  });
}

TEST(FilterPattern, Fields) {
  const std::string line =
      R"(127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534)";
  check({
      {"[ip, server, username, timestamp, request, status_code, bytes > 1000]", line, true},
      {"[ip, server, username, timestamp, request, status_code, bytes]", line, true},
      {"[ip, server, username, timestamp, request, status_code]", line, false},
      {"[ip, server, username, timestamp, request, status_code, bytes, more]", line, false},
      {"[ip, server, username, timestamp, request =*.html*, status_code = 4*, bytes]", line, true},
      {"[ip, server, username, timestamp, request=\"GET *\", status_code != 4*, bytes]", line,
       false},
      {"[..., status_code = 4*, bytes]", line, true},
      {"[ip=127.0.0.1, ...]", line, true},
      {"[ip, ..., bytes>1000 && bytes<2000]", line, true},
      {"[ip, ..., bytes>1000 && bytes<1500]", line, false},
      {"[ip, ..., (status_code = 404 || status_code = 410) && status_code != 410, bytes]", line,
       true},
      {"[..., username = Prod || username = %^fr%, timestamp = *2000*, request, status_code, "
       "bytes]",
       line, true},
      {"[..., status_code = 404.0, bytes = 1.534e3]", line, true},
      {"[w1 = ERROR, w2]", "ERROR WARN", true},
      {"[w1 != ERROR && w1 != WARN, w2]", "ERROR WARN", false},
      {"[...]", "", true},
      {"[a, ...]", "", false},
      {"[a > 1]", "x", false},
      {"[a, b]", "[one field", false},
      {"[a]", "\"one field", true},
  });
}

TEST(FilterPattern, WhatAPatternNamesIsExtracted) {
  auto fields = FilterPattern::parse("[ip, user, ..., status = 4*]");
  const ExtractedValues expected{{"$ip", "1.1.1.1"}, {"$user", "bo b"}, {"$status", "404"}};
  EXPECT_EQ(fields->extract("1.1.1.1 [bo b] x y 404"), expected);
  auto json = FilterPattern::parse(R"({ $.a.b = 1 || $.c[0] = "x" || $.d = 2 })");
  const ExtractedValues values{{"$.a.b", "1"}, {"$.c[0]", "y"}};
  EXPECT_EQ(json->extract(R"({"a":{"b":1},"c":["y"]})"), values);
  EXPECT_TRUE(FilterPattern::parse("ERROR")->extract("ERROR").empty());
}

TEST(FilterPattern, WhatIsWrongIsToldWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"a.b", "Invalid character(s) in term 'a.b'"},
      {"\"open", "Invalid filter pattern: a quotation mark is not closed at position 6"},
      {"ERROR %x",
       "Invalid filter pattern: a regular expression is not closed by '%' at position 7"},
      {"? ", "Invalid filter pattern: expected a term at position 2"},
      {"%a(b)%",
       "Invalid filter pattern: the regular expression '%a(b)%' has a character that is not "
       "supported: '('"},
      {"{ $.a }", "Invalid filter pattern: expected one of =, !=, <, <=, >, >= at position 7"},
      {"{ $.a = }", "Invalid filter pattern: expected a value to compare with at position 9"},
      {"{ $.a = 1", "Invalid filter pattern: expected '}', && or || at position 10"},
      {"{ $.a = 1 } x", "Invalid filter pattern: something follows the closing '}' at position 13"},
      {"{ a = 1 }",
       "Invalid filter pattern: expected a property selector, such as $.name at position 3"},
      {"{ $ = 1 }", "Invalid filter pattern: expected the name of a property at position 4"},
      {"{ $.a[x] = 1 }",
       "Invalid filter pattern: expected an index, * or a name in quotes at position 8"},
      {"{ $.a > x }",
       "Invalid filter pattern: the operators <, <=, >, >= take a number at position 10"},
      {"{ $.a > \"1\" }",
       "Invalid filter pattern: the operators <, <=, >, >= take a number without quotes at "
       "position 12"},
      {"{ $.a IS BIG }",
       "Invalid filter pattern: expected NULL, TRUE or FALSE after IS at position 10"},
      {"{ ($.a = 1 }", "Invalid filter pattern: expected ')' at position 12"},
      {"{ $.a = %x% || $.b = %y% || $.c = %z% }",
       "Invalid filter pattern: there are more than 2 regular expressions at position 40"},
      {"[a, b", "Invalid filter pattern: expected ',' or ']' at position 6"},
      {"[a,,b]", "Invalid filter pattern: expected the name of a field at position 4"},
      {"[]", "Invalid filter pattern: expected the name of a field at position 2"},
      {"[..., a, ...]", "Invalid filter pattern: there is more than one '...' at position 13"},
      {"[a = 1 && b = 2]",
       "Invalid filter pattern: the condition of field a names another field, b, at position 12"},
  };
  for (const auto& [pattern, message] : rows) EXPECT_EQ(refusal(pattern), message) << pattern;
  EXPECT_NE(refusal("%[a%").find("is not valid at its character"), std::string::npos);
  EXPECT_EQ(refusal(std::string(5000, 'a')),
            "Invalid filter pattern: it is longer than 1024 characters");
  EXPECT_NE(refusal("{" + std::string(500, '(')).find("nested too deep"), std::string::npos);
}

TEST(FilterPattern, MessagesMeantToCostMuchAreAnsweredSoon) {
  const std::string letters(200'000, 'a');
  auto regex = FilterPattern::parse("%a*a*a*a*a*a*a*b%");
  EXPECT_FALSE(regex->matches(letters));
  auto wild = FilterPattern::parse("[a = *a*a*a*a*a*a*b]");
  EXPECT_FALSE(wild->matches(letters));
  auto json = FilterPattern::parse("{ $.a = 1 }");
  EXPECT_FALSE(json->matches(std::string(1'000'000, '[')));
  const std::string deep = R"({"a":)" + std::string(300'000, '[') + std::string(300'000, ']') + "}";
  EXPECT_FALSE(json->matches(deep));
  EXPECT_TRUE(json->extract(deep).empty());
}

}  // namespace
}  // namespace kiln::api::logs
