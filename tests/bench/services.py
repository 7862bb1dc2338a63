#!/usr/bin/env python3
"""S3, CodeCommit and CloudWatch Logs beside what they are compared with, in one run on this machine: moto's server for S3 and Logs, `git
daemon` over the same repository for clones. Each row is the median of several runs in turn; the ratio is ours to theirs."""

import concurrent.futures
import hashlib
import statistics
import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from moto_server import Moto

require("kiln", "boto3")

RUNS = 3
MB = 1 << 20
OBJECT = 1024 * MB if LONG else 128 * MB
SMALL = 5_000 if LONG else 400
COMMITS = 10_000 if LONG else 2_000
LINES = 1_000_000 if LONG else 40_000
BATCH = 10_000
BEGAN = int(time.time() * 1000) - LINES  # of the logs: the services take no event that is older than two weeks


def row(what, value, aim=""):
    note(f"{what:<64} {value:>14}  {aim}")


def compare(what, ours, theirs, name="moto", unit="s", more=""):
    """The medians of what was measured, and their ratio; `theirs` is empty when there is nothing to compare with."""
    mine = statistics.median(ours)
    row(f"{what}, median {unit}", f"{mine:.2f}", more)
    if theirs:
        other = statistics.median(theirs)
        row(f"    {name}, median {unit}", f"{other:.2f}", f"ratio {mine / other:.2f}")
    else:
        row(f"    {name}", "left out", f"{name} is not installed")


def took(function, *arguments, **named):
    began = time.monotonic()
    function(*arguments, **named)
    return time.monotonic() - began


def servers():
    """(name, url) of ours and of moto's when it is there."""
    return [("kiln", kiln.url)] + ([("moto", moto.url)] if moto.url else [])


def is_built(service, ask):
    """Does Kiln answer? A service that is not built leaves its part out."""
    from botocore.exceptions import ClientError
    try:
        ask()
        return True
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (404, 405, 501) and error.response["Error"]["Code"] != "UnknownOperationException":
            raise
        skip(service, f"not built: {error}")
        return False


def s3_client(url, connections=10):
    return client("s3", url, max_pool_connections=connections, s3={"addressing_style": "path"}, retries={"max_attempts": 2}, read_timeout=300)


def digest(path):
    value = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(4 * MB):
            value.update(chunk)
    return value.digest()


