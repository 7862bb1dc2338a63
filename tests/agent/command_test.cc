// How commands run and what one hands to the next (facts §8.3), in dash and in bash.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "tests/agent/agent_process.h"

namespace kiln::agent {
namespace {

class AgentCommand : public testing::TestWithParam<std::string> {
 protected:
  // The log of the phase's commands, without the agent's lines.
  std::string outputOf(const std::string& phase, std::vector<std::string> commands,
                       std::vector<NameValue> environment = {}) {
    auto plan = planFor(agent, phase, std::move(commands));
    plan.shell = shell();
    plan.environment = std::move(environment);
    agent.run(plan);
    records = agent.untilPhaseEnd();
    std::string output;
    std::string log = logOf(records);
    for (std::size_t begin = 0; begin < log.size();) {
      std::size_t end = log.find('\n', begin) + 1;
      std::string line = log.substr(begin, end - begin);
      if (!line.starts_with("[Container] ") && line != "\n") output += line;
      begin = end;
    }
    return output;
  }
  std::vector<std::string> exits() const {
    std::vector<std::string> ends;
    for (const auto& record : records) {
      if (record.type == RecordType::kCommandFinished) ends.push_back(record.fields()[1]);
    }
    return ends;
  }
  // bash that is called sh keeps to POSIX, as on images whose sh it is.
  std::string shell() const {
    return GetParam() == "sh_is_bash" ? (agent.root() / "sh").string() : GetParam();
  }
  void SetUp() override {
    std::filesystem::create_symlink("/bin/bash", agent.root() / "sh");
    agent.connect(0);
  }

  AgentProcess agent;
  std::vector<Record> records;
};

INSTANTIATE_TEST_SUITE_P(Shells, AgentCommand,
                         testing::Values("/bin/dash", "/bin/bash", "bash", "sh_is_bash"),
                         [](const auto& shell) {
                           return shell.param.starts_with("/bin/") ? shell.param.substr(5)
                                                                   : shell.param + "_by_name";
                         });

TEST_P(AgentCommand, VariablesAndDirectoryAreSeenByTheNextAndByTheNextPhase) {
  EXPECT_EQ(outputOf("INSTALL", {"export A=1; cd /tmp", "X='a  b'", "echo $A \"$X\" $PWD $OLDPWD"}),
            "1 a  b /tmp " + (agent.root() / "work").string() + "\n");
  EXPECT_EQ(outputOf("BUILD", {"echo $A \"$X\" $PWD; cd /"}), "1 a  b /tmp\n");
  EXPECT_EQ(outputOf("POST_BUILD", {"pwd"}), "/\n");
}

TEST_P(AgentCommand, FirstDirectoryIsThePlansAndTheOneBeforeIsReadonly) {
  EXPECT_EQ(outputOf("INSTALL", {"echo $PWD; echo $OLDPWD"}),
            (agent.root() / "work").string() + "\n" +
                (agent.root() / "codebuild/readonly").string() + "\n");
}

TEST_P(AgentCommand, FunctionsAndOptionsAreNotSeenByTheNext) {
  outputOf("INSTALL", {"f() { echo f; }; set -e; true", "false; echo after", "f"});
  EXPECT_EQ(exits(),
            (std::vector<std::string>{"exit status 0", "exit status 0", "exit status 127"}));
}

TEST_P(AgentCommand, ExitInTheMiddleLosesItsStateOnly) {
  EXPECT_EQ(outputOf("INSTALL", {"A=1", "A=2; cd /; exit 0; echo never", "echo $A $PWD"}),
            "1 " + (agent.root() / "work").string() + "\n");
}

TEST_P(AgentCommand, EveryValueArrivesByteForByteAndSurvives) {
  std::vector<NameValue> given = {{"QUOTES", "it's \"so\" \\ $HOME `x` !"},
                                  {"LINES", "first\nsecond\n\n  third\t"},
                                  {"UNICODE", "žluťoučký \xF0\x9F\x90\xB4"},
                                  {"EMPTY", ""},
                                  {"not-a-name", "dashed"},
                                  {"TRICK", "'; echo broken; '"}};
  auto dump = [](std::string file) {
    return "printf '%s|' \"$QUOTES\" \"$LINES\" \"$UNICODE\" \"$EMPTY\" \"$TRICK\" > " + file;
  };
  outputOf("INSTALL", {dump("one"), "true", dump("two")}, given);
  std::string expected =
      given[0].value + "|" + given[1].value + "|" + given[2].value + "||" + given[5].value + "|";
  for (std::string name : {"one", "two"}) {
    std::ifstream file(agent.root() / "work" / name);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), expected) << name;
  }
}

TEST_P(AgentCommand, LaterPhaseReplacesAVariableEvenOneThatACommandSet) {
  outputOf("INSTALL", {"B=mine"}, {{"A", "1"}});
  EXPECT_EQ(outputOf("BUILD", {"echo $A $B $IMAGE_VARIABLE", "echo $A $B"},
                     {{"A", "2"}, {"B", "theirs"}}),
            "2 theirs from the image\n2 theirs\n");
}

