#!/usr/bin/env python3
"""A data directory on a disk that fills up: what is large waits and says so in its build's log; stops, starts, deletes and small builds
go on; a push is refused; a killed Kiln starts again there; and with room again everything that waited ends whole."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from plain_git import git
import hashlib
import io
import re
import zipfile

require("kiln", "image", "boto3")
SMALL, LARGE = "110m", "1200m"
LINE = "x" * 99
LINES = 1_000_000  # of 100 bytes: what the printing build prints


def mount(place, size):
    words = ["-o", f"remount,size={size}"] if os.path.ismount(place) else ["-t", "tmpfs", "-o", f"size={size}", "tmpfs"]
    return subprocess.run(["mount", *words, str(place)], capture_output=True, text=True)


class World:
    def __init__(self, kiln):
        self.kiln = kiln
        self.codebuild, self.s3, self.logs = (client(service, kiln.url) for service in ("codebuild", "s3", "logs"))
        zipped = {"type": "S3", "location": "out", "packaging": "ZIP"}
        self.s3.create_bucket(Bucket="out")
        self.make("prints", [f"yes {LINE} | head -n {LINES}"])
        self.make("stopped", [f"yes {LINE} | head -n {LINES}"])
        self.make("packs", ["head -c 120000000 /dev/urandom > large; sha256sum < large > sum"], {**zipped, "name": "large.zip"})
        self.make("small", ["echo small > small"], {**zipped, "name": "small.zip"})

    def make(self, name, commands, artifacts=None):
        spec = {"version": 0.2, "phases": {"build": {"commands": commands}}, "artifacts": {"files": ["**/*"]}}
        self.codebuild.create_project(**project(name, json.dumps(spec), **({"artifacts": artifacts} if artifacts else {})))

    def start(self, name):
        return self.codebuild.start_build(projectName=name)["build"]["id"]

    def get(self, build_id):
        return self.codebuild.batch_get_builds(ids=[build_id])["builds"][0]

    def waiting(self, build_id):
        """The line in which the build's log says what it waits for."""
        return next((line for line in self.kiln.build_log(build_id).splitlines() if " Waiting: " in line), "")

    def wait_until_told(self, build_id):
        return wait_for(lambda: self.waiting(build_id), 300, f"{build_id} says that it waits")

    def printed(self, build_id):
        """What CloudWatch Logs has of the lines that a build printed."""
        place, token, messages = self.get(build_id)["logs"], None, []
        while True:
            page = self.logs.get_log_events(logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True,
                                            **({"nextToken": token} if token else {}))
            messages += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token:
                return [text for text in (message.rstrip("\n") for message in messages) if text and not text.strip("x")]
            token = page["nextForwardToken"]


class Pushed:
    """A repository with a commit that is larger than the room there is."""

    def __init__(self, kiln, folder):
        self.folder, self.kiln = folder, kiln
        self.url = client("codecommit", kiln.url).create_repository(repositoryName="large")["repositoryMetadata"]["cloneUrlHttp"]
        git("init", "-q", folder)
        git("config", "core.compression", "0", cwd=folder)  # there is nothing to gain
        (pathlib.Path(folder) / "large").write_bytes(os.urandom(120_000_000))
        git("add", "-A", cwd=folder)
        git("commit", "-q", "-m", "large", cwd=folder)

    def push(self):
        return git("push", self.url, "HEAD:refs/heads/main", cwd=self.folder)

    def check_refused(self, name, *expected):
        done = self.push()
        told = "taking a push to large: the disk is full but for the 32 MB kept free"
        check(name, done.returncode != 0 and all(text in done.stderr for text in (f"remote: Kiln: {told}", *expected)), done.stderr)

    def bare(self):
        return next((self.kiln.data / "repositories").rglob("HEAD")).parent


