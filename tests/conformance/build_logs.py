#!/usr/bin/env python3
"""Where builds' logs go: their groups and streams in CloudWatch Logs from the first line on, their objects in S3, embedded and elsewhere."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import gzip
import re

require("kiln", "image", "boto3")

# Everything that is not a plain line: colours, progress, blank lines, no text, a long line, no newline at the end.
STRANGE = ["printf '\\033[31mred\\033[0m\\n'", "printf '1%%\\r50%%\\r100%%\\n'", "printf '\\n\\n'", "printf 'caf\\351 \\377\\376\\n'", "printf 'a\\000b\\n'",
           "head -c 600000 /dev/zero | tr '\\0' x; echo", "printf 'h\\303\\251llo'"]
LONGEST = 262_144 - 26


class World:
    def __init__(self, kiln, url=None):
        self.kiln, self.url = kiln, url or kiln.url
        self.codebuild = client("codebuild", kiln.url)
        self.logs, self.s3 = client("logs", self.url), client("s3", self.url)

    def start(self, name, spec, logs=None, **more):
        if logs is not None:
            more["logsConfig"] = logs
        self.codebuild.create_project(**project(name, spec, **more))
        return self.codebuild.start_build(projectName=name)["build"]["id"]

    def build(self, name, spec, logs=None, **more):
        return wait_build(self.codebuild, self.start(name, spec, logs, **more))

    def get(self, build_id):
        return self.codebuild.batch_get_builds(ids=[build_id])["builds"][0]

    def events(self, group, stream):
        found, token = [], None
        while True:
            more = {"nextToken": token} if token else {}
            page = self.logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **more)
            found += page["events"]
            if page["nextForwardToken"] == token or not page["events"]:
                return found
            token = page["nextForwardToken"]

    def messages(self, build):
        try:
            return [e["message"] for e in self.events(build["logs"]["groupName"], build["logs"]["streamName"])]
        except self.logs.exceptions.ResourceNotFoundException:  # not made yet
            return []

    def raw(self, build_id):
        with urllib.request.urlopen(f"{self.kiln.url}/_kiln/builds/{build_id}/logs") as answer:
            return answer.read()


def uuid_of(build):
    return build["id"].split(":")[1]


def check_whole(world, title, build, deadline=0):
    """The stream has what Kiln's own log has, line for line: at once, or within `deadline` where no FINALIZING waits for it."""
    def same():
        return "".join(world.messages(build)).encode() == world.raw(build["id"]).decode(errors="replace").encode()
    if deadline:
        wait_for(same, deadline, f"{title}: the stream is whole", every=0.1)
    got, raw = world.messages(build), world.raw(build["id"])
    check_equal(f"{title}: the events are the log, line for line", "".join(got).encode(), raw.decode(errors="replace").encode())
    check(f"{title}: an event is a line", all(m.endswith("\n") and "\n" not in m[:-1] or len(m) > LONGEST - 8 or m is got[-1] for m in got), got)
    return got


def live(world):
    can_follow = shutil.which("aws") and "nvalid choice" not in aws(world.url, "logs", "tail")[2]
    build_id = world.start("live", buildspec(build=["echo first", GATE, "echo second"]))
    provisioning = wait_for(lambda: (b := world.get(build_id))["currentPhase"] not in ("SUBMITTED", "QUEUED") and b, every=0.01)
    logs = provisioning["logs"]
    uuid = uuid_of(provisioning)
    check_equal("groupName and streamName once PROVISIONING begins", (logs.get("groupName"), logs.get("streamName")), ("/aws/codebuild/live", uuid))
    check_equal("deepLink", logs["deepLink"], f"https://console.aws.amazon.com/cloudwatch/home?region={REGION}#logsV2:log-groups/log-group/$252Faws$252Fcodebuild$252Flive/log-events/{uuid}")
    check_equal("cloudWatchLogsArn", logs["cloudWatchLogsArn"], f"arn:aws:logs:{REGION}:000000000000:log-group:/aws/codebuild/live:log-stream:{uuid}")
    wait_for(lambda: "first\n" in world.messages(provisioning), 60, "the first command's line is in the stream", every=0.02)
    check("a line is in the stream while its build runs", not world.get(build_id)["buildComplete"] and "second\n" not in world.messages(provisioning))
    first = world.messages(provisioning)[0]
    check("the stream begins with the log's first line", "Running on CodeBuild On-demand\n" in first, first)
    if can_follow:
        follow(world, "/aws/codebuild/live", build_id)
    else:
        open_gate(build_id)
        skip("aws logs tail --follow", "this aws CLI has no logs tail (version 2 has)")
    build = wait_build(world.codebuild, build_id)
    check_whole(world, "a build followed live", build)
    check("CODEBUILD_LOG_PATH", build["logs"]["streamName"] == uuid)


