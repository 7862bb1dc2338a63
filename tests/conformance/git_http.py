#!/usr/bin/env python3
"""Ordinary git against Kiln's repositories: clone, fetch, push, in all protocol versions, many commits, large files, several at once."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import gzip
import urllib.request
from harness import *
from plain_git import GIT_ENV, git

require("kiln", "boto3")

COMMITS = 10_000 if LONG else 1_000
LARGE = 200 * 1024 * 1024


def done(name, *words, cwd=None, data=None):
    """A git command that must pass; answers its output."""
    result = git(*words, cwd=cwd, data=data)
    check(name, result.returncode == 0, lambda: result.stderr)
    return result.stdout if isinstance(result.stdout, bytes) else result.stdout.strip()


def head(cwd, what="HEAD"):
    return git("rev-parse", what, cwd=cwd).stdout.strip()


def commit(cwd, name, text):
    (cwd / name).write_text(text)
    git("add", "-A", cwd=cwd)
    git("commit", "-q", "-m", name, cwd=cwd)
    return head(cwd)


def fast_import(count):
    """A history of `count` commits with three branches' worth of tags."""
    out = []
    for i in range(1, count + 1):
        content = f"line {i}\n" * 5
        out.append(f"commit refs/heads/main\nmark :{i}\ncommitter T <t@x.org> {1700000000 + i} +0000\ndata {len(f'c{i}')}\nc{i}\n"
                   + (f"from :{i - 1}\n" if i > 1 else "")
                   + f"M 644 inline d{i % 50}/f{i % 7}.txt\ndata {len(content)}\n{content}\n")
        if i % 100 == 0:
            out.append(f"reset refs/tags/t{i}\nfrom :{i}\n\n")
    return "".join(out).encode()


class World:
    def __init__(self, kiln):
        self.kiln, self.cc = kiln, client("codecommit", kiln.url)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kiln-git-"))

    def repository(self, name):
        made = self.cc.create_repository(repositoryName=name)["repositoryMetadata"]
        return made["cloneUrlHttp"], self.kiln.data / "repositories" / (made["repositoryId"] + ".git")

    def work(self, name, url=None):
        path = self.dir / name
        git("init", "-q", path)
        if url:
            git("remote", "add", "origin", url, cwd=path)
        return path


