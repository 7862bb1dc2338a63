#!/usr/bin/env python3
"""The watch over builds that run: fifty watchers, logs followed while they grow, kiln watch in a pipe."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
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
        wait_build(cb, build_id, 30 + 2 * BUILDS)
    finals = finals_of(kiln, ids)
    check_equal("the builds ended as they should", [finals[i]["buildStatus"] for i in ids], ["SUCCEEDED" if i % 4 else "FAILED" for i in range(BUILDS)])
    check_watchers(f"{BUILDS} running builds", watchers, finals)


def log_of(build_id, query, headers=None):
    """A stream of the log: the lines, each with the time it came at."""
    request = urllib.request.Request(f"{kiln.url}/_kiln/builds/{build_id}/logs?{query}", headers=headers or {})
    with urllib.request.urlopen(request, timeout=30) as stream:
        return [(time.monotonic(), line.decode()) for line in stream]


def logs():
    """Followed from before the build runs, from its midst and afterwards: the same text."""
    build_id = start(buildspec(build=[f"for i in $(seq {LINES}); do echo line $i; sleep 0.05; done", "printf 'no newline'"]))
    followed, results = [], {}
    for name in ("from the start", "again", "with times"):
        query = "follow=1" + ("&timestamps=1" if name == "with times" else "")
        followed.append(threading.Thread(target=lambda n=name, q=query: results.update({n: log_of(build_id, q)})))
        followed[-1].start()
    wait_for(lambda: f"\nline {LINES // 2}\n" in kiln.build_log(build_id), 30)
    part = log_of(build_id, "follow=0")
    for thread in followed:
        thread.join(60)
    ended = time.monotonic()
    build = cb.batch_get_builds(ids=[build_id])["builds"][0]
    check_equal("the log's stream ends with the build", build["buildComplete"], True)
    whole = kiln.build_log(build_id)
    text = lambda lines: "".join(line for _, line in lines)
    check_equal("followed from the start: equal to the final log", text(results["from the start"]), whole)
    check_equal("a second follower: the same", text(results["again"]), whole)
    check("read in its midst: the beginning of it", whole.startswith(text(part)) and 0 < len(part) < len(whole.splitlines()), part[-3:])
    came = [at for at, line in results["from the start"] if line.startswith("line ")]
    check(f"lines come while the build runs, not at its end ({came[-1] - came[0]:.1f} s from first to last)", len(came) == LINES and came[-1] - came[0] > 1.0, came)
    check("and the end comes at once", ended - results["from the start"][-1][0] < 5)
    stamped = [line.split(" ", 1) for line in text(results["with times"]).splitlines()]
    check_equal("with times: the same lines after each its time", "".join(rest + "\n" for _, rest in stamped).rstrip("\n"), whole.rstrip("\n"))
    check("the times ascend", all(a[0] <= b[0] for a, b in zip(stamped, stamped[1:])) and stamped[0][0].endswith("Z"), stamped[:2])
    objects = [json.loads(line) for _, line in log_of(build_id, "", {"Accept": "application/x-ndjson"})]
    middle = objects[len(objects) // 2]
    rest = [json.loads(line) for _, line in log_of(build_id, f"offset={middle['offset']}", {"Accept": "application/x-ndjson"})]
    check_equal("from an offset: what follows, once", rest, objects[len(objects) // 2 + 1:])
    check_equal("no such build: 404", kiln.get("/_kiln/builds/pp:00000000-0000-4000-8000-000000000000/logs")[0], 404)


def kiln_watch(*words, env=None):
    done = subprocess.run([str(KILN), "watch", *words, "--endpoint", kiln.url], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
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