def early(world):
    with socket.socket() as registry:  # accepts and never answers: PROVISIONING goes on
        registry.bind(("127.0.0.1", 0))
        registry.listen(16)
        build_id = world.start("early", buildspec(build=["true"]), image=f"127.0.0.1:{registry.getsockname()[1]}/never:latest")
        uuid = build_id.split(":")[1]
        wait_for(lambda: any(s["logStreamName"] == uuid for s in streams(world, "/aws/codebuild/early")), 60, "the stream is there")
        check_equal("the stream is made in PROVISIONING", world.get(build_id)["currentPhase"], "PROVISIONING")
        world.codebuild.stop_build(id=build_id)
        wait_build(world.codebuild, build_id)


def streams(world, group):
    try:
        return world.logs.describe_log_streams(logGroupName=group)["logStreams"]
    except world.logs.exceptions.ResourceNotFoundException:
        return []


def follow(world, group, build_id):
    """`aws logs tail --follow` of a build that runs until its first command is shown, until its last one is."""
    tail = subprocess.Popen(["aws", "--endpoint-url", world.url, "logs", "tail", group, "--follow", "--since", "5m", "--format", "short"], env=aws_env(),
                            stdout=subprocess.PIPE, text=True)
    lines = []
    threading.Thread(target=lambda: [lines.append(line) for line in tail.stdout], daemon=True).start()
    for word in ("first", "second"):
        try:
            wait_for(lambda: any(line.endswith(f" {word}\n") for line in lines), 120)
        except TimeoutError:
            pass
        if word == "first":
            open_gate(build_id)
    tail.kill()
    tail.wait()
    check_equal("aws logs tail --follow shows a running build", [w for line in lines for w in line.split()[1:] if w in ("first", "second") and len(line.split()) == 2], ["first", "second"])


def places(world):
    prefixed = world.build("prefixed", buildspec(build=["echo path=$CODEBUILD_LOG_PATH"]),
                           {"cloudWatchLogs": {"status": "ENABLED", "groupName": "my-group", "streamName": "my/prefix"}})
    logs, stream = prefixed["logs"], f"my/prefix/{uuid_of(prefixed)}"
    check_equal("groupName and a prefix of streams", (logs["groupName"], logs["streamName"]), ("my-group", stream))
    check("its deepLink", logs["deepLink"].endswith(f"log-group/my-group/log-events/my$252Fprefix$252F{uuid_of(prefixed)}"), logs["deepLink"])
    got = check_whole(world, "group and prefix", prefixed)
    check("CODEBUILD_LOG_PATH is the stream", f"path={stream}\n" in got, got)
    off = world.build("off", buildspec(build=["echo here=$CODEBUILD_LOG_PATH"]), {"cloudWatchLogs": {"status": "DISABLED"}})
    check_equal("both switched off: the build runs", off["buildStatus"], "SUCCEEDED")
    check("both switched off: no group, no stream, null in the links",
          "groupName" not in off["logs"] and "s3LogsArn" not in off["logs"] and off["logs"]["deepLink"].endswith("log-group/null/log-events/null"), off["logs"])
    check("both switched off: nothing was sent, Kiln has the log", not streams(world, "/aws/codebuild/off") and b"here=" in world.raw(off["id"]))
    strange = world.build("strange", buildspec(build=STRANGE))
    got = check_whole(world, "what is no plain text", strange)
    check("escape sequences, progress and control characters stay", all(m in got for m in ("\x1b[31mred\x1b[0m\n", "1%\r50%\r100%\n", "a\0b\n")), [m for m in got if len(m) < 200])
    check("bytes that are not UTF-8 are U+FFFD", "caf\ufffd \ufffd\ufffd\n" in got)
    check("a line of 600,000 bytes is three events", [len(m) for m in got if m.startswith("xxxxx")][:1] >= [LONGEST - 3] and sum(m.startswith("xxxxx") for m in got) == 3,
          [len(m) for m in got if m.startswith("xxx")])
    check("times never fall", (t := [e["timestamp"] for e in world.events(strange["logs"]["groupName"], strange["logs"]["streamName"])]) == sorted(t))