TEST_P(AgentCommand, ReadOnlyVariableDoesNotBreakTheNextCommand) {
  EXPECT_EQ(outputOf("INSTALL", {"readonly R=1; export R", "echo $R", "echo again $R"}),
            "1\nagain 1\n");
}

TEST_P(AgentCommand, EnvironmentFileThatACommandLeftWithoutANewlineIsGoneOnWith) {
  std::string environment = agent.root() / "codebuild/output/tmp/env.sh";
  outputOf("INSTALL", {"printf 'export A=1' > " + environment + "; exit 0"});
  EXPECT_EQ(outputOf("BUILD", {"echo $A $B"}, {{"B", "2"}}), "1 2\n");
}

TEST_P(AgentCommand, IsolatedOnesShareNothing) {
  auto plan = planFor(agent, "INSTALL", {"export A=2 B=1; cd /", "echo $A-$B-$PWD", "exit 4"});
  plan.shell = shell();
  plan.environment = {{"A", "1"}};
  plan.isolated = true;
  agent.run(plan);
  records = agent.untilPhaseEnd();
  EXPECT_NE(logOf(records).find("\n1--" + (agent.root() / "work").string() + "\n"),
            std::string::npos);
  EXPECT_EQ(exits().back(), "exit status 4");
}

TEST_P(AgentCommand, DirectoryWithSpacesIsKept) {
  EXPECT_EQ(outputOf("INSTALL", {"mkdir 'a  b c'; cd 'a  b c'", "basename \"$PWD\""}), "a  b c\n");
}

TEST_P(AgentCommand, ErrorsNameTheScriptAndLineFour) {
  std::string output = outputOf("INSTALL", {"no-such-program"});
  std::string script = (agent.root() / "codebuild/output/tmp/script.sh").string();
  EXPECT_TRUE(output.starts_with(script + ": 4: no-such-program: not found") ||
              output.starts_with(script + ": line 4: no-such-program: command not found"))
      << output;
  EXPECT_EQ(exits(), std::vector<std::string>{"exit status 127"});
}

TEST_P(AgentCommand, SetMinusEStopsAtTheFirstFailureInside) {
  EXPECT_EQ(outputOf("INSTALL", {"set -e; echo a; false; echo b"}), "a\n");
  EXPECT_EQ(exits(), std::vector<std::string>{"exit status 1"});
}

TEST_P(AgentCommand, BackgroundChildKeepsPrintingIntoTheLogLater) {
  outputOf("INSTALL", {"(while [ ! -e go ]; do sleep 0.05; done; echo from behind; touch told) &"});
  EXPECT_EQ(outputOf("BUILD", {"touch go; while [ ! -e told ]; do sleep 0.02; done"}),
            "from behind\n");
}

TEST_P(AgentCommand, KillingItsOwnGroupIsASignalNotTheAgentsEnd) {
  outputOf("INSTALL", {"kill -9 0"});
  EXPECT_EQ(exits(), std::vector<std::string>{"signal: killed"});
  EXPECT_EQ(records.back().fields()[3], "signal: killed");
  outputOf("BUILD", {"kill -TERM $$"});
  EXPECT_EQ(exits(), std::vector<std::string>{"signal: terminated"});
}

TEST_P(AgentCommand, ClosedDescriptorsDoNoHarm) {
  EXPECT_EQ(outputOf("INSTALL", {"exec >&- 2>&-; echo lost; true", "echo here"}), "here\n");
}

TEST_P(AgentCommand, OutputWithoutANewlineIsEndedBeforeTheNextLine) {
  outputOf("INSTALL", {"printf abc", "true"});
  EXPECT_NE(
      plainLogOf(records).find(
          "[Container] Running command printf abc\nabc\n\n[Container] Running command true\n"),
      std::string::npos);
}

TEST_P(AgentCommand, StandardInputIsEmpty) {
  EXPECT_EQ(outputOf("INSTALL", {"cat; read x; echo got $?"}), "got 1\n");
}

TEST_P(AgentCommand, BrokenEnvironmentFileIsTheCommandsTroubleNotTheAgents) {
  std::string environment = agent.root() / "codebuild/output/tmp/env.sh";
  outputOf("INSTALL", {"echo \"export 'x\" > " + environment + "; exit 0", "true"});
  EXPECT_EQ(exits().size(), 2U);  // dash gives up, bash complains and goes on
  outputOf("BUILD", {"rm -rf " + environment + "; exit 0"});
  EXPECT_EQ(records.back().type, RecordType::kPhaseFinished);
}

TEST(AgentShell, OneThatDoesNotExistIsExitStatus127) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo x"});
  plan.shell = "/no/such/shell";
  agent.run(plan);
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(records.back().fields()[3], "exit status 127");
  EXPECT_NE(logOf(records).find("/no/such/shell: not found\n"), std::string::npos);
}

TEST(AgentOutput, BinaryBytesArriveAsTheyAre) {
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"head -c 300000 /dev/urandom > r; cat r"}));
  auto log = logOf(agent.untilPhaseEnd());
  std::ifstream file(agent.root() / "work/r");
  EXPECT_NE(log.find(std::string(std::istreambuf_iterator<char>(file), {})), std::string::npos);
}

}  // namespace
}  // namespace kiln::agent
