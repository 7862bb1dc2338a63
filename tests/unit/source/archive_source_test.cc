// Archives and folders of S3 as sources: what is kept of them, and each way in which they fail.
#include <sys/stat.h>

#include <fstream>

#include "runtime/source/buildspec_file.h"
#include "tests/unit/source/archive_files.h"
#include "tests/unit/source/source_world.h"

namespace kiln::runtime {
namespace {

class ArchiveSourceTest : public SourceTest {
 protected:
  static SourceSpec spec(const std::string& key = "source.zip") {
    return {
        .identifier = {}, .type = "S3", .location = "in/" + key, .version = {}, .credentials = {}};
  }
  std::filesystem::path treeOf(const std::string& archive) {
    objects_.put("in", "source.zip", archive);
    return unpackedOf(spec());
  }
  // The message without what it is about.
  std::string refusalOf(const std::string& archive) {
    objects_.put("in", "source.zip", archive);
    auto text = failureOf(spec());
    constexpr std::string_view kTail =
        " for primary source and source version arn:aws:s3:::in/source.zip";
    EXPECT_TRUE(text.starts_with("CLIENT_ERROR: ") && text.ends_with(kTail)) << text;
    return text.size() < 14 + kTail.size() ? text
                                           : text.substr(14, text.size() - 14 - kTail.size());
  }
};

struct stat seenAt(const std::filesystem::path& path) {
  struct stat seen {};
  EXPECT_EQ(lstat(path.c_str(), &seen), 0) << path;
  return seen;
}

TEST_F(ArchiveSourceTest, EveryKindOfArchiveKeepsModesLinksAndTimes) {
  const auto from = directory_ / "from";
  std::filesystem::create_directories(from / "sub dir/empty");
  std::ofstream(from / "run") << "#!/bin/sh\n";
  std::ofstream(from / "sub dir/\xc3\xa4.txt") << std::string(300'000, 'x');
  std::ofstream(from / "none");
  std::filesystem::permissions(from / "run", std::filesystem::perms(0751));
  std::filesystem::permissions(from / "none", std::filesystem::perms(0400));
  std::filesystem::create_symlink("sub dir/\xc3\xa4.txt", from / "link");
  std::filesystem::create_symlink("../run", from / "sub dir/up");
  shell("find '" + from.string() + "' -exec touch -h -d '2021-02-03 04:05:06 UTC' {} +");
  for (const std::string& make : std::vector<std::string>{
           "zip -qry ../a .", "tar -cf ../a .", "tar -czf ../a *", "tar -cjf ../a .",
           "tar -cJf ../a .", "tar --format=pax -cf ../a .", "tar --format=gnu -cf ../a ."}) {
    shell("cd '" + from.string() + "' && rm -f ../a ../a.zip && " + make +
          " && (mv ../a.zip ../a 2>/dev/null || true)");
    const auto tree = treeOf(fileText(directory_ / "a"));
    ASSERT_FALSE(tree.empty()) << make;
    EXPECT_EQ(shell("diff -r --no-dereference '" + from.string() + "' '" + tree.string() + "'"), "")
        << make;
    EXPECT_EQ(seenAt(tree / "run").st_mode & 07777, 0751U) << make;
    EXPECT_EQ(seenAt(tree / "none").st_mode & 07777, 0400U) << make;
    EXPECT_EQ(seenAt(tree / "run").st_mtime, 1612325106) << make;
    EXPECT_EQ(std::filesystem::read_symlink(tree / "sub dir/up"), "../run") << make;
    EXPECT_TRUE(std::filesystem::is_directory(tree / "sub dir/empty")) << make;
  }
}

TEST_F(ArchiveSourceTest, ASingleTopLevelDirectoryIsNotStripped) {
  EXPECT_EQ(fileText(treeOf(makeZip({{.name = "app-1.0/file", .content = "x"}})) / "app-1.0/file"),
            "x");
}

TEST_F(ArchiveSourceTest, APrefixPutsTheTreeBelowItsDirectories) {
  objects_.put("in", "source.zip", makeZip({{.name = "file", .content = "x"}}));
  auto source = fetch(spec());
  ASSERT_TRUE(source.ok());
  const auto tree = unpacked(**source, "codebuild/output/src1/src/");
  EXPECT_EQ(fileText(tree / "codebuild/output/src1/src/file"), "x");
  EXPECT_EQ(seenAt(tree / "codebuild/output").st_mode & 07777, 0755U);
}

TEST_F(ArchiveSourceTest, HardLinksStayWhatTheyAre) {
  objects_.put(
      "in", "source.zip",
      makeTar({{.name = "a", .content = "x"}, {.name = "d/b", .type = '1', .content = "./a"}}));
  auto source = fetch(spec());
  ASSERT_TRUE(source.ok());
  for (const std::string& prefix : std::vector<std::string>{"", "p/q/"}) {
    const auto tree = unpacked(**source, prefix);
    EXPECT_EQ(seenAt(tree / prefix / "a").st_ino, seenAt(tree / prefix / "d/b").st_ino);
  }
  auto text = (*source)->readFile("d/b", 10);
  EXPECT_EQ(text ? *text : "", "x");
}

TEST_F(ArchiveSourceTest, SetIdBitsAreGoneAndOwnersAreRoots) {
  const auto tree = treeOf(makeTar({{.name = "su", .content = "x", .mode = 06755}}));
  EXPECT_EQ(seenAt(tree / "su").st_mode & 07777, 0755U);
  EXPECT_EQ(seenAt(tree / "su").st_uid,
            getuid());  // not the archive's 1000, unless that is who runs this
}

TEST_F(ArchiveSourceTest, OfAFileThatComesTwiceTheLaterCounts) {
  objects_.put("in", "source.zip",
               makeTar({{.name = "a", .content = "first"},
                        {.name = "./a", .content = "second"},
                        {.name = "d", .type = '5'},
                        {.name = "d/", .type = '5'}}));
  auto source = fetch(spec());
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(fileText(unpacked(**source) / "a"), "second");
  auto text = (*source)->readFile("a", 10);
  EXPECT_EQ(text ? *text : "", "second");
}

TEST_F(ArchiveSourceTest, NamesThatDifferByCaseStayApart) {
  const auto tree = treeOf(makeTar({{.name = "Link", .type = '2', .content = "real"},
                                    {.name = "link/x", .content = "1"},
                                    {.name = "real/x", .content = "2"}}));
  EXPECT_EQ(fileText(tree / "link/x"), "1");
  EXPECT_EQ(fileText(tree / "Link/x"), "2");
}

TEST_F(ArchiveSourceTest, NamesThatLeadOutAreRefused) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"../canary", "leads out of the source directory"},
      {"a/../../canary", "leads out of the source directory"},
      {"a/..", "leads out of the source directory"},
      {"/etc/passwd", "is an absolute path"},
      {"//x", "is an absolute path"}};
  for (const auto& [name, fault] : rows) {
    EXPECT_EQ(refusalOf(makeTar({{.name = name, .content = "x"}})),
              "entry \"" + name + "\" " + fault);
    EXPECT_EQ(
        refusalOf(makeZip({{.name = "good", .content = "x"}, {.name = name, .content = "x"}})),
        "entry \"" + name + "\" " + fault);
    EXPECT_EQ(refusalOf(gzipped(makeTar({{.name = name, .type = '5'}}))),
              "entry \"" + name + "\" " + fault);
  }
}

