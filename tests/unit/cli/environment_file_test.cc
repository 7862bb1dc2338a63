#include "controller/cli/environment_file.h"

#include <gtest/gtest.h>

#include <map>

namespace kiln::cli {
namespace {

const Environment kHere = [](const char* name) {
  const std::map<std::string, std::string> here = {{"SET", "from here"}};
  const auto found = here.find(name);
  return found == here.end() ? std::string() : found->second;
};

std::string joined(const Result<std::vector<EnvVar>>& read) {
  if (!read.ok()) return "error: " + read.error().message;
  std::string text;
  for (const EnvVar& one : *read) {
    EXPECT_EQ(one.type, EnvVarType::kPlaintext);
    text += one.name + "=[" + one.value + "]";
  }
  return text;
}

struct FileRow {
  const char* given;
  std::string_view text;
  const char* read;
};

class EnvironmentFileTest : public testing::TestWithParam<FileRow> {};

TEST_P(EnvironmentFileTest, ReadsAsDockerDoes) {
  const auto& row = GetParam();
  EXPECT_EQ(joined(readVariables(row.text, "file", kHere)), row.read) << row.given;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, EnvironmentFileTest,
    testing::Values(FileRow{"nothing", "", ""}, FileRow{"one without an end", "A=b", "A=[b]"},
                    FileRow{"several", "A=b\nC=d\n", "A=[b]C=[d]"},
                    FileRow{"comments and blank lines", "# no\n\n  # no\n \t\nA=b", "A=[b]"},
                    FileRow{"a hash in a value", "A=b # c", "A=[b # c]"},
                    FileRow{"space before a name", "  \tA=b", "A=[b]"},
                    FileRow{"space in a value", "A= b ", "A=[ b ]"},
                    FileRow{"quotes", "A=\"b\"\nC='d'", "A=[\"b\"]C=['d']"},
                    FileRow{"an empty value", "A=", "A=[]"},
                    FileRow{"an equals sign in a value", "A=b=c", "A=[b=c]"},
                    FileRow{"line ends of Windows and a byte order mark",
                            "\xef\xbb\xbf"
                            "A=b\r\nC=d\r\n",
                            "A=[b]C=[d]"},
                    FileRow{"a name alone", "SET\nUNSET", "SET=[from here]"},
                    FileRow{"a name twice", "A=b\nC=d\nA=e", "A=[e]C=[d]"},
                    FileRow{"no name", "A=b\n=c", "error: file:2: a variable has no name"},
                    FileRow{"space in a name", "A B=c",
                            "error: file:1: the name 'A B' has a space in it"}));

TEST(EnvironmentFileTest, AFileThatCannotBeReadIsNamed) {
  EXPECT_EQ(joined(readEnvironmentFile("/no/such", kHere)),
            "error: cannot read /no/such: No such file or directory");
  EXPECT_EQ(joined(readEnvironmentFile("/proc", kHere)),
            "error: cannot read /proc: Is a directory");
}

TEST(EnvironmentFileTest, AVariableOfTheCommandLineMayHoldAnything) {
  EXPECT_EQ(joined(readVariable("A=b\n c=\"d\"", kHere)), "A=[b\n c=\"d\"]");
  EXPECT_EQ(joined(readVariable("SET", kHere)), "SET=[from here]");
  EXPECT_EQ(joined(readVariable("UNSET", kHere)), "");
  EXPECT_EQ(joined(readVariable("", kHere)), "error: a variable has no name");
}

}  // namespace
}  // namespace kiln::cli