def objects(world):
    world.s3.create_bucket(Bucket="log-bucket")
    for title, location, prefix in (("bucket and prefix", "log-bucket/some/prefix", "some/prefix/"), ("an ARN", "arn:aws:s3:::log-bucket/other", "other/"), ("a bucket alone", "log-bucket", "")):
        name = "s3-" + title.replace(" ", "-")
        build = world.build(name, buildspec(build=STRANGE), {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "ENABLED", "location": location}})
        key, uuid = f"{prefix}{uuid_of(build)}.gz", uuid_of(build)
        logs = build["logs"]
        check_equal(f"S3, {title}: s3LogsArn and s3DeepLink", (logs.get("s3LogsArn"), logs.get("s3DeepLink")),
                    (f"arn:aws:s3:::log-bucket/{key}", f"https://s3.console.aws.amazon.com/s3/object/log-bucket/{key}?region={REGION}"))
        held = world.s3.get_object(Bucket="log-bucket", Key=key)
        check_equal(f"S3, {title}: the object is the log's very bytes, there when the build is complete", gzip.decompress(held["Body"].read()), world.raw(build["id"]))
        check_equal(f"S3, {title}: type, encoding and encryption", (held["ContentType"], held.get("ContentEncoding"), held.get("ServerSideEncryption")), ("application/gzip", None, "aws:kms"))
        check_whole(world, f"both, {title}", build)
    plain = world.build("s3-plain", buildspec(build=["true"]), {"cloudWatchLogs": {"status": "DISABLED"}, "s3Logs": {
        "status": "ENABLED", "location": "log-bucket/plain", "encryptionDisabled": True, "bucketOwnerAccess": "FULL"}})
    held = world.s3.get_object(Bucket="log-bucket", Key=f"plain/{uuid_of(plain)}.gz")
    check("S3 alone, encryptionDisabled", held.get("ServerSideEncryption") != "aws:kms" and not streams(world, "/aws/codebuild/s3-plain"), held["ResponseMetadata"])
    missing = world.build("s3-missing", buildspec(build=["echo hi"]), {"s3Logs": {"status": "ENABLED", "location": "no-such-bucket/p"}})
    finalizing = next(p for p in missing["phases"] if p["phaseType"] == "FINALIZING")
    check_equal("a bucket that is missing: the build does not fail", (missing["buildStatus"], finalizing["phaseStatus"]), ("SUCCEEDED", "SUCCEEDED"))
    said = finalizing["contexts"][0]
    check("… FINALIZING says why the log is not there, in the words of every refusal of S3", said["statusCode"] == "CLIENT_ERROR" and re.fullmatch(
        r"NoSuchBucket: The specified bucket does not exist\n\tstatus code: 404, request id: \S+, host id: \S+", said["message"]), finalizing)
    warnings = [line for line in world.kiln.log.read_text().splitlines() if "event=log-not-delivered" in line]
    check("… one warning in the daemon's log, in one line", len(warnings) == 1 and "status code: 404" in warnings[0], warnings)
    check_whole(world, "… and CloudWatch Logs has it", missing)


