"""What the crash tests share: builds that show whether a command ran twice or a line was lost, and the checks of what is left of them."""

import json
import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

CRASH = BUILD / "kiln-crash"
PHASES = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD",
          "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"]
QUICK = ["--set", "queue.backoffBase=20ms", "--set", "queue.backoffCap=500ms"]


def numbered(first, last, pause=0.0):
    """A command that prints lines `first` to `last`, and says in a file that it ran."""
    slow = f"; sleep {pause}" if pause else ""
    return f"echo {first} >> /tmp/ran; i={first}; while [ $i -le {last} ]; do echo line-$i; i=$((i+1)){slow}; done"


def spec(lines=60, pause=0.0, fails=False):
    """A buildspec whose log has line-1 to line-<lines> once each, in order, and at the end every command that ran."""
    cut = [1 + lines * k // 4 for k in range(5)]
    command = [numbered(cut[k], cut[k + 1] - 1, pause) for k in range(4)]
    build = [command[2], "exit 3"] if fails else [command[2]]
    return json.dumps({"version": 0.2, "phases": {
        "install": {"commands": [command[0]]}, "pre_build": {"commands": [command[1]]}, "build": {"commands": build},
        "post_build": {"commands": [command[3], "echo ran=$(tr '\\n' ' ' < /tmp/ran)"]}}})


def shape(build):
    """What of a build must be the same with and without a crash."""
    return (build["buildStatus"], [(p["phaseType"], p.get("phaseStatus"), json.dumps(p.get("contexts"))) for p in build["phases"]])


def faults_of_log(text, lines=60):
    """What is wrong with the log of a build of spec(lines), or an empty list."""
    wrong = []
    seen = [int(l[5:]) for l in text.splitlines() if l.startswith("line-")]
    if seen != list(range(1, lines + 1)):
        wrong.append(f"lines {seen[:5]}… {len(seen)} of {lines}, first difference at "
                     f"{next((i for i, (a, b) in enumerate(zip(seen, range(1, lines + 1))) if a != b), 'the end')}")
    ran = [l for l in text.splitlines() if l.startswith("ran=")]
    expected = "ran=" + " ".join(str(1 + lines * k // 4) for k in range(4))
    if [r.strip() for r in ran] != [expected]:
        wrong.append(f"commands ran: {ran}, expected {expected!r}")
    for phase in ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"):
        if text.count(f"Entering phase {phase}\n") != 1:
            wrong.append(f"entered {phase} {text.count('Entering phase ' + phase)} times")
    return wrong


def events_of(kiln, arn):
    found = {}
    contradictions = []
    for file in sorted(kiln.data.glob("events*.jsonl")):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            if event["detail"]["build-id"] != arn:
                continue
            if event["id"] in found and found[event["id"]] != event:
                contradictions.append(event["id"])
            found[event["id"]] = event
    return list(found.values()), contradictions


def faults_of_events(kiln, build):
    """Every phase's end once by id, IN_PROGRESS and exactly one terminal state, nothing that contradicts."""
    events, wrong = events_of(kiln, build["arn"])
    wrong = [f"event {i} came with two contents" for i in wrong]
    ended = sorted(e["detail"]["completed-phase"] for e in events if "Phase Change" in e["detail-type"])
    expected = sorted(p["phaseType"] for p in build["phases"] if p["phaseType"] != "COMPLETED")
    if ended != expected:
        wrong.append(f"phase events {ended}, expected {expected}")
    states = sorted(e["detail"]["build-status"] for e in events if "State Change" in e["detail-type"])
    if states != sorted(["IN_PROGRESS", build["buildStatus"]]):
        wrong.append(f"state events {states}")
    return wrong


def settled(kiln, codebuild, build_id, deadline=60):
    build = wait_build(codebuild, build_id, deadline)
    try:
        wait_for(lambda: not faults_of_events(kiln, build), 10, every=0.1)
    except TimeoutError:
        pass
    return build
