#!/usr/bin/env python3
"""Clients that take all of git's slots and then send and take nothing, or hang up: others get theirs, and the log says so without alarm."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from plain_git import git

require("kiln", "boto3")

SLOTS = 32


def half_sent(kiln, service, begin):
    """A request of which the body's beginning comes, and no more."""
    sock = socket.create_connection(("127.0.0.1", kiln.port))
    sock.sendall(f"POST /v1/repos/r/git-{service} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-{service}-request\r\n"
                 f"Content-Length: 100000\r\n\r\n".encode() + begin)
    return sock


def programs(kiln):
    out = subprocess.run(["ps", "--ppid", str(kiln.process.pid), "-o", "args="], capture_output=True, text=True).stdout
    return sum("git" in line for line in out.splitlines())


def clone(kiln, where):
    began = time.monotonic()
    done = git("clone", "-q", f"{kiln.url}/v1/repos/r", where)
    return done.returncode, done.stderr, time.monotonic() - began


def main():
    with kiln_server("--set", "engine.enabled=false") as kiln:
        cc, home = client("codecommit", kiln.url), pathlib.Path(tempfile.mkdtemp(prefix="kiln-slots-"))
        cc.create_repository(repositoryName="r")
        first = cc.create_commit(repositoryName="r", branchName="main", putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
        silent = [half_sent(kiln, "upload-pack", b"0") for _ in range(SLOTS // 2)]
        push = f"0000000000000000000000000000000000000000 {first} refs/heads/n\0report-status".encode()
        silent += [half_sent(kiln, "receive-pack", b"%04x" % (len(push) + 4) + push) for _ in range(SLOTS // 2)]
        wait_for(lambda: programs(kiln) == SLOTS, 60, "all slots to be taken")
        status, said, took = clone(kiln, home / "c1")
        check("a clone passes although silent clients have all slots", status == 0, said)
        check("in bounded time", took < 40, took)
        check_equal("no push of a silent client is done", cc.list_branches(repositoryName="r")["branches"], ["main"])
        for sock in silent:
            sock.close()
        wait_for(lambda: programs(kiln) == 0, 60, "the programs of those who hung up to end")
        status, said, took = clone(kiln, home / "c2")
        check("who hung up holds nothing", status == 0 and took < 9, (said, took))  # one that does holds it for 10 s
        wait_for(lambda: all(f"event=git_client_{what}" in kiln.log.read_text() for what in ("gone", "slow")), what="the log tells of both")
        log = kiln.log.read_text()
        check("the log tells of both", "event=git_client_gone" in log and "event=git_client_slow" in log, kiln.tail())
        alarms = [line for line in log.splitlines() if len(line.split()) > 1 and line.split()[1] in ("W", "E", "C")]
        check_equal("without errors and warnings", alarms, [])
        shutil.rmtree(home, ignore_errors=True)
    finish()


main()