TEST_F(ArchiveSourceTest, LinksThatLeadOutAreRefused) {
  const std::string fault =
      "is a symbolic link that leads out of the source directory or back to itself";
  const std::vector<std::pair<std::vector<MadeEntry>, std::string>> rows = {
      {{{.name = "l", .type = '2', .content = "/etc"}}, "l"},
      {{{.name = "l", .type = '2', .content = ".."}}, "l"},
      {{{.name = "d/l", .type = '2', .content = "../.."}}, "d/l"},
      {{{.name = "d/top", .type = '2', .content = ".."},
        {.name = "l", .type = '2', .content = "d/top/.."}},
       "l"},
      {{{.name = "a", .type = '2', .content = "b"}, {.name = "b", .type = '2', .content = "a"}},
       "a"}};
  for (const auto& [entries, name] : rows) {
    EXPECT_EQ(refusalOf(makeTar(entries)), "entry \"" + name + "\" " + fault);
    EXPECT_EQ(refusalOf(makeZip(entries)), "entry \"" + name + "\" " + fault);
  }
  EXPECT_FALSE(treeOf(makeTar({{.name = "d/l", .type = '2', .content = "../e/./x"},
                               {.name = "e/x", .content = "1"}}))
                   .empty());
}

TEST_F(ArchiveSourceTest, NothingIsWrittenThroughALinkEvenOneThatComesLater) {
  const MadeEntry link{.name = "l", .type = '2', .content = "d"};
  const MadeEntry through{.name = "l/x", .content = "x"};
  EXPECT_EQ(refusalOf(makeTar({link, through})), "entry \"l/x\" lies below a symbolic link");
  EXPECT_EQ(refusalOf(makeTar({through, link})), "entry \"l/x\" lies below a symbolic link");
  EXPECT_EQ(refusalOf(makeZip({link, through})), "entry \"l/x\" lies below a symbolic link");
  EXPECT_EQ(refusalOf(makeTar({link, {.name = "l", .content = "x"}})),
            "entry \"l\" is there twice, and not both times as a file or as a directory");
  EXPECT_EQ(refusalOf(makeTar({{.name = "l", .type = '5'}, link})),
            "entry \"l\" is there twice, and not both times as a file or as a directory");
  EXPECT_EQ(refusalOf(makeTar({{.name = "f", .content = "x"}, {.name = "f/x", .content = "x"}})),
            "entry \"f/x\" lies below a file");
}