def basics(world):
    url, bare = world.repository("basics")
    done("an empty repository is cloned", "clone", "-q", url, world.dir / "empty")
    work = world.work("basics", url)
    (bare / "hooks").mkdir(exist_ok=True)
    for hook in ("pre-receive", "update", "post-receive", "post-update", "reference-transaction"):
        (bare / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {world.dir}/hook-ran\nexit 1\n")
        (bare / "hooks" / hook).chmod(0o755)
    first = commit(work, "a", "1")
    done("push", "push", "-q", "origin", "main", cwd=work)
    check("hook files planted in the repository do not run", not (world.dir / "hook-ran").exists())
    check_equal("the API sees the push", world.cc.get_branch(repositoryName="basics", branchName="main")["branch"]["commitId"], first)
    check_equal("the first push sets the default branch", world.cc.get_repository(repositoryName="basics")["repositoryMetadata"]["defaultBranch"], "main")
    second = commit(work, "b", "2")
    done("a second push", "push", "-q", "origin", "main", cwd=work)
    git("reset", "-q", "--hard", first, cwd=work)
    third = commit(work, "c", "3")
    refused = git("push", "origin", "main", cwd=work)
    check("a push that is no fast-forward is refused", refused.returncode and "rejected" in refused.stderr, refused.stderr)
    check_equal("and changes nothing", world.cc.get_branch(repositoryName="basics", branchName="main")["branch"]["commitId"], second)
    done("push --force", "push", "-q", "--force", "origin", "main", cwd=work)
    git("tag", "-a", "-m", "v1", "v1", cwd=work)
    done("a branch and a tag", "push", "-q", "origin", "main:side", "v1", cwd=work)
    done("deletion of a branch", "push", "-q", "origin", "--delete", "side", cwd=work)
    refused = git("push", "origin", "--delete", "main", cwd=work)
    check("the default branch is not deleted", refused.returncode and "refusing" in refused.stderr, refused.stderr)
    done("a clone with user and password", "clone", "-q", url.replace("http://", "http://any:thing@"), world.dir / "again")
    check_equal("has what was pushed", (head(world.dir / "again"), bool(head(world.dir / "again", "v1"))), (third, True))
    done("NAME.git is NAME", "ls-remote", url + ".git")


def versions(world):
    url, _ = world.repository("versions")
    work = world.work("versions", url)
    for version in ("0", "1", "2"):
        tip = commit(work, "v" + version, version)
        done(f"push, protocol {version}", "-c", f"protocol.version={version}", "push", "-q", "origin", "main", cwd=work)
        done(f"clone, protocol {version}", "-c", f"protocol.version={version}", "clone", "-q", url, world.dir / f"clone-{version}")
        check_equal(f"the clone is right, protocol {version}", head(world.dir / f"clone-{version}"), tip)


def history(world):
    url, bare = world.repository("history")
    work = world.work("history", url)
    git("fast-import", "--quiet", cwd=work, data=fast_import(COMMITS))
    git("reset", "-q", "--hard", "main", cwd=work)
    began = time.monotonic()
    done(f"{COMMITS} commits are pushed", "push", "-q", "--tags", "origin", "main", cwd=work)
    pushed, began = time.monotonic() - began, time.monotonic()
    done("and cloned", "clone", "-q", url, world.dir / "history-clone")
    note(f"{COMMITS} commits: push {pushed:.2f} s, clone {time.monotonic() - began:.2f} s")
    check_equal("the clone is whole", git("rev-list", "--count", "HEAD", cwd=world.dir / "history-clone").stdout.strip(), str(COMMITS))
    shallow = world.dir / "shallow"
    for version in ("0", "2"):
        shutil.rmtree(shallow, ignore_errors=True)
        done(f"clone --depth 1, protocol {version}", "-c", f"protocol.version={version}", "clone", "-q", "--depth", "1", url, shallow)
        check_equal("has one commit", git("rev-list", "--count", "HEAD", cwd=shallow).stdout.strip(), "1")
        done("fetch --deepen 10", "-c", f"protocol.version={version}", "fetch", "-q", "--deepen", "10", cwd=shallow)
        check_equal("has eleven", git("rev-list", "--count", "HEAD", cwd=shallow).stdout.strip(), "11")
    done("fetch --unshallow", "fetch", "-q", "--unshallow", cwd=shallow)
    check_equal("has all", git("rev-list", "--count", "HEAD", cwd=shallow).stdout.strip(), str(COMMITS))
    done("a partial clone", "clone", "-q", "--filter=blob:none", url, world.dir / "partial")
    check_equal("fetched its files when they were needed", git("status", "--porcelain", cwd=world.dir / "partial").stdout, "")
    other = world.dir / "history-clone"  # many haves: a long negotiation, its requests gzipped
    for i in range(300):
        git("commit", "-q", "--allow-empty", "-m", f"mine {i}", cwd=other)
    theirs = commit(work, "theirs", "x")
    done("a push on top", "push", "-q", "origin", "main", cwd=work)
    for version in ("0", "2"):
        done(f"a fetch with a long negotiation, protocol {version}", "-c", f"protocol.version={version}", "fetch", "-q", "origin", cwd=other)
    check_equal("finds what is new", head(other, "origin/main"), theirs)
    check("git fsck finds nothing", git("fsck", "--full", "--strict", cwd=bare).returncode == 0)


def several(world):
    url, _ = world.repository("several")
    base = world.work("several", url)
    commit(base, "a", "1")
    done("a base", "push", "-q", "origin", "main", cwd=base)
    works = [world.dir / f"several-{i}" for i in range(4)]
    for i, work in enumerate(works):
        git("clone", "-q", url, work)
        commit(work, f"f{i}", str(i))
    pushes = [subprocess.Popen(["git", "push", "-q", "origin", f"HEAD:refs/heads/b{i}"], cwd=w, env=GIT_ENV, stderr=subprocess.PIPE) for i, w in enumerate(works)]
    check_equal("pushes at once to different branches all pass", [p.wait() for p in pushes], [0] * 4)
    pushes = [subprocess.Popen(["git", "push", "-q", "origin", "HEAD:main"], cwd=w, env=GIT_ENV, stderr=subprocess.PIPE) for w in works]
    won = [p.wait() == 0 for p in pushes]
    check_equal("of pushes at once to one branch one passes", sum(won), 1)
    check_equal("and is what the branch holds", world.cc.get_branch(repositoryName="several", branchName="main")["branch"]["commitId"], head(works[won.index(True)]))


def large(world):
    url, _ = world.repository("large")
    work = world.work("large", url)
    with open(work / "large", "wb") as out:
        for _ in range(LARGE // (1 << 20)):
            out.write(os.urandom(1 << 20))
    git("add", "-A", cwd=work)
    git("commit", "-q", "-m", "large", cwd=work)
    before = world.kiln.memory_mb()[1]
    done("a file of 200 MB is pushed", "push", "-q", "origin", "main", cwd=work)
    done("and cloned", "clone", "-q", url, world.dir / "large-clone")
    grown = world.kiln.memory_mb()[1] - before
    note(f"peak memory grew by {grown:.0f} MB")
    check("byte for byte", subprocess.run(["cmp", work / "large", world.dir / "large-clone" / "large"]).returncode == 0)
    check("memory stays bounded", grown < 64, grown)


def raw(world, path, body=None, **headers):
    request = urllib.request.Request(world.kiln.url + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def refusals(world):
    url, _ = world.repository("refusals")
    missing = git("clone", world.kiln.url + "/v1/repos/nope", world.dir / "nope")
    check("a repository that is not there", "not found" in missing.stderr, missing.stderr)
    for path in ("/v1/repos/..%2f..%2fetc/info/refs?service=git-upload-pack", "/v1/repos/%2e%2e/info/refs?service=git-upload-pack", "/v1/repos/"):
        check_equal(f"{path} leads nowhere", raw(world, path)[0], 404)
    check_equal("the dumb protocol", [raw(world, "/v1/repos/refusals" + p)[0] for p in ("/info/refs", "/HEAD", "/objects/info/packs")], [403] * 3)
    check_equal("another service", raw(world, "/v1/repos/refusals/info/refs?service=git-upload-archive")[0], 403)
    kind = {"Content-Type": "application/x-git-upload-pack-request"}
    check_equal("a wrong content type", raw(world, "/v1/repos/refusals/git-upload-pack", b"0000", **{"Content-Type": "text/plain"})[0], 415)
    check_equal("an unknown encoding", raw(world, "/v1/repos/refusals/git-upload-pack", b"0000", **kind, **{"Content-Encoding": "br"})[0], 415)
    status, _ = raw(world, "/v1/repos/refusals/git-upload-pack", b"not gzip", **kind, **{"Content-Encoding": "gzip"})
    check_equal("a body that is not gzip", status, 400)
    bomb = gzip.compress(b"0000" + b"0" * (300 << 20), 9)
    before = world.kiln.memory_mb()[1]
    try:
        raw(world, "/v1/repos/refusals/git-upload-pack", bomb, **kind, **{"Content-Encoding": "gzip"})
    except Exception as error:
        note(f"a bomb ends in {type(error).__name__}")
    check("a gzip bomb takes no memory", world.kiln.memory_mb()[1] - before < 48)
    status, _ = raw(world, "/v1/repos/refusals/info/refs?service=git-upload-pack", Host="git-codecommit.eu-west-1.amazonaws.com")
    check_equal("another region's host has not this repository", status, 404)
    check_equal("this region's host has", raw(world, "/v1/repos/refusals/info/refs?service=git-upload-pack", Host="git-codecommit.us-east-1.amazonaws.com")[0], 200)


def no_leftovers(world):
    def children():
        out = subprocess.run(["ps", "--ppid", str(world.kiln.process.pid), "-o", "pid=,stat=,args="], capture_output=True, text=True).stdout
        return [line for line in out.splitlines() if "git" in line]
    try:
        wait_for(lambda: not children(), 300)  # a repack of what was pushed may be at work
    except TimeoutError:
        pass
    check_equal("no git program and no zombie is left", children(), [])


def main():
    with kiln_server("--set", "engine.enabled=false") as kiln:
        world = World(kiln)
        run(*(lambda case=case: case(world) for case in (basics, versions, history, several, large, refusals, no_leftovers)))
        shutil.rmtree(world.dir, ignore_errors=True)
    finish()


main()
