#!/usr/bin/env python3
"""CodeCommit as the aws CLI and boto3 see it: every operation called, its answer read back by another one, and its exceptions."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import re
from harness import *

require("kiln", "boto3", "aws")

UNKNOWN = "0123456789012345678901234567890123456789"


def refused(call, **arguments):
    """The exception's name that a call ends in, and its message."""
    import botocore.exceptions
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "none", ""


def expect(name, shape, call, **arguments):
    got, message = refused(call, **arguments)
    return check(f"{name}: {shape}", got == shape and len(message) > 10, lambda: f"{got}: {message}")


def events(kiln):
    """Repository events so far, oldest first."""
    return [e for e in json_lines(kiln.data / "events.jsonl") if e["source"] == "aws.codecommit"]


def repositories(kiln, cc):
    made = cc.create_repository(repositoryName="demo", repositoryDescription="first", tags={"team": "ci"})["repositoryMetadata"]
    check("CreateRepository answers the metadata", made["repositoryName"] == "demo" and made["Arn"] == f"arn:aws:codecommit:{REGION}:000000000000:demo"
          and made["cloneUrlHttp"] == f"{kiln.url}/v1/repos/demo" and made["cloneUrlSsh"].startswith("ssh://git-codecommit.us-east-1.amazonaws.com/")
          and "defaultBranch" not in made and re.fullmatch(r"[0-9a-f-]{36}", made["repositoryId"]), made)
    check_equal("GetRepository reads it back", cc.get_repository(repositoryName="demo")["repositoryMetadata"], made)
    expect("CreateRepository twice", "RepositoryNameExistsException", cc.create_repository, repositoryName="demo")
    for name in ("../x", "a/b", "x.git", "..", "a b"):
        expect(f"CreateRepository {name!r}", "InvalidRepositoryNameException", cc.create_repository, repositoryName=name)
    got, message = refused(cc.get_repository, repositoryName="nope")
    check_equal("GetRepository of none", (got, message), ("RepositoryDoesNotExistException", "nope does not exist"))
    status, _, text = aws(kiln.url, "codecommit", "get-repository", "--repository-name", "nope")
    check("the CLI shows it", status and "RepositoryDoesNotExistException" in text and "nope does not exist" in text, text)
    both = cc.batch_get_repositories(repositoryNames=["demo", "nope"])
    check("BatchGetRepositories", [r["repositoryName"] for r in both["repositories"]] == ["demo"] and both["repositoriesNotFound"] == ["nope"], both)
    cc.update_repository_description(repositoryName="demo", repositoryDescription="second")
    check_equal("UpdateRepositoryDescription", cc.get_repository(repositoryName="demo")["repositoryMetadata"]["repositoryDescription"], "second")
    cc.create_repository(repositoryName="other")
    cc.update_repository_name(oldName="other", newName="another")
    expect("the old name", "RepositoryDoesNotExistException", cc.get_repository, repositoryName="other")
    expect("UpdateRepositoryName to a taken one", "RepositoryNameExistsException", cc.update_repository_name, oldName="another", newName="demo")
    expect("UpdateRepositoryName of none", "RepositoryDoesNotExistException", cc.update_repository_name, oldName="nope", newName="n2")
    names = [r["repositoryName"] for r in cc.list_repositories(sortBy="repositoryName", order="descending")["repositories"]]
    check_equal("ListRepositories by name, descending", names, ["demo", "another"])
    names = [r["repositoryName"] for r in cc.list_repositories(sortBy="lastModifiedDate", order="ascending")["repositories"]]
    check_equal("ListRepositories by change", names, ["demo", "another"])
    expect("ListRepositories with a token of elsewhere", "InvalidContinuationTokenException", cc.list_repositories, nextToken="abc")
    gone = cc.get_repository(repositoryName="another")["repositoryMetadata"]["repositoryId"]
    check_equal("DeleteRepository answers the id", cc.delete_repository(repositoryName="another").get("repositoryId"), gone)
    check("DeleteRepository of none answers no id", "repositoryId" not in cc.delete_repository(repositoryName="another"))
    check("nothing of it is left on disk", not list((kiln.data / "repositories").glob(f"*{gone}*")))
    west = client("codecommit", kiln.url, region="us-west-2")
    url = west.create_repository(repositoryName="demo")["repositoryMetadata"]["cloneUrlHttp"]
    check("regions are apart", west.get_repository(repositoryName="demo")["repositoryMetadata"]["repositoryId"] != made["repositoryId"])
    check("git finds the other region's", kiln.get(url.removeprefix(kiln.url) + "/info/refs?service=git-upload-pack")[0] == 200, url)
    west.delete_repository(repositoryName="demo")


