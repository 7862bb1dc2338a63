#include <gtest/gtest.h>

#include "runtime/buildspec/buildspec.h"
#include "runtime/buildspec/yaml_document.h"

namespace kiln::runtime {
namespace {

std::string refusal(const std::string& text) {
  const auto spec = parseBuildspec(text);
  return spec.ok() ? "accepted" : spec.error().message;
}

const std::string kHead = "version: 0.2\nphases:\n  build:\n    commands:\n";  // four lines

struct Case {
  const char* what;
  std::string text;
  const char* message;
};

void expectRefusals(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(refusal(c.text), c.message) << c.what;
}

TEST(BuildspecErrorsTest, ACommandThatIsAMappingIsToldWithItsLine) {
  expectRefusals({
      {"on line 10",
       "version: 0.2\n\n\n\n\nphases:\n  build:\n\n    commands:\n      - echo foo: bar\n",
       "Expected Commands[0] to be of string type: found subkeys instead at line 10, value of the "
       "key tag on line 9 might be empty"},
      {"third of its list", kHead + "      - a\n      - b\n      - c: d\n",
       "Expected Commands[2] to be of string type: found subkeys instead at line 7, value of the "
       "key tag on line 6 might be empty"},
      {"finally", kHead + "      - a\n    finally:\n      - x: y\n",
       "Expected Finally[0] to be of string type: found subkeys instead at line 7, value of the "
       "key tag on line 6 might be empty"},
      {"the first mistake is told", kHead + "      - a: b\n      - c: d\n",
       "Expected Commands[0] to be of string type: found subkeys instead at line 5, value of the "
       "key tag on line 4 might be empty"},
  });
}

TEST(BuildspecErrorsTest, TextThatIsNotYamlIsToldInGoYamlsWords) {
  expectRefusals({
      {"one line", "version: 0.2 phases: build: x",
       "mapping values are not allowed in this context at line 0"},
      {"tab", "version: 0.2\n\nphases:\n\tbuild:\n\t\tcommands: [a]\n",
       "found character that cannot start any token at line 3"},
      {"flow sequence", "version: 0.2\nphases:\n  build:\n    commands: [a, b\n",
       "did not find expected ',' or ']' at line 4"},
      {"flow map", "version: 0.2\nphases: {build: {commands: [a]}\n",
       "did not find expected ',' or '}' at line 2"},
      {"quote", kHead + "      - \"echo\n", "found unexpected end of stream at line 5"},
      {"quote without a last break", kHead + "      - 'echo",
       "found unexpected end of stream at line 4"},
      {"quote up to a document mark", kHead + "      - 'echo\n---\nmore\n",
       "found unexpected document indicator at line 5"},
      {"reserved character", kHead + "      - @foo\n",
       "found character that cannot start any token at line 4"},
      {"alias of nothing", kHead + "      - *foo\n", "unknown anchor referenced at line 4"},
      {"escape", kHead + "      - \"\\q\"\n", "found unknown escape character at line 4"},
      {"dedent", kHead + "      - a\n     - b\n", "did not find expected key at line 5"},
      {"control character", kHead + "      - a\x01\n",
       "control characters are not allowed at line 4"},
      {"latin-1", kHead + "      - caf\xE9 au lait\n", "invalid trailing UTF-8 octet at line 4"},
      {"no lead octet", kHead + "      - \xFF\n", "invalid leading UTF-8 octet at line 4"},
      {"cut off", kHead + "      - \xE2\x82", "incomplete UTF-8 octet sequence at line 4"},
      {"overlong", kHead + "      - \xE0\x80\x80\n",
       "invalid length of a UTF-8 sequence at line 4"},
      {"surrogate", kHead + "      - \xED\xA0\x80\n", "invalid Unicode character at line 4"},
  });
}

TEST(BuildspecErrorsTest, WhatIsNoBuildspecIsToldSo) {
  const char* const noPhases = "wrong number of container tags, expected 1";
  expectRefusals({
      {"empty", "", noPhases},
      {"comment", "# later\n", noPhases},
      {"no phases", "version: 0.2\n", noPhases},
      {"null phases", "version: 0.2\nphases:\n", noPhases},
      {"list", "- a\n",
       "Expected the buildspec to be of mapping type: found list instead at line 1"},
      {"word", "\nhello\n",
       "Expected the buildspec to be of mapping type: found string instead at line 2"},
      {"no version", "phases: {build: }\n",
       "the buildspec has no version: it should begin with 'version: 0.2'"},
      {"version 0.3", "version: 0.3\nphases: {build: }\n",
       "the buildspec has version '0.3': only 0.2 and 0.1 exist"},
      {"version is a list", "version: [0.2]\nphases: {build: }\n",
       "Expected Version to be of string type: found list instead at line 1"},
  });
}

TEST(BuildspecErrorsTest, WrongTypesAreToldWithKeyAndLine) {
  expectRefusals({
      {"phases", "version: 0.2\nphases: [a]\n",
       "Expected Phases to be of mapping type: found list instead at line 2"},
      {"phase", "version: 0.2\nphases:\n  build: echo\n",
       "Expected phase build to be of mapping type: found string instead at line 3"},
      {"commands", "version: 0.2\nphases: {build: {commands: echo hi}}\n",
       "Expected Commands to be of list type: found string instead at line 2"},
      {"command", kHead + "      - [a]\n",
       "Expected Commands[0] to be of string type: found list instead at line 5"},
      {"env", "version: 0.2\nenv: x\nphases: {build: }\n",
       "Expected Env to be of mapping type: found string instead at line 2"},
      {"variables", "version: 0.2\nenv: {variables: [A]}\nphases: {build: }\n",
       "Expected Variables to be of mapping type: found list instead at line 2"},
      {"variable", "version: 0.2\nenv:\n  variables:\n    A: {b: c}\nphases: {build: }\n",
       "Expected Variables[A] to be of string type: found subkeys instead at line 4"},
      {"parameter", "version: 0.2\nenv: {parameter-store: {A: [b]}}\nphases: {build: }\n",
       "Expected Parameter-store[A] to be of string type: found list instead at line 2"},
      {"shell", "version: 0.2\nenv: {shell: powershell.exe}\nphases: {build: }\n",
       "env.shell on line 2 is 'powershell.exe': a Linux build runs its commands with bash, sh or "
       "/bin/sh"},
      {"NUL", "version: 0.2\nphases: {build: {commands: [\"a\\0b\"]}}\n",
       "Commands[0] on line 2 holds a NUL character"},
      {"map as key", "version: 0.2\n? {a: b}\n: c\n", "invalid map key at line 1"},
      {"merge of text", "version: 0.2\n<<: text\n",
       "map merge requires map or sequence of maps as the value at line 1"},
  });
}

TEST(BuildspecErrorsTest, AMessageQuotesLittleAndOnOneLine) {
  const std::string message =
      refusal("version: \"" + std::string(5000, 'v') + "\\n\"\nphases: {build: }\n");
  EXPECT_LT(message.size(), 250u);
  EXPECT_EQ(refusal("version: \"0\\n2\"\nphases: {build: }\n"),
            "the buildspec has version '0?2': only 0.2 and 0.1 exist");
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

TEST(BuildspecErrorsTest, ABombIsAnOrdinaryError) {
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 0; n < 8; ++n) laughs += ", " + before;
    laughs += "]\n";
  }
  const std::string longText = "x: &x " + std::string(300'000, 'y') + "\n";
  expectRefusals({
      {"a list of lists of lists", laughs + "version: 0.2\nphases: {build: {commands: *a29}}\n",
       "Expected Commands[0] to be of string type: found list instead at line 29"},
      {"a long text many times",
       "version: 0.2\n" + longText + "phases: {build: {commands: [*x, *x, *x, *x]}}\n",
       "the buildspec's aliases repeat more than 1048576 bytes at line 2"},
      {"a node in itself", "version: 0.2\nphases: &p\n  build: *p\n",
       "anchor value contains itself at line 2"},
      {"deep", repeated("- ", 100'000),
       "exceeded the depth that a buildspec may be nested to at line 0"},
      {"many", "version: 0.2\nx:\n" + repeated("- a\n", 800'000),
       "the buildspec has more than 100000 values at line 99995"},
      {"huge", std::string(YamlDocument::kMaxBytes + 1, 'x'),
       "the buildspec has 1048577 bytes, more than the 1048576 that Kiln reads"},
  });
}

TEST(BuildspecErrorsTest, NoTextOfOnePieceRepeatedEscapesTheParser) {
  for (const char* piece :
       {"[",   "{",  "{a: ", "? ",   "'",     "\"",    ":",           ": ",       "&",
        "&a ", "*",  "!",    "!!x ", "|",     "- |\n", "[]",          "{}: ",     "\n",
        " ",   "\t", "#\n",  "a: ",  "---\n", "...\n", "%YAML 1.2\n", "\r",       "\\",
        "`",   "[?", "<<: ", "{,",   "[\"",   "- - ",  ">\n ",        "\xC2\x85", "\xE2\x80\xA8"}) {
    const auto spec = parseBuildspec(repeated(piece, 200'000));
    EXPECT_FALSE(spec.ok()) << piece;
  }
}

}  // namespace
}  // namespace kiln::runtime