def ends(world):
    config = {"s3Logs": {"status": "ENABLED", "location": "log-bucket/ends"}}
    stopped_id = world.start("stopped", buildspec(build=["echo before", "sleep 60"]), config)
    wait_for(lambda: b"before\n" in world.raw(stopped_id), 60, every=0.1)
    world.codebuild.stop_build(id=stopped_id)
    failed = world.build("failed", buildspec(build=["echo oh; exit 1"]), config)
    for title, build in (("stopped", wait_build(world.codebuild, stopped_id)), ("failed", failed)):
        key = f"ends/{uuid_of(build)}.gz"
        wait_for(lambda: "Contents" in world.s3.list_objects_v2(Bucket="log-bucket", Prefix=key), 60, f"{key} is there", every=0.1)
        check_equal(f"a {title} build's object", gzip.decompress(world.s3.get_object(Bucket="log-bucket", Key=key)["Body"].read()), world.raw(build["id"]))
        check_whole(world, f"a {title} build's stream", build, 60)
    image = world.build("no-image", buildspec(build=["true"]), config, image="127.0.0.1:1/no-such-image:ever")
    wait_for(lambda: "Contents" in world.s3.list_objects_v2(Bucket="log-bucket", Prefix=f"ends/{uuid_of(image)}"), every=0.1)
    wait_for(lambda: streams(world, "/aws/codebuild/no-image"), what="its stream is made", every=0.1)
    check("a build that fails in PROVISIONING has an empty log in both", image["buildStatus"] == "FAILED" and world.messages(image) == [])


def groups_and_restarts(world):
    build_id = world.start("regroup", buildspec(build=["echo one", GATE, "echo two"]))
    wait_for(lambda: b"one\n" in world.raw(build_id) and "one\n" in world.messages(world.get(build_id)), 60, every=0.05)
    world.logs.delete_log_group(logGroupName="/aws/codebuild/regroup")
    open_gate(build_id)
    got = world.messages(wait_build(world.codebuild, build_id))
    check("a group that is deleted meanwhile is made again and has what comes then", "two\n" in got and "one\n" not in got, got)
    world.logs.delete_log_group(logGroupName="/aws/codebuild/regroup")
    build_id = world.start("restart", buildspec(build=["i=0; while [ $i -lt 300 ]; do echo line-$i; i=$((i+1)); sleep 0.01; done"]))
    wait_for(lambda: "line-20\n" in (world.messages(b) if "groupName" in (b := world.get(build_id))["logs"] and streams(world, "/aws/codebuild/restart") else ()), 60, every=0.05)
    world.kiln.kill9()
    world.kiln.start()
    check_whole(world, "kill -9 while it prints", wait_build(world.codebuild, build_id))
    check("a group that was deleted after its build stays deleted", not streams(world, "/aws/codebuild/regroup"))
    def behind():
        return [line for line in world.kiln.get("/_kiln/metrics")[1].splitlines() if line.startswith("kiln_logs")]
    try:
        wait_for(lambda: {"kiln_logs_behind 0", "kiln_logs_lag_seconds 0"} <= set(behind()))
    except TimeoutError:
        pass
    check("metrics of what is behind", {"kiln_logs_behind 0", "kiln_logs_lag_seconds 0"} <= set(behind()), behind)


def embedded():
    with kiln_server() as kiln:
        world = World(kiln)
        run(*[named(part, "embedded", world) for part in (live, early, places, objects, ends, groups_and_restarts)])
        check_no_leftovers("no container left over", world.codebuild.list_builds()["ids"])


def named(part, where, *arguments):
    def case():
        part(*arguments)
    case.__name__ = f"{part.__name__} {where}"
    return case