def files(kiln, cc):
    expect("GetFile of an empty repository", "CommitDoesNotExistException", cc.get_file, repositoryName="demo", filePath="a")
    first = cc.put_file(repositoryName="demo", branchName="main", fileContent=b"one\n", filePath="/docs/a.txt", name="Ann", email="a@x.org")
    check_equal("the first branch is the default one", cc.get_repository(repositoryName="demo")["repositoryMetadata"]["defaultBranch"], "main")
    got = cc.get_file(repositoryName="demo", filePath="docs/a.txt")
    check("GetFile reads PutFile back", got["fileContent"] == b"one\n" and got["fileSize"] == 4 and got["fileMode"] == "NORMAL"
          and got["commitId"] == first["commitId"] and got["blobId"] == first["blobId"], got)
    commit = cc.get_commit(repositoryName="demo", commitId=first["commitId"])["commit"]
    check("GetCommit", commit["treeId"] == first["treeId"] and commit["parents"] == [] and commit["author"]["name"] == "Ann"
          and commit["message"] == "Added a.txt" and re.fullmatch(r"\d+ \+0000", commit["author"]["date"]), commit)
    put = dict(repositoryName="demo", branchName="main", filePath="docs/a.txt", fileContent=b"two\n")
    expect("PutFile without a parent", "ParentCommitIdRequiredException", cc.put_file, **put)
    expect("PutFile over no commit", "ParentCommitDoesNotExistException", cc.put_file, **put, parentCommitId=UNKNOWN)
    expect("PutFile over no id", "InvalidParentCommitIdException", cc.put_file, **put, parentCommitId="abc")
    expect("PutFile to no branch", "BranchDoesNotExistException", cc.put_file, **{**put, "branchName": "nope"}, parentCommitId=first["commitId"])
    expect("PutFile of the same", "SameFileContentException", cc.put_file, **{**put, "fileContent": b"one\n"}, parentCommitId=first["commitId"])
    expect("PutFile onto a folder", "FileNameConflictsWithDirectoryNameException", cc.put_file, **{**put, "filePath": "docs"}, parentCommitId=first["commitId"])
    expect("PutFile under a file", "DirectoryNameConflictsWithFileNameException", cc.put_file, **{**put, "filePath": "docs/a.txt/b"}, parentCommitId=first["commitId"])
    for path in ("../x", "a//b", ".git/config", "a/../b"):
        expect(f"PutFile to {path}", "InvalidPathException", cc.put_file, **{**put, "filePath": path}, parentCommitId=first["commitId"])
    second = cc.put_file(**put, parentCommitId=first["commitId"], fileMode="EXECUTABLE", commitMessage="second")
    expect("PutFile over the former tip", "ParentCommitIdOutdatedException", cc.put_file, **{**put, "fileContent": b"3"}, parentCommitId=first["commitId"])
    check_equal("GetFile of a commit", cc.get_file(repositoryName="demo", commitSpecifier=first["commitId"], filePath="docs/a.txt")["fileContent"], b"one\n")
    check_equal("GetFile shows the mode", cc.get_file(repositoryName="demo", commitSpecifier="main", filePath="docs/a.txt")["fileMode"], "EXECUTABLE")
    check_equal("GetBlob", cc.get_blob(repositoryName="demo", blobId=second["blobId"])["content"], b"two\n")
    expect("GetBlob of none", "BlobIdDoesNotExistException", cc.get_blob, repositoryName="demo", blobId=UNKNOWN)
    expect("GetBlob of no id", "InvalidBlobIdException", cc.get_blob, repositoryName="demo", blobId="x")
    expect("GetFile of none", "FileDoesNotExistException", cc.get_file, repositoryName="demo", filePath="nope")
    expect("GetFile of no commit", "CommitDoesNotExistException", cc.get_file, repositoryName="demo", commitSpecifier="nope", filePath="docs/a.txt")
    expect("GetCommit of none", "CommitIdDoesNotExistException", cc.get_commit, repositoryName="demo", commitId=UNKNOWN)
    expect("GetCommit of no id", "InvalidCommitIdException", cc.get_commit, repositoryName="demo", commitId="main")
    many = cc.batch_get_commits(repositoryName="demo", commitIds=[first["commitId"], UNKNOWN])
    check("BatchGetCommits", [c["commitId"] for c in many["commits"]] == [first["commitId"]] and many["errors"][0]["commitId"] == UNKNOWN, many)
    large = os.urandom(6 * 1024 * 1024)
    third = cc.put_file(repositoryName="demo", branchName="main", filePath="large", fileContent=large, parentCommitId=second["commitId"])
    check("a file of 6 MB comes back", cc.get_file(repositoryName="demo", filePath="large")["fileContent"] == large)
    gone = cc.delete_file(repositoryName="demo", branchName="main", filePath="docs/a.txt", parentCommitId=third["commitId"], keepEmptyFolders=True)
    folder = cc.get_folder(repositoryName="demo", folderPath="docs")
    check("DeleteFile keeps the folder when told to", [f["relativePath"] for f in folder["files"]] == [".gitkeep"] and gone["blobId"] == second["blobId"], folder)
    expect("DeleteFile of none", "FileDoesNotExistException", cc.delete_file, repositoryName="demo", branchName="main", filePath="nope",
           parentCommitId=gone["commitId"])
    expect("GetFolder of none", "FolderDoesNotExistException", cc.get_folder, repositoryName="demo", folderPath="nope")


