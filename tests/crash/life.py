"""What the crash tests share: builds that show whether a command ran twice or a line was lost, and the checks of what is left of them."""

import functools
import gzip
import hashlib
import io
import json
import zipfile
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


REPOSITORY, BUCKET, STARTS = "life", "life", "what the source says\n"


def prepare(kiln):
    """The repository that builds of input_and_output() come from, and the bucket, with versions, that they leave artifacts and logs in."""
    codecommit, s3 = client("codecommit", kiln.url), client("s3", kiln.url)
    codecommit.create_repository(repositoryName=REPOSITORY)
    codecommit.put_file(repositoryName=REPOSITORY, branchName="main", filePath="starts", fileContent=STARTS.encode())
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


def input_and_output():
    """Members of CreateProject: a source of CodeCommit, an artifact in S3 for every build, its log to every place."""
    return {"source": {"type": "CODECOMMIT", "location": f"https://git-codecommit.{REGION}.amazonaws.com/v1/repos/{REPOSITORY}",
                       "buildspec": spec()},
            "artifacts": {"type": "S3", "location": BUCKET, "namespaceType": "BUILD_ID", "name": "out.zip", "packaging": "ZIP"},
            "logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "ENABLED", "location": f"{BUCKET}/logs"}}}


def spec(lines=60, pause=0.0, fails=False):
    """A buildspec whose log has line-1 to line-<lines> once each, in order, and at the end every command that ran; its artifact is what
    its source says and every command that ran."""
    cut = [1 + lines * k // 4 for k in range(5)]
    command = [numbered(cut[k], cut[k + 1] - 1, pause) for k in range(4)]
    build = [command[2], "exit 3"] if fails else [command[2]]
    return json.dumps({"version": 0.2, "phases": {
        "install": {"commands": [command[0]]}, "pre_build": {"commands": [command[1]]}, "build": {"commands": build},
        "post_build": {"commands": [command[3], "cat starts /tmp/ran > all", "echo ran=$(tr '\\n' ' ' < /tmp/ran)"]}},
        "artifacts": {"files": ["all"]}})


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
    expected = "ran=" + " ".join(starts(lines))
    if [r.strip() for r in ran] != [expected]:
        wrong.append(f"commands ran: {ran}, expected {expected!r}")
    for phase in ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"):
        if text.count(f"Entering phase {phase}\n") != 1:
            wrong.append(f"entered {phase} {text.count('Entering phase ' + phase)} times")
    return wrong


def starts(lines=60):
    return [str(1 + lines * k // 4) for k in range(4)]


def faults_of_artifact(kiln, build, lines=60):
    """What is wrong with the artifact of a build of input_and_output(): it is there once, whole, and as the build says."""
    s3, key = client("s3", kiln.url), build["id"].split(":")[1] + "/out.zip"
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])
    if len(versions) != 1 or build["artifacts"]["location"] != f"arn:aws:s3:::{BUCKET}/{key}":
        return [f"{len(versions)} versions of {key}, artifacts {build['artifacts']}"]
    got = s3.get_object(Bucket=BUCKET, Key=key)
    body = got["Body"].read()
    wrong = []
    if not hashlib.sha256(body).hexdigest() == build["artifacts"]["sha256sum"] == got["Metadata"]["codebuild-content-sha256"]:
        wrong.append(f"the artifact's digest is not {build['artifacts']}")
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        inside = {name: packed.read(name).decode() for name in packed.namelist()}
    if inside != {"all": STARTS + "".join(f"{s}\n" for s in starts(lines))}:
        wrong.append(f"the artifact holds {inside}")
    return wrong


def events_of(kiln, arn):
    found = {}
    contradictions = []
    for file in sorted(kiln.data.glob("events*.jsonl")):
        for event in json_lines(file):
            if event["detail"].get("build-id") != arn:
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


_client = functools.lru_cache(client)


def faults_of_copies(kiln, build, deadline=60):
    """What the build's log in CloudWatch Logs, and its object where one is wanted, have else than Kiln's own: each line once, in order."""
    def differences():
        text = kiln.build_log(build["id"])
        events, token, logs, wrong = [], None, _client("logs", kiln.url), []
        while token is None or page["events"]:
            page = logs.get_log_events(logGroupName=build["logs"]["groupName"], logStreamName=build["logs"]["streamName"], startFromHead=True,
                                       **({"nextToken": token} if token else {}))
            events, token = events + [e["message"] for e in page["events"]], page["nextForwardToken"]
        if events != text.splitlines(keepends=True):
            wrong.append(f"the stream has {len(events)} events, the log {len(text.splitlines())} lines; the first that differs is "
                         f"{next((i for i, (a, b) in enumerate(zip(events, text.splitlines(keepends=True))) if a != b), 'the end')}")
        if "s3LogsArn" in build["logs"]:
            bucket, key = build["logs"]["s3LogsArn"].removeprefix("arn:aws:s3:::").split("/", 1)
            if gzip.decompress(_client("s3", kiln.url).get_object(Bucket=bucket, Key=key)["Body"].read()).decode() != text:
                wrong.append("the object is not the log")
        return wrong

    def same():
        try:
            return not differences()
        except Exception:
            return False
    try:
        wait_for(same, deadline, every=0.1)
    except TimeoutError:
        pass
    try:
        return differences()
    except Exception as error:
        return [f"a copy of the log cannot be had: {error}"]


def settled(kiln, codebuild, build_id, deadline=180):
    build = wait_build(codebuild, build_id, deadline)
    try:
        wait_for(lambda: not faults_of_events(kiln, build), 60, every=0.1)
    except TimeoutError:
        pass
    return build