def full_disk(kiln, place, pushed):
    world = World(kiln)
    free = shutil.disk_usage(place).free
    pushed.check_refused("a push larger than the room there is is refused in its midst, and the client hears why", "remote rejected")
    check("what came of it is gone again", wait_for(lambda: shutil.disk_usage(place).free > free - (1 << 20), what="room as before"))
    check_equal("and its repository is sound", git("fsck", "--strict", cwd=pushed.bare()).returncode, 0)
    packs = world.start("packs")
    told = world.wait_until_told(packs)
    check("an artifact larger than the room there is waits, and its build's log says for what",
          "cannot keep artifacts in" in told and told.endswith("the disk is full but for the 32 MB kept free"), told)
    check_equal("a small build ends beside it", wait_build(world.codebuild, world.start("small"))["buildStatus"], "SUCCEEDED")

    prints, stopped = world.start("prints"), world.start("stopped")
    for build_id in (prints, stopped):
        told = world.wait_until_told(build_id)
        check("output larger than the room there is waits, and its build's log says for what",
              "keeping what the build prints in" in told and told.endswith("the disk is full but for the 16 MB kept free"), told)
    check_equal("a build that waits for room can be stopped",
                world.codebuild.stop_build(id=stopped)["build"]["buildStatus"], "STOPPED")
    check_equal("and ends", wait_build(world.codebuild, stopped)["buildStatus"], "STOPPED")
    check_no_leftovers("and its container is gone, whatever room there is", [stopped])
    check("a body that does not fit is refused", refused(lambda: world.s3.put_object(Bucket="out", Key="body", Body=bytes(9 << 20))) == 503)
    world.s3.delete_object(Bucket="out", Key="small.zip")
    pushed.check_refused("a push to a full disk is refused before it begins", "507")
    check("objects can be deleted", "Contents" not in world.s3.list_objects_v2(Bucket="out"))
    world.codebuild.create_project(**project("another", buildspec(build=["true"])))
    check_equal("projects can be made", len(world.codebuild.list_projects()["projects"]), 5)

    kiln.kill9()
    kiln.start()
    check("a killed Kiln starts on the full disk and knows its builds",
          [world.get(build_id)["buildStatus"] for build_id in (packs, prints, stopped)] == ["IN_PROGRESS", "IN_PROGRESS", "STOPPED"])

    check_equal("there is room again", mount(place, LARGE).returncode, 0)
    done = pushed.push()
    check("the push is taken now", done.returncode == 0, done.stderr)
    check_equal("the printing build ends well", wait_build(world.codebuild, prints, 900)["buildStatus"], "SUCCEEDED")
    log = re.sub(r"\n\[Container\] \S+ \S+ Waiting: .*\n", "", world.kiln.build_log(prints))
    check_equal("each line it printed is in its log, once, but for the notice between two of its bytes", log.count(f"{LINE}\n"), LINES)
    shipped = wait_for(lambda: sum(map(len, found := world.printed(prints))) >= LINES * len(LINE) and found, 900, "the log is in CloudWatch Logs", every=1)
    check_equal("and in CloudWatch Logs", sum(map(len, shipped)), LINES * len(LINE))
    check_equal("the packing build ends well", wait_build(world.codebuild, packs, 900)["buildStatus"], "SUCCEEDED")
    zipped = zipfile.ZipFile(io.BytesIO(world.s3.get_object(Bucket="out", Key="large.zip")["Body"].read()))
    check_equal("its artifact is whole", hashlib.sha256(zipped.read("large")).hexdigest(), zipped.read("sum").decode().split()[0])
    check_no_leftovers("nothing is left in the engine", [packs, prints, stopped])


def refused(call):
    from botocore.exceptions import ClientError
    try:
        call()
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
    return 200


def main():
    place = tempfile.mkdtemp(prefix="kiln-full-disk-")
    mounted = mount(place, SMALL)
    if mounted.returncode != 0:
        os.rmdir(place)
        return skip("a data directory on a disk that fills up", f"cannot mount a small disk: {mounted.stderr.strip()}")
    kiln = KilnServer(data=place, args=["--set", "queue.maxConcurrentBuilds=4"])
    try:
        kiln.start()
        with tempfile.TemporaryDirectory(prefix="kiln-pushed-") as folder:
            full_disk(kiln, place, Pushed(kiln, folder))
    finally:
        kiln.stop()
        subprocess.run(["umount", "-l", place])
        os.rmdir(place)


main()
finish()