TEST_F(ArchiveSourceTest, HardLinksLeadToFilesOfTheArchiveOnly) {
  for (const std::string& target :
       std::vector<std::string>{"/etc/passwd", "../canary", "none", "d"}) {
    const auto text = refusalOf(
        makeTar({{.name = "d", .type = '5'}, {.name = "h", .type = '1', .content = target}}));
    EXPECT_TRUE(text.starts_with("entry \"h\" is a hard link to \"" + target + "\", which "))
        << text;
  }
  EXPECT_TRUE(refusalOf(makeTar({{.name = "s", .type = '2', .content = "f"},
                                 {.name = "h", .type = '1', .content = "s"}}))
                  .starts_with("entry \"h\" is a hard link"));
}

TEST_F(ArchiveSourceTest, DevicesAndPipesAreRefused) {
  for (const char type : {'3', '4', '6'})
    EXPECT_EQ(refusalOf(makeTar({{.name = "dev", .type = type}})),
              "entry \"dev\" is a device, a pipe or a socket");
}

TEST_F(ArchiveSourceTest, NamesThatNoFileSystemHoldsAreRefused) {
  EXPECT_TRUE(refusalOf(makeZip({{.name = std::string(300, 'n'), .content = "x"}}))
                  .ends_with("has a part of more than 255 bytes"));
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "d/";
  EXPECT_TRUE(refusalOf(makeZip({{.name = deep + "f", .content = "x"}})).ends_with("is too long"));
  EXPECT_EQ(refusalOf(makeZip({{.name = "", .content = "x"}})), "entry \"\" is empty");
  EXPECT_EQ(refusalOf(makeZip({{.name = std::string("a\0/../../b", 10), .content = "x"}})),
            "entry \"a\\x00/../../b\" holds a NUL byte");
}

TEST_F(ArchiveSourceTest, BombsEndAtTheLimits) {
  limits_ = {.maxBytes = 3'000'000, .maxRatio = 10, .ratioFloor = 1'000'000, .maxFiles = 20};
  EXPECT_EQ(refusalOf(gzipped(makeTar({{.name = "a", .content = std::string(2'000'000, '\0')}})))
                .substr(0, 49),
            "the archive unpacks to more than 10 times its siz");
  EXPECT_EQ(refusalOf(makeTar({{.name = "a", .content = std::string(2'000'000, 'x')},
                               {.name = "b", .content = std::string(2'000'000, 'x')}})),
            "the archive is larger than the 3000000 bytes a source may have");
  std::vector<MadeEntry> many(21, {.name = "same", .content = ""});
  EXPECT_EQ(refusalOf(makeTar(many)),
            "entry \"same\" is one more than the 20 entries a source may have");
  // A sparse file: 2^43 bytes of nothing in a kilobyte.
  shell("truncate -s 8T '" + (directory_ / "sparse").string() + "' && tar -C '" +
        directory_.string() + "' -Scf '" + (directory_ / "s.tar").string() + "' sparse");
  EXPECT_EQ(refusalOf(fileText(directory_ / "s.tar")),
            "the archive unpacks to more than the 3000000 bytes a source may have");
  EXPECT_EQ(refusalOf(makeTar({{.name = "a", .content = "x", .claims = 077777777777}})),
            "the archive unpacks to more than the 3000000 bytes a source may have");
}