def elsewhere(where, url):
    """The same from a Kiln whose logs and objects are elsewhere, through kills."""
    with kiln_server("--set", f"logs.endpoint={url}", "--set", f"s3.endpoint={url}", "--set", "queue.backoffBase=20ms") as kiln:
        world = World(kiln, url)
        world.s3.create_bucket(Bucket="elsewhere")
        config = {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "ENABLED", "location": "elsewhere/logs"}}
        build_id = world.start("away", buildspec(build=["i=0; while [ $i -lt 400 ]; do echo same; i=$((i+1)); sleep 0.01; done", *STRANGE]), config)
        for _ in range(4):
            before = world.raw(build_id)
            wait_for(lambda: world.raw(build_id).count(b"same\n") > before.count(b"same\n") + 30 or world.get(build_id)["buildComplete"], 60, every=0.02)
            kiln.kill9()
            kiln.start()
        build = wait_build(world.codebuild, build_id)
        got = check_whole(world, f"{where}, through four kills", build)
        check_equal(f"{where}: 400 lines that are equal", got.count("same\n"), 400)
        held = world.s3.get_object(Bucket="elsewhere", Key=f"logs/{uuid_of(build)}.gz")["Body"].read()
        check_equal(f"{where}: the object", gzip.decompress(held), world.raw(build_id))
        check("nothing of it is in this Kiln's own", not client("logs", kiln.url).describe_log_groups()["logGroups"])
        check_no_leftovers(f"{where}: no container left over", [build_id])


def timed_out():
    with kiln_server("--set", "queue.minute=400ms") as kiln:
        world = World(kiln)
        world.s3.create_bucket(Bucket="log-bucket")
        for minutes in (8, 40, 140):  # until the machine is quick enough to come to the command
            build = world.build(f"late-{minutes}", buildspec(build=["echo before", "sleep 60"]), {"s3Logs": {"status": "ENABLED", "location": "log-bucket/late"}}, timeoutInMinutes=minutes)
            if b"before\n" in world.raw(build["id"]):
                break
        check_equal("a build that times out", build["buildStatus"], "TIMED_OUT")
        key = f"late/{uuid_of(build)}.gz"
        wait_for(lambda: "Contents" in world.s3.list_objects_v2(Bucket="log-bucket", Prefix=key), 60, f"{key} is there", every=0.1)
        check_equal("… its object", gzip.decompress(world.s3.get_object(Bucket="log-bucket", Key=key)["Body"].read()), world.raw(build["id"]))
        check("… its stream", "before\n" in check_whole(world, "a build that times out", build, 60))
        check_no_leftovers("… no container left over", world.codebuild.list_builds()["ids"])


def second_kiln():
    with kiln_server("--set", "engine.enabled=false") as other:
        elsewhere("a second Kiln", other.url)


def moto():
    try:
        import moto.server  # noqa: F401
    except ImportError:
        return skip("moto", "moto's server is not on this machine")
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def answers():
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close() is None
            except OSError:
                return False
        wait_for(answers, 60, "moto answers", every=0.1)
        elsewhere("moto", f"http://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()


def nobody_there():
    """An endpoint that does not answer: the build ends all the same, and its log arrives once there is one."""
    port = free_port()
    with kiln_server("--set", f"logs.endpoint=http://127.0.0.1:{port}", "--set", "queue.logDelivery=1s", "--set", "queue.backoffCap=500ms") as kiln:
        world = World(kiln)
        build = world.build("patient", buildspec(build=["echo hi"]))
        check_equal("nobody at logs.endpoint: the build succeeds", build["buildStatus"], "SUCCEEDED")
        finalizing = next(p for p in build["phases"] if p["phaseType"] == "FINALIZING")
        check("… FINALIZING waited a second", 0.9 <= (finalizing["endTime"] - finalizing["startTime"]).total_seconds() < 25, finalizing)
        with KilnServer(["--set", "engine.enabled=false"], port=port) as late:
            there = World(kiln, late.url)
            wait_for(lambda: streams(there, "/aws/codebuild/patient"), 60, "the stream is made", every=0.1)
            wait_for(lambda: there.messages(build)[-1:] and len("".join(there.messages(build))) == len(there.raw(build["id"])), 60, every=0.1)
            check_whole(there, "… and once somebody is there, all of it arrives", build)
        check_no_leftovers("… no container left over", [build["id"]])


run(embedded, timed_out, second_kiln, moto, nobody_there)
finish()
