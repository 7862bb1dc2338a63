#!/usr/bin/env python3
"""Builds with the real aws CLI: phases, statuses, contexts and times as facts §2 gives them, to the exact string."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "image", "aws")

PHASES = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD",
          "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"]
EMPTY = [{"statusCode": "", "message": ""}]


class Cli:
    def __init__(self, url):
        self.url = url

    def __call__(self, *words):
        status, answer, error = aws(self.url, "codebuild", *words)
        if status != 0:
            raise RuntimeError(error)
        return answer

    def create(self, name, spec, *more, image=IMAGE):
        return self("create-project", "--name", name, "--source", json.dumps({"type": "NO_SOURCE", "buildspec": spec}),
                    "--artifacts", "type=NO_ARTIFACTS", "--service-role", ROLE, "--environment",
                    f"type=LINUX_CONTAINER,image={image},computeType=BUILD_GENERAL1_SMALL", *more)["project"]

    def start(self, name, *more):
        return self("start-build", "--project-name", name, *more)["build"]

    def get(self, build_id):
        return self("batch-get-builds", "--ids", build_id)["builds"][0]

    def finish(self, build_id, deadline=300):
        return wait_for(lambda: (lambda b: b["buildComplete"] and b)(self.get(build_id)), deadline, f"{build_id} completes", every=0.1)


def phases_of(build):
    return {p["phaseType"]: p for p in build["phases"]}


def check_times(name, build):
    phases = build["phases"]
    joined = all(a["endTime"] == b["startTime"] for a, b in zip(phases, phases[1:]))
    check(f"{name}: each phase's endTime is the next one's startTime", joined, phases)
    check(f"{name}: the build ends when COMPLETED begins", build["endTime"] == phases[-1]["startTime"], build)


def success():
    cli.create("ok", buildspec(install=["echo in install"], build=["echo in build"]))
    started = cli.start("ok")
    check_equal("StartBuild answers IN_PROGRESS at once", (started["buildStatus"], started["buildComplete"]), ("IN_PROGRESS", False))
    check_equal("StartBuild's phases: SUBMITTED done, QUEUED running", [(p["phaseType"], p.get("phaseStatus")) for p in started["phases"]],
                [("SUBMITTED", "SUCCEEDED"), ("QUEUED", None)])
    build = cli.finish(started["id"])
    check_equal("a build that succeeds has the eleven phases in order", [p["phaseType"] for p in build["phases"]], PHASES)
    check_equal("it is SUCCEEDED", build["buildStatus"], "SUCCEEDED")
    check_times("success", build)
    for phase in build["phases"][:2]:
        check(f"{phase['phaseType']} has no contexts", "contexts" not in phase, phase)
    for phase in build["phases"][2:-1]:
        check_equal(f"{phase['phaseType']} succeeded with one empty context", (phase["phaseStatus"], phase["contexts"]), ("SUCCEEDED", EMPTY))
    check_equal("COMPLETED has only type and start", sorted(build["phases"][-1]), ["phaseType", "startTime"])
    note("phases: " + ", ".join(f"{p['phaseType']} {p.get('durationInSeconds', '')}" for p in build["phases"]))


def failures():
    """One row a phase: where a command fails, which phases follow, with which context."""
    rows = [("install", PHASES[:5] + PHASES[9:]), ("pre_build", PHASES[:6] + PHASES[9:]), ("build", PHASES), ("post_build", PHASES)]
    every = {p: ["echo fine"] for p in ("install", "pre_build", "build", "post_build")}
    cli.create("fails", buildspec(**every))
    running = []
    for phase, expected in rows:
        for part, spec in (("commands", {"commands": ["echo before", "exit 7", "echo never"]}),
                           ("finally", {"commands": ["echo before"], "finally": ["exit 7", "echo never"]})):
            text = buildspec(**{**every, phase: spec})
            running.append((phase, part, expected, cli.start("fails", "--buildspec-override", text)["id"]))
    for phase, part, expected, build_id in running:
        build = cli.finish(build_id)
        name = f"exit 7 in {part} of {phase.upper()}"
        check_equal(f"{name}: phases", [p["phaseType"] for p in build["phases"]], expected)
        failed = phases_of(build)[phase.upper()]
        check_equal(f"{name}: status and context", (failed["phaseStatus"], failed["contexts"]), (
            "FAILED", [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Error while executing command: exit 7. Reason: exit status 7"}]))
        others = {p["phaseStatus"] for p in build["phases"][:-1] if p["phaseType"] != phase.upper()}
        check_equal(f"{name}: the other phases and the build", (others, build["buildStatus"]), ({"SUCCEEDED"}, "FAILED"))
        check_times(name, build)
        log = kiln.build_log(build_id)
        check(f"{name}: later commands are skipped", "\nnever\n" not in log, log)
        check(f"{name}: the log says it", f"Phase complete: {phase.upper()} State: FAILED\n" in log
              and "Command did not exit successfully exit 7 exit status 7\n" in log, log)


def finally_runs():
    spec = buildspec(build={"commands": ["false"], "finally": ["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]},
                     post_build=["echo post succeeding=$CODEBUILD_BUILD_SUCCEEDING"])
    build = cli.finish(cli.start("fails", "--buildspec-override", spec)["id"])
    log = kiln.build_log(build["id"])
    check("finally runs after a failure and sees CODEBUILD_BUILD_SUCCEEDING=0", "\nsucceeding=0\n" in log, log)
    check("POST_BUILD runs after a failed BUILD and sees it too", "\npost succeeding=0\n" in log, log)


def shells():
    commands = {"install": ["export A=1; cd /tmp", "X=1", "f() { echo called; }", 'echo "$A $X $(pwd)"'],
                "build": ['echo "$A $X $(pwd)"', "f || echo function lost"]}
    for shell in ("/bin/sh", "bash"):
        spec = json.loads(buildspec(**commands))
        spec["env"] = {"shell": shell}
        build = cli.finish(cli.start("fails", "--buildspec-override", json.dumps(spec))["id"])
        log = kiln.build_log(build["id"])
        check_equal(f"{shell}: export, cd and X=1 are seen in the next command and the next phase", log.count("\n1 1 /tmp\n"), 2)
        check(f"{shell}: a shell function is not", "\nfunction lost\n" in log and "called" not in log.replace("echo called", ""), log)
        check_equal(f"{shell}: the build", build["buildStatus"], "SUCCEEDED")


def seconds_until_gone(build_id):
    began = time.monotonic()
    wait_for(lambda: not containers([build_id]))
    took = time.monotonic() - began
    note(f"container gone {took:.2f} s after StopBuild's answer")
    return took


def stop_in_build():
    for _ in range(5):  # the machine may pause once, and then again; not every time
        build_id = cli.start("fails", "--buildspec-override", buildspec(build=["echo sleeping", "sleep 300"]))["id"]
        wait_for(lambda: "\nsleeping\n" in kiln.build_log(build_id))
        answer = client("codebuild", kiln.url).stop_build(id=build_id)["build"]
        took = seconds_until_gone(build_id)
        if took <= 2:
            break
    check("stopped in BUILD: the container is gone within 2 s", took <= 2, took)
    check_equal("stopped in BUILD: the answer is final", (answer["buildStatus"], answer["buildComplete"], answer["currentPhase"]), ("STOPPED", True, "COMPLETED"))
    build = cli.finish(build_id)
    stopped = phases_of(build)["BUILD"]
    check_equal("stopped in BUILD: phases", [p["phaseType"] for p in build["phases"]], PHASES[:7] + PHASES[10:])
    check("stopped in BUILD: the phase is STOPPED without contexts", stopped["phaseStatus"] == "STOPPED" and "contexts" not in stopped, stopped)
    check_equal("stopping it again changes nothing", cli("stop-build", "--id", build_id)["build"]["endTime"], build["endTime"])


def stop_in_provisioning():
    with socket.socket() as registry:  # accepts and never answers: the pull goes on and on
        registry.bind(("127.0.0.1", 0))
        registry.listen(16)
        image = f"127.0.0.1:{registry.getsockname()[1]}/never:latest"
        codebuild = client("codebuild", kiln.url)  # quicker than the CLI, which on a slow machine would come when the engine has given up
        build_id = codebuild.start_build(projectName="fails", imageOverride=image)["build"]["id"]
        wait_for(lambda: codebuild.batch_get_builds(ids=[build_id])["builds"][0]["currentPhase"] == "PROVISIONING")
        codebuild.stop_build(id=build_id)
        check("stopped in PROVISIONING: no container after 2 s", seconds_until_gone(build_id) <= 2)
        build = cli.finish(build_id)
        check_equal("stopped in PROVISIONING: phases", [(p["phaseType"], p.get("phaseStatus")) for p in build["phases"]],
                    [("SUBMITTED", "SUCCEEDED"), ("QUEUED", "SUCCEEDED"), ("PROVISIONING", "STOPPED"), ("COMPLETED", None)])


def timeout():
    spec = buildspec(build=["echo too slow", "sleep 300"])
    for minutes in ("5", "20", "55"):  # until the machine is quick enough to come to the command
        build = cli.finish(cli.start("fails", "--buildspec-override", spec, "--timeout-in-minutes-override", minutes)["id"])
        if "BUILD" in phases_of(build):
            break
    late = phases_of(build)["BUILD"]
    check_equal("past its timeout: phases", [p["phaseType"] for p in build["phases"]], PHASES[:7] + PHASES[10:])
    check_equal("past its timeout: status and context", (build["buildStatus"], late["phaseStatus"], late["contexts"]), (
        "TIMED_OUT", "TIMED_OUT", [{"statusCode": "BUILD_TIMED_OUT", "message": "Build has timed out. "}]))
    check_no_leftovers("past its timeout: no container", [build["id"]])


def no_image():
    build = cli.finish(cli.start("fails", "--image-override", "127.0.0.1:1/no-such-image:latest")["id"])
    phase = phases_of(build)["PROVISIONING"]
    context = phase["contexts"][0]
    check_equal("no such image: phases", [p["phaseType"] for p in build["phases"]], PHASES[:3] + PHASES[10:])
    check_equal("no such image: status and code", (build["buildStatus"], phase["phaseStatus"], context["statusCode"]),
                ("FAILED", "FAILED", "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE"))
    check("no such image: the message begins as AWS's", context["message"].startswith(
        "Unable to pull customer's container image. CannotPullContainerError: Error response from daemon: "), context)
    note(context["message"])


def bad_buildspecs():
    rows = [("commands: [", "YAML_FILE_ERROR"), ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo foo: bar\n", "YAML_FILE_ERROR")]
    for spec, code in rows:
        try:
            build = cli.finish(cli.start("fails", "--buildspec-override", "version: 0.2\n" + spec if "version" not in spec else spec)["id"])
        except RuntimeError as refused:
            check(f"{spec!r} is refused", "buildspec must be a valid YAML file" in str(refused), refused)
            continue
        phase = phases_of(build)["DOWNLOAD_SOURCE"]
        check_equal(f"{spec!r}: phases", [p["phaseType"] for p in build["phases"]], PHASES[:4] + PHASES[9:])
        check_equal(f"{spec!r}: code", phase["contexts"][0]["statusCode"], code)
        note(phase["contexts"][0]["message"])


def one(name, commands, *more):
    """A build of these commands, and its log."""
    build = cli.finish(cli.start("fails", "--buildspec-override", buildspec(build=commands), *more)["id"])
    log = kiln.build_log(build["id"])
    check(f"{name}: SUCCEEDED", build["buildStatus"] == "SUCCEEDED", log)
    return build, log


def environment():
    secret = "s3cr3t-" + str(os.getpid())
    variables = json.dumps([{"name": "FROM_START", "value": secret}, {"name": "HOME", "value": "/root"}])
    build_id = cli.start("fails", "--environment-variables-override", variables, "--buildspec-override", buildspec(build=[
        "echo start=$FROM_START", "curl -sf $AWS_ENDPOINT_URL/_kiln/health; echo", "curl -sf $AWS_CONTAINER_CREDENTIALS_FULL_URI; echo",
        "id -u; echo home=$HOME; ls -A $CODEBUILD_SRC_DIR | wc -l", "echo held", GATE]))["id"]
    wait_for(lambda: "\nheld\n" in kiln.build_log(build_id))
    shown = json.dumps([engine("GET", f"/containers/{c['Id']}/json")[1] for c in containers([build_id])])
    check("no variable of the build shows in docker inspect", len(shown) > 1000 and secret not in shown, len(shown))
    open_gate(build_id)
    build = cli.finish(build_id)
    log = kiln.build_log(build_id)
    check(f"a variable given at the start is there", f"\nstart={secret}\n" in log, log)
    check("Kiln is reached at AWS_ENDPOINT_URL from inside", '{"status":"ok"' in log, log)
    check("the role's credentials are served on loopback", '"AccessKeyId"' in log and '"Expiration"' in log, log)
    check("commands run as root with HOME=/root in an empty source directory", "\n0\nhome=/root\n0\n" in log, log)
    names = [v["name"] for v in build["environment"]["environmentVariables"]]
    check_equal("the build shows its variables", sorted(names), ["FROM_START", "HOME"])


def limits():
    _, log = one("compute type", ["cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; cat /proc/net/dev | grep -c eth0"],
                 "--compute-type-override", "BUILD_GENERAL1_2XLARGE")
    machine = engine("GET", "/info")[1]
    if machine["NCPU"] >= 72 and machine["MemTotal"] >= 144 << 30:
        skip("a compute type larger than the machine", "no type is")
    else:
        check("a compute type larger than the machine is cut, and the log says so", "BUILD_GENERAL1_2XLARGE" in log, log)
    check("the build has a network namespace of its own", "\n1\n\n" in log, log)


def privileged():
    if not engine_host().startswith("unix://"):
        return skip("privilegedMode", "the engine is not on a local socket")
    cli.create("privileged", buildspec(build=["curl -s --unix-socket /var/run/docker.sock http://engine/_ping; echo"]), "--environment",
               json.dumps({"type": "LINUX_CONTAINER", "image": IMAGE, "computeType": "BUILD_GENERAL1_SMALL", "privilegedMode": True}))
    build = cli.finish(cli.start("privileged")["id"])
    log = kiln.build_log(build["id"])
    check("privilegedMode: the engine answers inside", build["buildStatus"] == "SUCCEEDED" and "\nOK\n" in log, log)
    plain, log = one("not privileged", ["ls /var/run/docker.sock || true"])
    check("without privilegedMode there is no engine inside", "\n/var/run/docker.sock\n" not in log, log)


def cannot_run_here():
    build = cli.finish(cli.start("fails", "--environment-type-override", "WINDOWS_SERVER_2019_CONTAINER", "--image-override",
                                 "aws/codebuild/windows-base:2019-1.0", "--compute-type-override", "BUILD_GENERAL1_MEDIUM")["id"])
    phase = phases_of(build)["PROVISIONING"]
    check("an environment type that cannot run here is refused with the reason", phase["phaseStatus"] == "FAILED" and
          "WINDOWS_SERVER_2019_CONTAINER" in phase["contexts"][0]["message"], phase)
    note(phase["contexts"][0]["message"])


def terminated_and_back():
    build_id = cli.start("fails", "--buildspec-override", buildspec(build=["echo one", GATE, "echo two", "echo three"]))["id"]
    wait_for(lambda: "\none\n" in kiln.build_log(build_id))
    began = time.monotonic()
    status = kiln.stop()
    took = time.monotonic() - began
    check("SIGTERM ends the server with status 0 within 10 s", status == 0 and took < 10, (status, took))
    check("its container runs on", [c["State"] for c in containers([build_id])] == ["running"], containers([build_id]))
    kiln.start()
    open_gate(build_id)
    build = cli.finish(build_id)
    log = kiln.build_log(build_id)
    check_equal("the next start adopts it", (build["buildStatus"], [log.count(f"\n{w}\n") for w in ("one", "two", "three")]),
                ("SUCCEEDED", [1, 1, 1]))
    check_no_leftovers("nothing left over of it", [build_id])


with kiln_server("--set", "queue.minute=1s", "--set", "engine.privileged=false") as kiln:
    cli = Cli(kiln.url)
    run(success, failures, finally_runs, shells, stop_in_build, stop_in_provisioning, timeout, no_image, bad_buildspecs, environment, limits,
        privileged, cannot_run_here, terminated_and_back)
finish()