TEST_F(ArchiveSourceTest, ASparseFileIsFilledWithZeros) {
  shell("cd '" + directory_.string() +
        "' && truncate -s 3M sparse && printf end >> sparse && truncate -s 5M sparse && tar -Scf "
        "s.tar sparse");
  const auto tree = treeOf(fileText(directory_ / "s.tar"));
  shell("cmp '" + (tree / "sparse").string() + "' '" + (directory_ / "sparse").string() + "'");
}

TEST_F(ArchiveSourceTest, DamagedArchivesAreRefused) {
  const auto tar =
      makeTar({{.name = "a", .content = std::string(5'000, 'x')}, {.name = "b", .content = "y"}});
  EXPECT_TRUE(refusalOf(tar.substr(0, 3'000)).starts_with("entry \"a\" cannot be read"));
  EXPECT_EQ(refusalOf(gzipped(tar).substr(0, 60)),
            "the object is not a zip or tar archive: truncated gzip input");
  auto zip = makeZip({{.name = "a", .content = "content"}});
  auto flipped = zip;
  flipped[flipped.find("content")] = 'C';
  EXPECT_TRUE(refusalOf(flipped).starts_with("entry \"a\" cannot be read: "));
  EXPECT_FALSE(refusalOf(zip.substr(0, zip.size() - 10)).empty());
  EXPECT_FALSE(refusalOf(makeZip({{.name = "a", .content = "content", .claims = 3}})).empty());
  auto broken = tar;
  broken[5'700] ^= 1;  // in the second header
  EXPECT_FALSE(refusalOf(broken).empty());
  for (const std::string& nothing :
       std::vector<std::string>{"", "hello", "<html></html>", std::string(100'000, 'z')})
    EXPECT_TRUE(refusalOf(nothing).starts_with("the object is not a zip or tar archive") ||
                refusalOf(nothing).starts_with("the archive cannot be read"))
        << refusalOf(nothing);
}

TEST_F(ArchiveSourceTest, EncryptedZipsAreRefused) {
  EXPECT_EQ(refusalOf(makeEncryptedZip("a", "x")), "entry \"a\" is encrypted");
}

TEST_F(ArchiveSourceTest, ControlCharactersOfANameDoNotReachTheLog) {
  EXPECT_EQ(refusalOf(makeTar({{.name = "../\x1b[2J\n", .content = "x"}})),
            "entry \"../\\x1b[2J\\x0a\" leads out of the source directory");
}

TEST_F(ArchiveSourceTest, AnEmptyArchiveIsAnEmptySource) {
  EXPECT_TRUE(std::filesystem::is_empty(treeOf(makeZip({}))));
}

TEST_F(ArchiveSourceTest, ObjectsAreFoundByVersionAndMissedInS3sWords) {
  objects_.put("in", "source.zip", makeZip({{.name = "v", .content = "1"}}));
  objects_.put("in", "source.zip", makeZip({{.name = "v", .content = "2"}}));
  auto asked = spec();
  EXPECT_EQ(fileText(unpackedOf(asked) / "v"), "2");
  asked.version = "v1";
  EXPECT_EQ(fileText(unpackedOf(asked) / "v"), "1");
  asked.location = "arn:aws:s3:::in/source.zip";
  EXPECT_EQ(fileText(unpackedOf(asked) / "v"), "1");
  EXPECT_EQ(
      failureOf(spec("none.zip")),
      "CLIENT_ERROR: NoSuchKey: The specified key does not exist.\n\tstatus code: 404, request id: "
      "REQ, host id: HOST for primary source and source version arn:aws:s3:::in/none.zip");
  asked.location = "denied/x.zip";
  EXPECT_EQ(failureOf(asked),
            "CLIENT_ERROR: AccessDenied: Access Denied\n\tstatus code: 403, request id: REQ, host "
            "id: HOST for primary source and source version arn:aws:s3:::denied/x.zip");
  asked.location = "down/x.zip";
  EXPECT_EQ(failureOf(asked), "host: no answer");
  asked.location = "nothing";
  EXPECT_TRUE(failureOf(asked).starts_with(
      "CLIENT_ERROR: the location \"nothing\" is not of the form bucket/key"));
}

TEST_F(ArchiveSourceTest, AFolderIsEveryObjectBelowIt) {
  for (const std::string& key :
       std::vector<std::string>{"app/", "app/a", "app/d/b", "app/d/c", "app/e/", "application"})
    objects_.put("in", key, key.ends_with('/') ? "" : key);
  auto source = fetch(spec("app/"));
  ASSERT_TRUE(source.ok());
  const auto tree = unpacked(**source);
  EXPECT_EQ(shell("cd '" + tree.string() + "' && find . | sort | xargs"),
            ". ./a ./d ./d/b ./d/c ./e\n");
  EXPECT_EQ(fileText(tree / "d/c"), "app/d/c");
  EXPECT_EQ(seenAt(tree / "a").st_mtime, 1'700'000'000);
  EXPECT_EQ(seenAt(tree / "a").st_mode & 07777, 0644U);
  auto text = (*source)->readFile("d/b", 100);
  EXPECT_EQ(text ? *text : "", "app/d/b");
  source->reset();
  EXPECT_EQ(failureOf(spec("none/")),
            "CLIENT_ERROR: NoSuchKey: The specified key does not exist. for primary source and "
            "source version arn:aws:s3:::in/none/");
  objects_.put("in", "bad/../x", "x");
  EXPECT_TRUE(
      failureOf(spec("bad/"))
          .starts_with("CLIENT_ERROR: the object \"bad/../x\" leads out of the source directory"));
  objects_.put("in", "mix/a", "x");
  objects_.put("in", "mix/a/b", "x");
  EXPECT_TRUE(failureOf(spec("mix/"))
                  .starts_with("CLIENT_ERROR: the folder's entry \"a/b\" lies below a file"));
}

TEST_F(ArchiveSourceTest, TheBuildspecIsFoundInTheSourceOrMissedInTheFactsWords) {
  objects_.put("in", "source.zip",
               makeZip({{.name = "buildspec.yml", .content = "root"},
                        {.name = "ci/x.yml", .content = "named"},
                        {.name = "ci/l", .type = '2', .content = "../buildspec.yml"},
                        {.name = "big", .content = std::string(kMaxBuildspecBytes + 1, 'x')}}));
  auto source = fetch(spec());
  ASSERT_TRUE(source.ok());
  const auto read = [&](const std::string& name) {
    auto text = readBuildspecFile(**source, name, "/src");
    return text ? text->location + " " + text->text
                : text.error().statusCode + ": " + text.error().message;
  };
  EXPECT_EQ(read(""), "/src/buildspec.yml root");
  EXPECT_EQ(read("ci/x.yml"), "/src/ci/x.yml named");
  EXPECT_EQ(read("./ci/../ci/l"), "/src/./ci/../ci/l root");
  EXPECT_EQ(read("/src/ci/x.yml"), "/src/ci/x.yml named");
  EXPECT_EQ(read("no.yml"), "YAML_FILE_ERROR: stat /src/no.yml: no such file or directory");
  EXPECT_EQ(read("../x.yml"), "YAML_FILE_ERROR: stat /src/../x.yml: no such file or directory");
  EXPECT_EQ(read("/etc/passwd"), "YAML_FILE_ERROR: stat /etc/passwd: no such file or directory");
  EXPECT_EQ(read("big"), "YAML_FILE_ERROR: read /src/big: the file is larger than 1048576 bytes");
  auto none = fetch(
      {.identifier = {}, .type = "NO_SOURCE", .location = {}, .version = {}, .credentials = {}});
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(std::filesystem::is_empty(unpacked(**none)));
  EXPECT_EQ(readBuildspecFile(**none, "", "/src").error().message, "YAML file does not exist");
}

TEST_F(ArchiveSourceTest, ABuildspecInS3IsReadByItsArn) {
  objects_.put("in", "specs/b.yml", "version: 0.2");
  auto read = readBuildspecObject(objects_, {}, "arn:aws:s3:::in/specs/b.yml", {});
  EXPECT_EQ(read ? read->text : "", "version: 0.2");
  read = readBuildspecObject(objects_, {}, "arn:aws:s3:::in/none.yml", {});
  EXPECT_EQ(read.error().context->message,
            "NoSuchKey: The specified key does not exist.\n\tstatus code: 404, request id: REQ, "
            "host id: HOST for buildspec arn:aws:s3:::in/none.yml");
}

TEST_F(ArchiveSourceTest, WhatACrashLeftIsSweptAtTheStartAndWhatIsHeldGoesWithItsOwner) {
  std::filesystem::create_directories(directory_ / "tmp/fetch-old/git");
  objects_.put("in", "source.zip", makeZip({{.name = "a", .content = "1"}}));
  auto source = fetch(spec());
  ASSERT_TRUE(source.ok());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "tmp/fetch-old"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_ / "tmp"), {}), 1);
  source->reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "tmp"));
}

}  // namespace
}  // namespace kiln::runtime
