#!/usr/bin/env python3
"""kill -9 of the server in the middle of pushes: afterwards every repository is whole, every reference is old or new and never less
than what was acknowledged, its events tell exactly how it got there, and the client pushes again."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import random
from harness import *
from plain_git import git

require("kiln", "boto3")

ROUNDS = 40 if LONG else 8
PUSHERS = 3
SEED = int(os.environ.get("KILN_TEST_SEED", random.randrange(1 << 30)))


class Pusher:
    """Pushes one commit after the other to a branch of its own; knows what was acknowledged and what was tried after that."""

    def __init__(self, path, url, branch):
        self.path, self.branch, self.acknowledged, self.tried, self.count = path, branch, "", [], 0
        git("init", "-q", path)
        git("remote", "add", "origin", url, cwd=path)

    def push(self, size):
        self.count += 1
        (self.path / f"f{self.count % 5}").write_bytes(os.urandom(size))
        git("add", "-A", cwd=self.path)
        git("commit", "-q", "-m", f"c{self.count}", cwd=self.path)
        tip = git("rev-parse", "HEAD", cwd=self.path).stdout.strip()
        self.tried.append(tip)
        if git("push", "-q", "origin", f"HEAD:refs/heads/{self.branch}", cwd=self.path).returncode:
            return False
        self.acknowledged, self.tried = tip, []
        return True

    def run(self, sizes):
        while self.push(sizes()):
            pass


def told(kiln, branch):
    """The changes of a branch that events tell of, each once, in order."""
    seen, changes = set(), []
    for event in json_lines(kiln.data / "events.jsonl"):
        if event["source"] == "aws.codecommit" and event["detail"]["referenceName"] == branch and event["id"] not in seen:
            seen.add(event["id"])
            changes.append((event["detail"].get("oldCommitId", ""), event["detail"].get("commitId", "")))
    return changes


def half_made(bare):
    found = [(folder, name) for folder, folders, files in os.walk(bare) if not folder.endswith("/pack") for name in folders + files]
    return [os.path.join(*one) for one in found if one[1].endswith(".lock") or one[1].startswith(("tmp_", "incoming-"))]


def programs_in(bare):
    """git's programs of a server that is gone: what it started dies with it, what that started may work on for a while."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.path.samefile(process / "cwd", bare):
                found.append(process.name)
        except OSError:
            pass
    return found


def look(kiln, bare, pusher, round_):
    tip = git("rev-parse", "--verify", "-q", f"refs/heads/{pusher.branch}", cwd=bare).stdout.strip()
    right = tip in [pusher.acknowledged, *pusher.tried]
    check(f"round {round_}: {pusher.branch} is old or new", right, lambda: f"{tip} is neither {pusher.acknowledged} nor of {pusher.tried}")
    try:
        wait_for(lambda: (told(kiln, pusher.branch) or [("", "")])[-1][1] == tip, 60)
    except TimeoutError:
        pass
    changes = told(kiln, pusher.branch)
    whole = all(a[1] == b[0] for a, b in zip(changes, changes[1:])) and (not changes or changes[0][0] == "")
    check(f"round {round_}: events of {pusher.branch} lead to it", whole and (changes or [("", "")])[-1][1] == tip, lambda: (tip, changes[-4:]))
    pusher.acknowledged, pusher.tried = tip, []


def main():
    note(f"seed {SEED}")
    random.seed(SEED)
    work = pathlib.Path(tempfile.mkdtemp(prefix="kiln-git-kills-"))
    with kiln_server("--set", "engine.enabled=false") as kiln:
        made = client("codecommit", kiln.url).create_repository(repositoryName="demo")["repositoryMetadata"]
        bare = kiln.data / "repositories" / (made["repositoryId"] + ".git")
        pushers = [Pusher(work / f"w{i}", made["cloneUrlHttp"], f"b{i}") for i in range(PUSHERS)]
        sizes = lambda: random.choice([100, 100, 100_000, 3_000_000])
        for round_ in range(ROUNDS):
            threads = [threading.Thread(target=p.run, args=(sizes,)) for p in pushers]
            for thread in threads:
                thread.start()
            killed = threading.Event()
            killed.wait(random.uniform(0.05, 1.5))
            kiln.kill9()
            for thread in threads:
                thread.join()
            at_work = programs_in(bare)
            kiln.start()
            fsck = git("fsck", "--full", "--strict", "--no-dangling", cwd=bare)
            check(f"round {round_}: git fsck finds nothing", fsck.returncode == 0 and "missing" not in fsck.stderr + fsck.stdout, fsck.stderr + fsck.stdout)
            if at_work:  # what they wrote beside this start is cleared by the next
                wait_for(lambda: not programs_in(bare), 60, "the killed server's programs end")
                kiln.restart()
            check_equal(f"round {round_}: nothing half-made is left", half_made(bare), [])
            for pusher in pushers:
                look(kiln, bare, pusher, round_)
            check_equal(f"round {round_}: the clients push again", [p.push(100) for p in pushers], [True] * PUSHERS)
        note(f"{ROUNDS} kills, {sum(p.count for p in pushers)} pushes")
    shutil.rmtree(work, ignore_errors=True)
    finish()


main()