def large_object():
    """(a) One large object up and down, as the SDK's transfer manager does it (parts of 8 MB, ten at once)."""
    if not is_built("S3", lambda: s3_client(kiln.url).create_bucket(Bucket="large")):
        return
    up, down = {"kiln": [], "moto": []}, {"kiln": [], "moto": []}
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as folder:
        source, copy = f"{folder}/source", f"{folder}/copy"
        with open(source, "wb") as file:
            for _ in range(OBJECT // (4 * MB)):
                file.write(os.urandom(4 * MB))
        if moto.url:
            s3_client(moto.url).create_bucket(Bucket="large")
        for _ in range(RUNS):
            for name, url in servers():
                s3 = s3_client(url)
                up[name].append(took(s3.upload_file, source, "large", "object"))
                down[name].append(took(s3.download_file, "large", "object", copy))
                check(f"{name}: what came down is what went up", digest(copy) == digest(source))
                pathlib.Path(copy).unlink()
    size = OBJECT // MB
    peak = f"{size / statistics.median(up['kiln']):.0f} MB/s; Kiln's peak memory {kiln.memory_mb()[1]:.0f} MB"
    compare(f"(a) upload of {size} MB", up["kiln"], up["moto"], more=peak)
    compare(f"    download of {size} MB", down["kiln"], down["moto"], more=f"{size / statistics.median(down['kiln']):.0f} MB/s")


def small_puts():
    """(b) Small puts, one after the other and eight at once."""
    if not is_built("S3", lambda: s3_client(kiln.url).create_bucket(Bucket="small")):
        return
    if moto.url:
        s3_client(moto.url).create_bucket(Bucket="small")
    body = os.urandom(1024)
    for threads in (1, 8):
        times = {"kiln": [], "moto": []}
        for turn in range(RUNS):
            for name, url in servers():
                s3 = s3_client(url, threads)

                def put(number):
                    s3.put_object(Bucket="small", Key=f"{threads}/{turn}/{number:06}", Body=body)

                with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                    times[name].append(took(lambda: list(pool.map(put, range(SMALL)))))
        listed = sum(len(page.get("Contents", [])) for page in s3_client(kiln.url).get_paginator("list_objects_v2").paginate(Bucket="small", Prefix=f"{threads}/"))
        check_equal(f"all {threads}-thread puts are there", listed, SMALL * RUNS)
        compare(f"(b) {SMALL} puts of 1 KB, {threads} thread{'s' if threads > 1 else ''}", times["kiln"], times["moto"],
                more=f"{SMALL / statistics.median(times['kiln']):.0f}/s")


def git(*words, **more):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(["git", *map(str, words)], check=True, env=env, stdin=more.pop("stdin", subprocess.DEVNULL), capture_output=True, **more)


def make_repository(path):
    """A bare repository of COMMITS commits, each of which changes one of 200 files."""
    git("init", "--bare", "--quiet", "--initial-branch=main", path)
    importer = subprocess.Popen(["git", "-C", str(path), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    for number in range(1, COMMITS + 1):
        body = (f"commit {number}\n" + "".join(f"line {line} of {number}\n" for line in range(40))).encode()
        message = f"change {number}".encode()
        importer.stdin.write(b"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata %d\n%b\n" % (1_700_000_000 + number, len(message), message))
        importer.stdin.write(b"M 644 inline folder%d/file%d\ndata %d\n%b\n" % (number % 20, number % 200, len(body), body))
    importer.stdin.close()
    if importer.wait() != 0:
        raise RuntimeError("git fast-import failed")
    git("-C", path, "repack", "-adq")


def clones():
    """(c) Clones of one repository, from Kiln over HTTP and from `git daemon`."""
    codecommit = client("codecommit", kiln.url)
    if not is_built("CodeCommit", lambda: codecommit.create_repository(repositoryName="bench")):
        return
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as folder:
        folder = pathlib.Path(folder)
        make_repository(folder / "bench.git")
        where = f"{kiln.url}/v1/repos/bench"
        row(f"(c) push of {COMMITS} commits, s", f"{took(git, '-C', folder / 'bench.git', 'push', '--quiet', where, 'main'):.2f}")
        port = free_port()
        daemon = subprocess.Popen(["git", "daemon", f"--base-path={folder}", "--export-all", "--listen=127.0.0.1", f"--port={port}", str(folder)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(lambda: Moto().answers(port), 60, "git daemon listens")
            times = {where: [], f"git://127.0.0.1:{port}/bench.git": []}
            for turn in range(RUNS + 2):
                for at, (url, measured) in enumerate(times.items()):
                    target = folder / f"clone{at}"
                    measured.append(took(git, "clone", "--quiet", "--branch", "main", url, target))
                    if turn == 0:
                        check_equal(f"all commits are in the clone of {url.split(':')[0]}", int(git("-C", target, "rev-list", "--count", "HEAD").stdout), COMMITS)
                        git("-C", target, "fsck", "--no-progress")
                    shutil.rmtree(target)
        finally:
            os.killpg(daemon.pid, signal.SIGTERM)
            daemon.wait()
        ours, theirs = times.values()
        compare(f"    clone of {COMMITS} commits", ours, theirs, name="git daemon")


def log_events(start):
    return [{"timestamp": BEGAN + number, "message": f"{number:07} a line of a build's log, as long as most are"}
            for number in range(start, min(start + BATCH, LINES))]


def write_stream(logs, stream):
    logs.create_log_stream(logGroupName="bench", logStreamName=stream)
    for start in range(0, LINES, BATCH):
        logs.put_log_events(logGroupName="bench", logStreamName=stream, logEvents=log_events(start))


def read_stream(logs, stream):
    """Every event from the head, until the token stays where it is: how many, and whether they were in order."""
    count, ordered, token = 0, True, {}
    while True:
        page = logs.get_log_events(logGroupName="bench", logStreamName=stream, startFromHead=True, **token)
        for event in page["events"]:
            ordered = ordered and event["message"].startswith(f"{count:07} ")
            count += 1
        if page["nextForwardToken"] == token.get("nextToken"):
            return count, ordered
        token = {"nextToken": page["nextForwardToken"]}


def log_streams():
    """(d) A long stream written in batches of 10,000 and read from head to end."""
    if not is_built("CloudWatch Logs", lambda: client("logs", kiln.url).create_log_group(logGroupName="bench")):
        return
    writes, reads = {"kiln": [], "moto": []}, {"kiln": [], "moto": []}
    if moto.url:
        client("logs", moto.url).create_log_group(logGroupName="bench")
    for turn in range(RUNS):
        for name, url in servers():
            logs = client("logs", url, read_timeout=600)
            writes[name].append(took(write_stream, logs, f"s{turn}"))
            began = time.monotonic()
            read = read_stream(logs, f"s{turn}")
            reads[name].append(time.monotonic() - began)
            check_equal(f"{name}: every line once and in order", read, (LINES, True))
    rate = f"{LINES / statistics.median(writes['kiln']):.0f} lines/s"
    compare(f"(d) PutLogEvents of {LINES} lines", writes["kiln"], writes["moto"], more=rate)
    compare(f"    GetLogEvents of {LINES} lines", reads["kiln"], reads["moto"], more=f"{LINES / statistics.median(reads['kiln']):.0f} lines/s")


with kiln_server("--set", "engine.enabled=false") as kiln, Moto() as moto:
    run(large_object, small_puts, clones, log_streams)
finish()
