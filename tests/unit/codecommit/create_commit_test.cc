// What one CreateCommit may hold, and that a refused one leaves the repository as it was.
#include <algorithm>
#include <filesystem>

#include "api/codecommit/codecommit.h"
#include "api/model/base64.h"
#include "api/model/json_service.h"
#include "tests/unit/repositories/repositories_fixture.h"

namespace kiln::api {
namespace {

using nlohmann::json;

json putOf(const std::string& path, const std::string& text = "new") {
  return {{"filePath", path}, {"fileContent", toBase64(text)}};
}
json copyOf(const std::string& path, const std::string& source, bool isMove) {
  return {{"filePath", path}, {"sourceFile", {{"filePath", source}, {"isMove", isMove}}}};
}
json removalOf(const std::string& path) { return {{"filePath", path}}; }
json modeOf(const std::string& path, const std::string& mode = "EXECUTABLE") {
  return {{"filePath", path}, {"fileMode", mode}};
}

class CreateCommitTest : public store::RepositoriesTest {
 protected:
  CreateCommitTest() {
    make("r");
    const json first =
        call("CreateCommit",
             {{"repositoryName", "r"},
              {"branchName", "main"},
              {"putFiles",
               {putOf("a", "1"), putOf("b", "2"), putOf("d/x", "3"), putOf("d/.gitkeep", "")}}});
    tip_ = first.value("commitId", "");
  }

  json call(const std::string& operation, const json& input) {
    const auto answer =
        service_.call(operation, input.dump(),
                      {.scope = scope_, .requestId = "r", .principal = "t", .host = "h:1"});
    return json::parse(answer.body);
  }

  // The exception's name, or what was added, updated and deleted.
  std::string commit(json changes) {
    changes.update({{"repositoryName", "r"}, {"branchName", "main"}, {"parentCommitId", tip_}});
    const json answer = call("CreateCommit", changes);
    if (answer.contains("__type")) return answer["__type"];
    std::string told;
    for (const auto& [list, sign] : {std::pair("filesAdded", '+'), std::pair("filesUpdated", '*'),
                                     std::pair("filesDeleted", '-')}) {
      for (const auto& file : answer.at(list)) {
        told += (told.empty() ? "" : " ") + std::string(1, sign);
        told += file.at("absolutePath").get<std::string>();
      }
    }
    return told;
  }

  // Everything of the repository on disk.
  std::vector<std::string> files() const {
    std::vector<std::string> all;
    for (const auto& each : std::filesystem::recursive_directory_iterator(root_))
      all.push_back(each.path().string());
    std::sort(all.begin(), all.end());
    return all;
  }

  std::string tipNow() {
    return call("GetBranch",
                {{"repositoryName", "r"}, {"branchName", "main"}})["branch"]["commitId"];
  }

