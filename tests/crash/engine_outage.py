#!/usr/bin/env python3
"""The engine stops and comes back while builds run: none is declared lost while it is away; what it killed ends as FAULT with a context
that says so; the queue goes on. The engine is a dockerd of the test's own, so that nobody else's containers are touched."""

from life import *

require("kiln", "image", "boto3")


class OwnEngine:
    """A second dockerd with its own root, socket and no bridge of the first."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kiln-engine-"))
        self.socket = self.root / "docker.sock"
        self.host = f"unix://{self.socket}"
        self.process = None

    def start(self):
        log = open(self.root / "log", "ab")
        self.process = subprocess.Popen(
            ["dockerd", "--data-root", self.root / "data", "--exec-root", self.root / "exec", "--pidfile", self.root / "pid",
             "-H", self.host, "--bridge", "none", "--iptables=false", "--ip6tables=false"], stdout=log, stderr=log)
        wait_for(lambda: subprocess.run(["docker", "-H", self.host, "version"], capture_output=True).returncode == 0, 60, "own dockerd")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

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


def main():
    with OwnEngine() as own:
        own.load_image()
        with kiln_server(*QUICK, "--set", f"engine.host={own.host}", "--set", "queue.maxConcurrentBuilds=2") as kiln:
            codebuild = client("codebuild", kiln.url, retries={"max_attempts": 3})
            codebuild.create_project(**project("outage", buildspec(build=["echo begun", "sleep 600"])))
            quick = buildspec(build=["echo quick"])
            running = [codebuild.start_build(projectName="outage")["build"]["id"] for _ in range(2)]
            waiting = codebuild.start_build(projectName="outage", buildspecOverride=quick)["build"]["id"]
            for build_id in running:
                wait_for(lambda i=build_id: "begun" in kiln.build_log(i), 60, "the build has begun")
            own.stop()
            wait_for(lambda: kiln.get("/_kiln/ready")[0] == 503, 20, "Kiln sees that the engine is gone")
            seen = wait_for(lambda: kiln.tail(200).count("event=pass-failed") >= 4 and
                            [codebuild.batch_get_builds(ids=running)["builds"][k]["buildStatus"] for k in (0, 1)], 30, "passes fail")
            check_equal("while the engine is away no build is declared lost", seen, ["IN_PROGRESS"] * 2)
            check_equal("a build that waits goes on waiting", phase_of(codebuild, waiting), "QUEUED")
            stopped = codebuild.stop_build(id=running[1])["build"]
            check_equal("StopBuild is answered while the engine is away", stopped["buildStatus"], "STOPPED")
            kiln.restart()
            check_equal("a Kiln started without its engine serves", kiln.get("/_kiln/health")[0], 200)
            own.start()
            build = wait_build(codebuild, running[0], 60)
            check_equal("what the engine killed ends as FAULT", build["buildStatus"], "FAULT")
            context = next(p for p in build["phases"] if p["phaseType"] == "BUILD")["contexts"][0]
            check("its context says so", "found dead" in context["message"] and "137" in context["message"], context)
            check("its log has what it printed before", "\nbegun\n" in kiln.build_log(running[0]))
            check_equal("the stopped one is STOPPED", wait_build(codebuild, running[1], 60)["buildStatus"], "STOPPED")
            check_equal("the queue goes on", wait_build(codebuild, waiting, 60)["buildStatus"], "SUCCEEDED")
            wait_for(lambda: not own.containers(), 60, "no container left")
            check("no container left", not own.containers(), own.containers())


run(main)
finish()