def tip(cc, branch="main"):
    return cc.get_branch(repositoryName="demo", branchName=branch)["branch"]["commitId"]


def commits(kiln, cc):
    before = tip(cc)
    base = dict(repositoryName="demo", branchName="main")
    made = cc.create_commit(**base, parentCommitId=before, authorName="Bo", email="b@x.org", commitMessage="many",
                            putFiles=[{"filePath": "src/a.c", "fileContent": b"a"}, {"filePath": "src/b.c", "fileContent": b"b", "fileMode": "EXECUTABLE"}],
                            deleteFiles=[{"filePath": "large"}])
    check("CreateCommit tells what it did", [f["absolutePath"] for f in made["filesAdded"]] == ["src/a.c", "src/b.c"]
          and [f["absolutePath"] for f in made["filesDeleted"]] == ["large"] and made["filesUpdated"] == [], made)
    root = cc.get_folder(repositoryName="demo", folderPath="/")
    check("GetFolder of the root", [f["relativePath"] for f in root["subFolders"]] == ["docs", "src"] and root["files"] == []
          and root["commitId"] == made["commitId"] and root["treeId"] == made["treeId"], root)
    moved = cc.create_commit(**base, parentCommitId=made["commitId"], setFileModes=[{"filePath": "src/b.c", "fileMode": "NORMAL"}],
                             putFiles=[{"filePath": "lib/a.c", "sourceFile": {"filePath": "src/a.c", "isMove": True}}])
    check("a file moves with its content", cc.get_file(repositoryName="demo", filePath="lib/a.c")["fileContent"] == b"a"
          and [f["absolutePath"] for f in moved["filesDeleted"]] == ["src/a.c"], moved)
    one = {"filePath": "x", "fileContent": b"x"}
    base["parentCommitId"] = moved["commitId"]
    for name, shape, more in [
            ("nothing", "FileEntryRequiredException", {}),
            ("no change", "NoChangeException", {"putFiles": [{"filePath": "lib/a.c", "fileContent": b"a"}]}),
            ("a path twice", "SamePathRequestException", {"putFiles": [one, one]}),
            ("a file and a folder", "PutFileEntryConflictException", {"putFiles": [one, {"filePath": "x/y", "fileContent": b"y"}]}),
            ("no content", "SourceFileOrContentRequiredException", {"putFiles": [{"filePath": "x"}]}),
            ("two contents", "FileContentAndSourceFileSpecifiedException", {"putFiles": [{**one, "sourceFile": {"filePath": "lib/a.c"}}]}),
            ("no source", "FileDoesNotExistException", {"putFiles": [{"filePath": "x", "sourceFile": {"filePath": "nope"}}]}),
            ("deletion of none", "FileDoesNotExistException", {"deleteFiles": [{"filePath": "nope"}]}),
            ("101 entries", "MaximumFileEntriesExceededException", {"deleteFiles": [{"filePath": f"f{i}"} for i in range(101)]}),
            ("a wrong address", "InvalidEmailException", {"putFiles": [one], "email": "<x>"})]:
        expect(f"CreateCommit with {name}", shape, cc.create_commit, **base, **more)
    check_equal("refused commits changed nothing", tip(cc), moved["commitId"])
    all_pages, token = [], {}
    while True:
        page = cc.get_differences(repositoryName="demo", beforeCommitSpecifier=before, afterCommitSpecifier="main", MaxResults=2, **token)
        all_pages += [(d["changeType"], (d.get("afterBlob") or d["beforeBlob"])["path"]) for d in page["differences"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    check_equal("GetDifferences, by pages", all_pages, [("D", "large"), ("A", "lib/a.c"), ("A", "src/b.c")])
    got = cc.get_differences(repositoryName="demo", afterCommitSpecifier="main", afterPath="src")["differences"]
    check_equal("GetDifferences under a path, from nothing", [(d["changeType"], d["afterBlob"]["path"], d["afterBlob"]["mode"]) for d in got],
                [("A", "src/b.c", "100644")])
    expect("GetDifferences under no path", "PathDoesNotExistException", cc.get_differences, repositoryName="demo", beforeCommitSpecifier=before,
           afterCommitSpecifier="main", beforePath="nope", afterPath="nope")


def branches(kiln, cc):
    top = tip(cc)
    cc.create_branch(repositoryName="demo", branchName="feature/x", commitId=top)
    check_equal("CreateBranch, GetBranch", tip(cc, "feature/x"), top)
    check_equal("ListBranches", cc.list_branches(repositoryName="demo")["branches"], ["feature/x", "main"])
    expect("CreateBranch twice", "BranchNameExistsException", cc.create_branch, repositoryName="demo", branchName="main", commitId=top)
    expect("CreateBranch of no commit", "CommitDoesNotExistException", cc.create_branch, repositoryName="demo", branchName="n", commitId=UNKNOWN)
    expect("CreateBranch with a wrong name", "InvalidBranchNameException", cc.create_branch, repositoryName="demo", branchName="a..b", commitId=top)
    expect("CreateBranch under a branch", "InvalidBranchNameException", cc.create_branch, repositoryName="demo", branchName="main/x", commitId=top)
    expect("GetBranch of none", "BranchDoesNotExistException", cc.get_branch, repositoryName="demo", branchName="nope")
    expect("GetBranch without a name", "BranchNameRequiredException", cc.get_branch, repositoryName="demo")
    expect("DeleteBranch of the default one", "DefaultBranchCannotBeDeletedException", cc.delete_branch, repositoryName="demo", branchName="main")
    expect("UpdateDefaultBranch to none", "BranchDoesNotExistException", cc.update_default_branch, repositoryName="demo", defaultBranchName="nope")
    put = cc.put_file(repositoryName="demo", branchName="feature/x", filePath="new", fileContent=b"n", parentCommitId=top)
    merged = cc.merge_branches_by_fast_forward(repositoryName="demo", sourceCommitSpecifier="feature/x", destinationCommitSpecifier="main")
    check("MergeBranchesByFastForward", merged["commitId"] == put["commitId"] == tip(cc), merged)
    cc.update_default_branch(repositoryName="demo", defaultBranchName="feature/x")
    check_equal("UpdateDefaultBranch", cc.get_repository(repositoryName="demo")["repositoryMetadata"]["defaultBranch"], "feature/x")
    check_equal("git's HEAD follows", subprocess.run(["git", "ls-remote", "--symref", f"{kiln.url}/v1/repos/demo", "HEAD"], capture_output=True,
                                                    text=True).stdout.split()[1], "refs/heads/feature/x")
    check_equal("DeleteBranch", cc.delete_branch(repositoryName="demo", branchName="main")["deletedBranch"], {"branchName": "main", "commitId": tip(cc, "feature/x")})
    check("DeleteBranch of none", "deletedBranch" not in cc.delete_branch(repositoryName="demo", branchName="main"))


def triggers_and_tags(kiln, cc):
    trigger = {"name": "t1", "destinationArn": f"arn:aws:sns:{REGION}:000000000000:topic", "branches": ["main"], "events": ["all"], "customData": "d"}
    put = cc.put_repository_triggers(repositoryName="demo", triggers=[trigger])
    got = cc.get_repository_triggers(repositoryName="demo")
    check("triggers come back as given", got["triggers"] == [trigger] and got["configurationId"] == put["configurationId"], got)
    tried = cc.test_repository_triggers(repositoryName="demo", triggers=[trigger])
    check("TestRepositoryTriggers says that nothing is delivered", tried["successfulExecutions"] == [] and tried["failedExecutions"][0]["trigger"] == "t1"
          and "not" in tried["failedExecutions"][0]["failureMessage"], tried)
    for shape, change in [("InvalidRepositoryTriggerDestinationArnException", {"destinationArn": "arn:aws:s3:::x"}),
                          ("InvalidRepositoryTriggerRegionException", {"destinationArn": "arn:aws:sns:eu-west-1:000000000000:t"}),
                          ("InvalidRepositoryTriggerEventsException", {"events": ["push"]}),
                          ("RepositoryTriggerEventsListRequiredException", {"events": []}),
                          ("InvalidRepositoryTriggerNameException", {"name": "a b"})]:
        expect("PutRepositoryTriggers", shape, cc.put_repository_triggers, repositoryName="demo", triggers=[{**trigger, **change}])
    arn = f"arn:aws:codecommit:{REGION}:000000000000:demo"
    cc.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    cc.untag_resource(resourceArn=arn, tagKeys=["a"])
    check_equal("tags", cc.list_tags_for_resource(resourceArn=arn)["tags"], {"team": "ci", "b": "2"})
    expect("TagResource with aws:", "InvalidSystemTagUsageException", cc.tag_resource, resourceArn=arn, tags={"aws:x": "1"})
    expect("TagResource with 51", "TooManyTagsException", cc.tag_resource, resourceArn=arn, tags={f"k{i}": "" for i in range(51)})
    expect("TagResource of no ARN", "InvalidResourceArnException", cc.tag_resource, resourceArn="arn:x", tags={"a": "1"})
    expect("ListTagsForResource of none", "RepositoryDoesNotExistException", cc.list_tags_for_resource, resourceArn=arn + "x")
    expect("what is not built says so", "NotImplementedException", cc.list_pull_requests, repositoryName="demo")


def told(kiln, cc):
    wait_for(lambda: events(kiln) and events(kiln)[-1]["detail"]["event"] == "referenceDeleted", 60, "the last event is delivered")
    got = events(kiln)
    shapes = [(e["detail"]["event"], e["detail"]["referenceName"]) for e in got]
    check("events in order, each change one", shapes[0] == ("referenceCreated", "main") and ("referenceCreated", "feature/x") in shapes
          and shapes[-1] == ("referenceDeleted", "main") and len({e["id"] for e in got}) == len(got), shapes)
    chain = [e["detail"] for e in got if e["detail"]["referenceName"] == "main"]
    check("each begins where the last one ended", all(a.get("commitId") == b.get("oldCommitId") for a, b in zip(chain, chain[1:])), chain)
    first = got[0]
    check("the envelope", first["detail-type"] == "CodeCommit Repository State Change" and first["resources"] == [f"arn:aws:codecommit:{REGION}:000000000000:demo"]
          and first["detail"]["referenceFullName"] == "refs/heads/main" and first["detail"]["referenceType"] == "branch"
          and first["detail"]["callerUserArn"].startswith("arn:aws:iam::000000000000:"), first)


def main():
    with kiln_server("--set", "engine.enabled=false") as kiln:
        cc = client("codecommit", kiln.url, parameter_validation=False)
        run(*(lambda step=step: step(kiln, cc) for step in (repositories, files, commits, branches, triggers_and_tags, told)))
    finish()


main()