  JsonService service_{"codecommit", codecommitOperations({*store_, *repositories_, clock_}),
                       codecommitInputCheck()};
  std::string tip_;
};

struct Row {
  const char* what;
  json changes;
  const char* outcome;
};

TEST_F(CreateCommitTest, ARefusedOneNamesItsReasonAndLeavesNothingBehind) {
  const std::vector<Row> rows{
      {"put and deleted",
       {{"putFiles", {putOf("a")}}, {"deleteFiles", {removalOf("a")}}},
       "SamePathRequestException"},
      {"the same with a slash",
       {{"putFiles", {putOf("/a")}}, {"deleteFiles", {removalOf("a")}}},
       "SamePathRequestException"},
      {"put twice", {{"putFiles", {putOf("n", "1"), putOf("n", "2")}}}, "SamePathRequestException"},
      {"deleted twice",
       {{"deleteFiles", {removalOf("a"), removalOf("a")}}},
       "SamePathRequestException"},
      {"mode of a deleted one",
       {{"deleteFiles", {removalOf("a")}}, {"setFileModes", {modeOf("a")}}},
       "SamePathRequestException"},
      {"mode of a put one",
       {{"putFiles", {putOf("a")}}, {"setFileModes", {modeOf("a")}}},
       "SamePathRequestException"},
      {"modes twice",
       {{"setFileModes", {modeOf("a"), modeOf("a", "NORMAL")}}},
       "SamePathRequestException"},
      {"moved and deleted",
       {{"putFiles", {copyOf("n", "a", true)}}, {"deleteFiles", {removalOf("a")}}},
       "SamePathRequestException"},
      {"moved twice",
       {{"putFiles", {copyOf("n", "a", true), copyOf("m", "a", true)}}},
       "SamePathRequestException"},
      {"file and folder of one name",
       {{"putFiles", {putOf("n"), putOf("n/x")}}},
       "PutFileEntryConflictException"},
      {"a folder's name",
       {{"putFiles", {putOf("d")}}},
       "FileNameConflictsWithDirectoryNameException"},
      {"below a file",
       {{"putFiles", {putOf("a/x")}}},
       "DirectoryNameConflictsWithFileNameException"},
      {"below a file with a new mode",
       {{"putFiles", {putOf("a/x")}}, {"setFileModes", {modeOf("a")}}},
       "DirectoryNameConflictsWithFileNameException"},
      {"a copied .gitkeep",
       {{"putFiles", {copyOf("n", "d/.gitkeep", false)}}},
       "RestrictedSourceFileException"},
      {"a moved .gitkeep",
       {{"putFiles", {copyOf("n", "d/.gitkeep", true)}}},
       "RestrictedSourceFileException"},
      {"no such source",
       {{"putFiles", {copyOf("n", "nowhere", false)}}},
       "FileDoesNotExistException"},
      {"a folder as source",
       {{"putFiles", {copyOf("n", "d", false)}}},
       "FileDoesNotExistException"},
      {"a folder deleted", {{"deleteFiles", {removalOf("d")}}}, "FileDoesNotExistException"},
      {"nothing there to delete",
       {{"putFiles", {putOf("n")}}, {"deleteFiles", {removalOf("z")}}},
       "FileDoesNotExistException"},
      {"mode of nothing", {{"setFileModes", {modeOf("z")}}}, "FileDoesNotExistException"},
      {"content and source",
       {{"putFiles",
         {{{"filePath", "n"}, {"fileContent", "eA=="}, {"sourceFile", {{"filePath", "a"}}}}}}},
       "FileContentAndSourceFileSpecifiedException"},
      {"neither", {{"putFiles", {{{"filePath", "n"}}}}}, "SourceFileOrContentRequiredException"},
      {"an unknown mode", {{"setFileModes", {modeOf("a", "ODD")}}}, "InvalidFileModeException"},
      {"a good one before a bad one",
       {{"putFiles", {putOf("fresh", "never written"), putOf("d")}}},
       "FileNameConflictsWithDirectoryNameException"},
      {"out of the repository", {{"putFiles", {putOf("../n")}}}, "InvalidPathException"},
      {"the same content", {{"putFiles", {putOf("a", "1")}}}, "NoChangeException"},
      {"the same mode", {{"setFileModes", {modeOf("a", "NORMAL")}}}, "NoChangeException"},
      {"nothing", json::object(), "FileEntryRequiredException"},
  };
  const auto before = files();
  for (const auto& row : rows) {
    EXPECT_EQ(commit(row.changes), row.outcome) << row.what;
    EXPECT_EQ(files(), before) << row.what;
  }
  EXPECT_EQ(tipNow(), tip_);
}

TEST_F(CreateCommitTest, MoreThanAHundredPathsOrSixMegabytesOfAFolderAreTooMuch) {
  json many = json::array();
  for (int at = 0; at < 100; ++at) many.push_back(putOf("n" + std::to_string(at), "x"));
  EXPECT_EQ(commit({{"putFiles", many}, {"deleteFiles", {removalOf("a")}}}),
            "MaximumFileEntriesExceededException");
  const std::string half(3 * 1024 * 1024 + 1, 'x');
  EXPECT_EQ(commit({{"putFiles", {putOf("n/1", half), putOf("n/2", half)}}}),
            "FolderContentSizeLimitExceededException");
  EXPECT_EQ(commit({{"putFiles", {putOf("n/1", half), putOf("m/2", half), putOf("o/3", half)}}}),
            "FileContentSizeLimitExceededException");
}

TEST_F(CreateCommitTest, WhatDoesNotMeetIsDoneAtOnce) {
  EXPECT_EQ(commit({{"putFiles", {putOf("n"), copyOf("c", "b", false), copyOf("e/m", "d/x", true)}},
                    {"deleteFiles", {removalOf("a")}},
                    {"setFileModes", {modeOf("b")}}}),
            "+c +e/m +n *b -a -d/x");
  EXPECT_NE(tipNow(), tip_);
}

TEST_F(CreateCommitTest, AFolderMayStandWhereAFileGoesWithTheSameCommit) {
  EXPECT_EQ(commit({{"putFiles", {putOf("a/x"), copyOf("b/y", "b", true)}},
                    {"deleteFiles", {removalOf("a")}}}),
            "+a/x +b/y -a -b");
}

}  // namespace
}  // namespace kiln::api
