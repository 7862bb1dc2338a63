#!/usr/bin/env python3
"""The engine stops and comes back while builds run: none is declared lost while it is away; what it killed ends as FAULT with a context
that says so; the queue goes on. The engine is a dockerd of the test's own, so that nobody else's containers are touched."""

from life import *

require("kiln", "image", "boto3")
PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"  # where dockerd and what it starts may lie


class OwnEngine:
    """A second dockerd with its own root, socket and network namespace: two share neither bridge nor containers."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kiln-engine-"))
        self.socket = self.root / "docker.sock"
        self.host = f"unix://{self.socket}"
        self.process = None

    def start(self):
        log = open(self.root / "log", "ab")
        self.process = subprocess.Popen(
            ["unshare", "--net", "dockerd", "--data-root", self.root / "data", "--exec-root", self.root / "exec", "--pidfile", self.root / "pid",
             "-H", self.host, "--iptables=false", "--ip6tables=false"], stdout=log, stderr=log, env={**os.environ, "PATH": PATH})
        wait_for(lambda: subprocess.run(["docker", "-H", self.host, "version"], capture_output=True).returncode == 0, 180, "own dockerd")

    def stop(self):
        self.process.terminate()
        self.process.wait(180)

    def kill9(self):
        """The daemon alone: its containers run on until the next start, which ends them."""
        pid = int((self.root / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        self.process.wait(60)
        for left in ("pid", "exec/containerd/containerd.pid"):  # a dead containerd that nobody reaped would be taken for a live one
            (self.root / left).unlink(missing_ok=True)

    def load_image(self):
        save = subprocess.Popen(["docker", "save", IMAGE], stdout=subprocess.PIPE)
        subprocess.run(["docker", "-H", self.host, "load"], stdin=save.stdout, check=True, capture_output=True)

    def containers(self):
        listed = subprocess.run(["docker", "-H", self.host, "ps", "-aq"], capture_output=True, text=True, check=True)
        return listed.stdout.split()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        subprocess.run(["umount", "-R", self.root / "data"], capture_output=True)
        shutil.rmtree(self.root, ignore_errors=True)


def phase_of(codebuild, build_id):
    return codebuild.batch_get_builds(ids=[build_id])["builds"][0]["currentPhase"]


def killed(codebuild, kiln, build_id, name):
    build = wait_build(codebuild, build_id)
    check_equal(f"{name}: what the engine killed ends as FAULT", build["buildStatus"], "FAULT")
    context = next(p for p in build["phases"] if p["phaseType"] == "BUILD")["contexts"][0]
    check(f"{name}: its context says so", "found dead" in context["message"] and "the container exited with code" in context["message"], context)
    note(context["message"])
    check(f"{name}: its log has what it printed before", "\nbegun\n" in kiln.build_log(build_id))


def away(kiln, codebuild, own, running, waiting):
    """The engine vanishes without a word, and comes back."""
    own.kill9()
    wait_for(lambda: kiln.get("/_kiln/ready")[0] == 503, 60, "Kiln sees that the engine is gone")
    failed = kiln.tail(10_000).count("event=pass-failed")
    wait_for(lambda: kiln.tail(10_000).count("event=pass-failed") >= failed + 4, 120, "passes fail")
    seen = [codebuild.batch_get_builds(ids=[i])["builds"][0]["buildStatus"] for i in running]
    check_equal("while the engine is away no build is declared lost", seen, ["IN_PROGRESS"] * 2)
    check_equal("a build that waits goes on waiting", phase_of(codebuild, waiting), "QUEUED")
    stopped = codebuild.stop_build(id=running[1])["build"]
    check_equal("StopBuild is answered while the engine is away", stopped["buildStatus"], "STOPPED")
    kiln.restart()
    check_equal("a Kiln started without its engine serves", kiln.get("/_kiln/health")[0], 200)
    own.start()
    killed(codebuild, kiln, running[0], "away")
    check_equal("the stopped one is STOPPED", wait_build(codebuild, running[1])["buildStatus"], "STOPPED")
    check_equal("the queue goes on", wait_build(codebuild, waiting)["buildStatus"], "SUCCEEDED")


def shut_down(kiln, codebuild, own, running, waiting):
    """The engine ends in good order, its containers first, and comes back."""
    own.stop()
    wait_for(lambda: kiln.get("/_kiln/ready")[0] == 503, 60, "Kiln sees that the engine is gone")
    own.start()
    for build_id in running:
        killed(codebuild, kiln, build_id, "shut down")
    check_equal("the queue goes on after a shutdown", wait_build(codebuild, waiting)["buildStatus"], "SUCCEEDED")


def main():
    with OwnEngine() as own:
        own.load_image()
        with kiln_server(*QUICK, "--set", f"engine.host={own.host}", "--set", "queue.maxConcurrentBuilds=2") as kiln:
            codebuild = client("codebuild", kiln.url, retries={"max_attempts": 1})
            codebuild.create_project(**project("outage", buildspec(build=["echo begun", "sleep 600"])))
            for case in (away, shut_down):
                running = [codebuild.start_build(projectName="outage")["build"]["id"] for _ in range(2)]
                for build_id in running:
                    wait_for(lambda i=build_id: "\nbegun\n" in kiln.build_log(i), 180, "the build has begun")
                waiting = codebuild.start_build(projectName="outage", buildspecOverride=buildspec(build=["echo quick"]))["build"]["id"]
                case(kiln, codebuild, own, running, waiting)
            wait_for(lambda: not own.containers(), 120, "no container left")
            check("no container left", not own.containers(), own.containers())


if os.geteuid() != 0 or not shutil.which("dockerd", path=PATH):
    skip("an engine of the test's own", "needs to be root, and dockerd")
    finish()
run(main)
finish()
