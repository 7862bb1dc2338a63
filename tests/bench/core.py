#!/usr/bin/env python3
"""The core's benchmarks, each beside what it is compared with, in one run on this machine; medians of several runs."""

import statistics
import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "image", "boto3")

LOAD, SEED = BUILD / "kiln-load", BUILD / "kiln-seed"
RUNS = 15 if LONG else 7
STORED = 100_000
OUTPUT = 500_000_000 if LONG else 200_000_000


def seconds_of(*words):
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def row(what, value, aim=""):
    note(f"{what:<72} {value:>16}  {aim}")


def one_build():
    """(a) StartBuild to COMPLETED of a one-command build against `docker run --rm IMAGE true`, in turn."""
    with kiln_server() as kiln:
        codebuild = client("codebuild", kiln.url)
        codebuild.create_project(**project("one", buildspec(build=["true"])))

        outcomes = []

        def build():
            began = time.monotonic()
            build_id = codebuild.start_build(projectName="one")["build"]["id"]
            for change in watch(kiln.url, f"?id={build_id}"):
                if change["type"] != "BOOKMARK" and change["object"]["buildComplete"]:
                    break
            took = time.monotonic() - began
            done = codebuild.batch_get_builds(ids=[build_id])["builds"][0]
            wait_for(lambda: not containers([build_id]))
            outcomes.append(done["buildStatus"])
            return took, {p["phaseType"]: (p["endTime"] - p["startTime"]).total_seconds() for p in done["phases"][:-1]}

        build(), seconds_of("docker", "run", "--rm", IMAGE, "true")
        ours, theirs, phases = [], [], {}
        for _ in range(RUNS):
            took, each = build()
            ours.append(took)
            theirs.append(seconds_of("docker", "run", "--rm", IMAGE, "true"))
            for phase, value in each.items():
                phases.setdefault(phase, []).append(value)
        check_equal("(a) every build", outcomes, ["SUCCEEDED"] * (RUNS + 1))
        mine, docker = statistics.median(ours), statistics.median(theirs)
        row("(a) StartBuild to COMPLETED, one command, median s", f"{mine:.3f}")
        row("    docker run --rm IMAGE true, median s", f"{docker:.3f}")
        row("    ratio", f"{mine / docker:.2f}", "aim: at most 1")
        note("    by phase, ms: " + ", ".join(f"{p} {statistics.median(v) * 1000:.0f}" for p, v in phases.items()))


def requests_per_second():
    """(b) BatchGetBuilds and StartBuild per second at 1 and 16 clients with 100,000 builds stored."""
    kiln = KilnServer(["--set", "queue.maxQueuedBuilds=0"], env={"SIMFRA_DOCKER": "0"})
    ids = subprocess.run([SEED, kiln.data, "stored", str(STORED)], check=True, capture_output=True, text=True).stdout.split()
    with kiln:
        client("codebuild", kiln.url).create_project(**project("stored", buildspec(build=["true"])))
        for operation, bodies in (("BatchGetBuilds", [json.dumps({"ids": [i]}) for i in ids]), ("StartBuild", ['{"projectName":"stored"}'])):
            for clients in (1, 16):
                measured = []
                for _ in range(3):
                    done = subprocess.run([LOAD, str(kiln.port), operation, str(clients), "2"], input="\n".join(bodies), text=True,
                                          capture_output=True, check=True).stdout.split()
                    measured.append([float(x) for x in done])
                rate, _, middle, late = sorted(measured)[1]
                row(f"(b) {operation}/s, {clients} clients, {STORED} builds stored", f"{rate:.0f}", f"median {middle} ms, 99 % {late} ms")
                check(f"{operation} with {clients} clients: every answer was 200", not any(failed for _, failed, _, _ in measured), measured)


def chatty():
    """(c) A build that prints 500 MB against the same docker run to a pipe, with its default log driver and with none."""
    line = "x" * 99
    script = f"yes {line} | head -c {OUTPUT}"
    with kiln_server() as kiln:
        codebuild = client("codebuild", kiln.url)
        codebuild.create_project(**project("chatty", buildspec(build=[script])))
        ours, by_default, with_none = [], [], []
        for _ in range(3 if LONG else 1):
            build_id = codebuild.start_build(projectName="chatty")["build"]["id"]
            build = wait_build(codebuild, build_id, 900)
            check_equal("(c) the chatty build", build["buildStatus"], "SUCCEEDED")
            phase = next(p for p in build["phases"] if p["phaseType"] == "BUILD")
            ours.append((build["endTime"] - build["startTime"]).total_seconds())
            for driver, into in (("json-file", by_default), ("none", with_none)):
                into.append(seconds_of("sh", "-c", f"docker run --rm --log-driver {driver} {IMAGE} sh -c '{script}' | cat"))
        length = 0
        with urllib.request.urlopen(f"{kiln.url}/_kiln/builds/{build_id}/logs") as stream:
            while chunk := stream.read(1 << 20):
                length += len(chunk)
        check("(c) all of it is in the log", length > OUTPUT, length)
        mine, driver, none = (statistics.median(v) for v in (ours, by_default, with_none))
        peak = kiln.memory_mb()[1]
        row(f"(c) a build that prints {OUTPUT // 1_000_000} MB, whole build, s", f"{mine:.2f}", f"BUILD alone {(phase['endTime'] - phase['startTime']).total_seconds():.2f}")
        row("    docker run to a pipe, default log driver, s", f"{driver:.2f}", f"ratio {mine / driver:.2f}, aim: at most 0.25")
        row("    docker run to a pipe, log driver none, s", f"{none:.2f}", f"ratio {mine / none:.2f}, aim: at most 2")
        row("    Kiln's peak memory, MB", f"{peak:.0f}", "aim: under 150")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def unmoved(pid, seconds=2):
    """Has the process used no CPU for so long?"""
    before, end = cpu_seconds(pid), time.monotonic() + seconds
    wait_for(lambda: time.monotonic() >= end, seconds + 5, every=0.5)
    return cpu_seconds(pid) == before


def start_and_idle(stored):
    """(d) Time from start to the first answer, resident memory and CPU when idle."""
    kiln = KilnServer()
    if stored:
        subprocess.run([SEED, kiln.data, "stored", str(stored)], check=True, capture_output=True)
    with kiln:
        times = [kiln.restart() for _ in range(RUNS)]
        wait_for(lambda: kiln.get("/_kiln/ready")[0] == 200)
        try:
            wait_for(lambda: unmoved(kiln.process.pid), 60)
        except TimeoutError:
            note("    it has not come to rest: what follows is measured beside what the start and the seeding left to do, or on a slow machine")
        window = 60 if LONG else 20
        before, end = cpu_seconds(kiln.process.pid), time.monotonic() + window
        wait_for(lambda: time.monotonic() >= end, window + 5, every=0.5)
        cpu = (cpu_seconds(kiln.process.pid) - before) / window * 100
        name = f"{stored} builds" if stored else "empty"
        row(f"(d) start to first answer, {name}, median ms", f"{statistics.median(times) * 1000:.0f}", "aim: under 50 when empty")
        row(f"    resident when idle, {name}, MB", f"{kiln.memory_mb()[0]:.1f}", "aim: under 30 when empty")
        row(f"    CPU when idle, {name}, % of one core over {window} s", f"{cpu:.2f}", "aim: under 0.1")


run(one_build, requests_per_second, chatty, lambda: start_and_idle(0), lambda: start_and_idle(STORED))
finish()
