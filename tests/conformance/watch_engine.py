#!/usr/bin/env python3
"""The watch over builds that run: fifty watchers, logs followed while they grow, kiln watch in a pipe."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from patience import quickest
from watchers import *

require("kiln", "image", "boto3")

BUILDS = 200 if LONG else 20
PHASES = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS",
          "FINALIZING", "COMPLETED"]
LINES = 40


def start(spec):
    return cb.start_build(projectName="pp", buildspecOverride=spec)["build"]["id"]


def running_builds():
    """Builds that succeed and builds that fail, each phase of each seen by all."""
    watchers = start_watchers(kiln.url, 50, BUILDS)
    ids = [start(buildspec(build=["echo hello"]) if i % 4 else buildspec(install=["false"])) for i in range(BUILDS)]
    for build_id in ids:
        wait_build(cb, build_id, 300 + 2 * BUILDS)
    finals = finals_of(kiln, ids)
    check_equal("the builds ended as they should", [finals[i]["buildStatus"] for i in ids], ["SUCCEEDED" if i % 4 else "FAILED" for i in range(BUILDS)])
    check_watchers(f"{BUILDS} running builds", watchers, finals)


def log_lines(build_id, query, headers=None):
    """A stream of the log, its lines as they come."""
    request = urllib.request.Request(f"{kiln.url}/_kiln/builds/{build_id}/logs?{query}", headers=headers or {})
    with urllib.request.urlopen(request, timeout=120) as stream:
        for line in stream:
            yield line.decode()


def logs():
    """Followed from before the build runs, from its midst and afterwards: the same text."""
    half = LINES // 2
    say = "for i in $(seq {} {}); do echo line $i; sleep 0.05; done"
    build_id = start(buildspec(build=[say.format(1, half), GATE, say.format(half + 1, LINES), "printf 'no newline'"]))
    results = {"from the start": [], "again": [], "with times": []}

    def follow(name):
        for line in log_lines(build_id, "follow=1" + ("&timestamps=1" if name == "with times" else "")):
            results[name].append(line)
    followed = [threading.Thread(target=follow, args=(name,), daemon=True) for name in results]
    for thread in followed:
        thread.start()
    came = lambda lines: any(line.endswith(f"line {half}\n") for line in lines)
    check("lines come while the build runs, not at its end", wait_for(lambda: all(map(came, results.values())), 120, f"line {half} comes"))
    part = list(log_lines(build_id, "follow=0"))
    open_gate(build_id)
    for thread in followed:
        thread.join(120)
    build = cb.batch_get_builds(ids=[build_id])["builds"][0]
    check_equal("the log's stream ends with the build", build["buildComplete"], True)
    whole = kiln.build_log(build_id)
    check_equal("followed from the start: equal to the final log", "".join(results["from the start"]), whole)
    check_equal("a second follower: the same", "".join(results["again"]), whole)
    check("read in its midst: the beginning of it", whole.startswith("".join(part)) and 0 < len(part) < len(whole.splitlines()), part[-3:])
    check_equal("every line is there", [line for line in whole.splitlines() if line.startswith("line ")], [f"line {i + 1}" for i in range(LINES)])
    check("and the end comes at once", quickest(seconds_to_end, 5) < 5)
    stamped = [line.split(" ", 1) for line in "".join(results["with times"]).splitlines()]
    check_equal("with times: the same lines after each its time", "".join(rest + "\n" for _, rest in stamped).rstrip("\n"), whole.rstrip("\n"))
    check("the times ascend", all(a[0] <= b[0] for a, b in zip(stamped, stamped[1:])) and stamped[0][0].endswith("Z"), stamped[:2])
    objects = [json.loads(line) for line in log_lines(build_id, "", {"Accept": "application/x-ndjson"})]
    middle = objects[len(objects) // 2]
    rest = [json.loads(line) for line in log_lines(build_id, f"offset={middle['offset']}", {"Accept": "application/x-ndjson"})]
    check_equal("from an offset: what follows, once", rest, objects[len(objects) // 2 + 1:])
    check_equal("no such build: 404", kiln.get("/_kiln/builds/pp:00000000-0000-4000-8000-000000000000/logs")[0], 404)


def seconds_to_end():
    """From the last line of a followed log to its end."""
    for _ in log_lines(start(buildspec(build=["echo hello"])), "follow=1"):
        last = time.monotonic()
    return time.monotonic() - last


def kiln_watch(*words, env=None):
    done = subprocess.run([str(KILN), "watch", *words, "--endpoint", kiln.url], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def command():
    """kiln watch in a pipe: plain text, the build's own outcome as exit status."""
    spec = buildspec(build=["echo one", "sleep 0.3", "echo two"])
    build_id = start(spec)
    status, out, error = kiln_watch(build_id)
    check("kiln watch: exit status 0 of a build that succeeds", (status, error) == (0, ""), lambda: f"{status} {error}\n{out}")
    log = kiln.build_log(build_id).splitlines()
    lines = out.splitlines()
    check_equal("kiln watch shows the whole log, in order", [line for line in lines if line in log and not line.startswith("==>")], log)
    ended = [phase for line in lines for phase in PHASES if line.startswith(f"==> {phase} SUCCEEDED in ")]
    check_equal("kiln watch shows each phase with its duration", ended, PHASES[:-1])
    check("kiln watch ends with the outcome", lines[-1].startswith(f"==> {build_id} SUCCEEDED in "), lines[-1])
    check("no escape sequences in a pipe", "\x1b" not in out and "\r" not in out, out)
    failing = start(buildspec(build=["exit 3"]))
    status, out, _ = kiln_watch(failing)
    check("kiln watch: exit status 1 of a build that fails, with the reason", status == 1 and "Error while executing command: exit 3. Reason: exit status 3" in out, (status, out))
    status, out, _ = kiln_watch(failing, "--json")
    changes = [line for line in map(json.loads, out.splitlines()) if line["type"] != "BOOKMARK"]
    check("kiln watch --json: one object a line, the build's status as exit status", status == 1 and changes[-1]["object"]["buildStatus"] == "FAILED", changes)
    status, out, _ = kiln_watch("pp", "--json")
    check("kiln watch PROJECT: its latest build", status == 1 and json.loads(out.splitlines()[0])["object"]["id"] == failing, out)
    status, out, error = kiln_watch("pp:00000000-0000-4000-8000-000000000000")
    check("kiln watch of no build: 3 and a sentence", status == 3 and not out and error.startswith("kiln watch: "), (status, out, error))
    status, out, error = kiln_watch("nobody", env={"AWS_REGION": "eu-west-1"})
    check("kiln watch in another region: 3", status == 3 and "eu-west-1" in error, (status, error))


with kiln_server() as kiln:
    cb = client("codebuild", kiln.url)
    cb.create_project(**project("pp", buildspec(build=["true"])))
    run(running_builds, logs, command)
finish()
