#!/usr/bin/env python3
"""What comes out of builds as their artifacts: each row starts a build with one option of the project or the buildspec, and looks at the
bucket, at the zip, at what the API says of the build, and at the log."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import concurrent.futures
import hashlib
import io
import re
import stat
import zipfile

BUCKET = "my-artifacts"
KEY_ARN = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"

# What every build of this script makes, below its source directory.
MAKE = [
    "mkdir -p dist/lib dist/node_modules/x build-a build-b .hidden",
    "printf program > dist/app && chmod 755 dist/app && touch -d '2023-04-05 06:07:09 UTC' dist/app",
    "printf library > dist/lib/core.so && chmod 640 dist/lib/core.so",
    "printf readme > dist/README.md && printf module > dist/node_modules/x/index.js && printf dot > dist/.env",
    "ln -s app dist/link",
    "printf a > build-a/one && printf b > build-b/two && printf top > top.txt && printf 'a b' > 'a b.txt' && printf hidden > .hidden/file",
]


def spec(artifacts=None, commands=MAKE, **more):
    document = {"version": 0.2, "phases": {"build": {"commands": commands}}, **more}
    if artifacts is not None:
        document["artifacts"] = artifacts
    return json.dumps(document)


class World:
    def __init__(self, kiln):
        self.kiln, self.codebuild, self.s3 = kiln, client("codebuild", kiln.url), client("s3", kiln.url)
        self.made = []

    def build(self, name, artifacts, project_artifacts=None, **more):
        """The finished build and its log; `artifacts` is the buildspec's section, or the buildspec itself."""
        text = artifacts if isinstance(artifacts, str) else spec(artifacts)
        arguments = project(name, text, **more)
        arguments["artifacts"] = {"type": "S3", "location": BUCKET, "packaging": "ZIP", **(project_artifacts or {})}
        self.codebuild.create_project(**arguments)
        return self.start(name)

    def start(self, name, **overrides):
        build = self.codebuild.start_build(projectName=name, **overrides)["build"]
        self.made.append(build["id"])
        return wait_build(self.codebuild, build["id"]), self.kiln.build_log(build["id"])

    def keys(self, prefix="", bucket=BUCKET):
        return [o["Key"] for o in self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]

    def bytes(self, key, bucket=BUCKET):
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def zip(self, key, bucket=BUCKET):
        return zipfile.ZipFile(io.BytesIO(self.bytes(key, bucket)))


def uuid_of(build):
    return build["id"].rsplit(":", 1)[1]


def context(build):
    failed = [p for p in build["phases"] if p.get("phaseStatus") not in (None, "SUCCEEDED")]
    return [(p["phaseType"], *(p["contexts"][0].get(k, "") for k in ("statusCode", "message"))) for p in failed]


def succeeded(what, build, log):
    return check_equal(f"{what}: outcome", build["buildStatus"], "SUCCEEDED") or note(f"{context(build)}\n{log}")


def lines_of_upload(log):
    """What the log says between POST_BUILD and the end of UPLOAD_ARTIFACTS, without its prefix."""
    lines = [re.sub(r"^\[Container\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d(\.\d+)? ", "", line) for line in log.splitlines()]
    begin = max([i for i, line in enumerate(lines) if line.startswith("Phase complete: POST_BUILD")] or [-1])
    return lines[begin + 2:]


def key_rows(world):
    """The object's key (facts §5.8): path, namespace, name."""
    one = {"files": ["top.txt"]}
    rows = [("project's name", {}, one, "{project}"),
            ("name", {"name": "MyArtifact.zip"}, one, "MyArtifact.zip"),
            ("path", {"path": "MyArtifacts", "name": "MyArtifact.zip", "namespaceType": "NONE"}, one, "MyArtifacts/MyArtifact.zip"),
            ("slashes", {"path": "/a/b/", "name": "/n.zip/"}, one, "a/b/n.zip"),
            ("BUILD_ID", {"path": "MyArtifacts", "name": "MyArtifact.zip", "namespaceType": "BUILD_ID"}, one, "MyArtifacts/{uuid}/MyArtifact.zip"),
            ("BUILD_ID without path", {"name": "n", "namespaceType": "BUILD_ID"}, one, "{uuid}/n"),
            ("name slash with BUILD_ID", {"path": "MyArtifacts", "name": "/", "namespaceType": "BUILD_ID"}, one, "MyArtifacts/{uuid}/"),
            ("location as ARN", {"location": "arn:aws:s3:::" + BUCKET, "name": "by-arn.zip"}, one, "by-arn.zip"),
            ("buildspec's name, not asked for", {"name": "mine.zip"}, {**one, "name": "theirs.zip"}, "mine.zip"),
            ("overrideArtifactName", {"name": "o1", "overrideArtifactName": True}, {**one, "name": "app-$(echo 7)-$AWS_REGION.zip"}, "app-7-us-east-1.zip"),
            ("overrideArtifactName with slashes", {"path": "p", "name": "o2", "overrideArtifactName": True},
             {**one, "name": "builds/$CODEBUILD_BUILD_NUMBER/my-artifacts"}, "p/builds/1/my-artifacts"),
            ("overrideArtifactName without a name", {"name": "fallback", "overrideArtifactName": True}, one, "fallback"),
            ("s3-prefix", {"path": "unused", "name": "n.zip", "namespaceType": "BUILD_ID"}, {**one, "s3-prefix": "prefixed/here"}, "prefixed/here/{uuid}/n.zip"),
            ("s3-prefix without BUILD_ID", {"path": "used", "name": "n.zip"}, {**one, "s3-prefix": "prefixed/here"}, "used/n.zip")]
    for number, (title, project_artifacts, section, expected) in enumerate(rows):
        name = f"key-{number}"
        build, log = world.build(name, section, project_artifacts)
        expected = expected.format(project=name, uuid=uuid_of(build))
        if not succeeded(f"key, {title}", build, log):
            continue
        check_equal(f"key, {title}: location", build["artifacts"]["location"], f"arn:aws:s3:::{BUCKET}/{expected}")
        check_equal(f"key, {title}: one object", world.keys(expected), [expected])
        check_equal(f"key, {title}: what is in it", world.zip(expected).namelist(), ["top.txt"])


def content_rows(world):
    """What the buildspec's section chooses (facts §1.7, §1.10): names in the zip."""
    everything = [".env", "README.md", "app", "lib/core.so", "link", "node_modules/x/index.js"]
    rows = [("**/* with base-directory", {"files": ["**/*"], "base-directory": "dist"}, everything),
            ("dist/* only", {"files": ["dist/*"]}, ["dist/.env", "dist/README.md", "dist/app", "dist/link"]),
            ("dist/**/* recursively", {"files": ["dist/**/*"]}, ["dist/" + n for n in everything]),
            ("several patterns", {"files": ["top.txt", "build-a/*", "'none'"]}, ["build-a/one", "top.txt"]),
            ("a name with a blank", {"files": ["a b.txt"]}, ["a b.txt"]),
            ("base-directory is a glob", {"files": ["**/*"], "base-directory": "build-*"}, ["one", "two"]),
            ("exclude-paths", {"files": ["**/*"], "base-directory": "dist", "exclude-paths": ["**/node_modules/**/*", "**/.*"]},
             ["README.md", "app", "lib/core.so", "link"]),
            ("exclude-paths as a string", {"files": ["**/*"], "base-directory": "dist", "exclude-paths": "*"}, ["lib/core.so", "node_modules/x/index.js"]),
            ("discard-paths", {"files": ["dist/**/*"], "discard-paths": True}, [".env", "README.md", "app", "core.so", "index.js", "link"]),
            ("discard-paths: yes", {"files": ["dist/lib/*", "build-a/*"], "discard-paths": "yes"}, ["core.so", "one"]),
            ("an environment variable", {"files": ["$WHAT"]}, ["top.txt"]),
            ("an absolute path below the source", {"files": ["$CODEBUILD_SRC_DIR/top.txt"]}, ["top.txt"]),
            ("a hidden directory", {"files": [".hidden/**/*"]}, [".hidden/file"])]
    for number, (title, section, names) in enumerate(rows):
        build, log = world.build(f"content-{number}", spec(section, env={"variables": {"WHAT": "top.txt"}}), {"name": f"content-{number}.zip"})
        if succeeded(f"content, {title}", build, log):
            check_equal(f"content, {title}: names", world.zip(f"content-{number}.zip").namelist(), names)
    check("content: a pattern without a match is told", "Skipping invalid file path 'none'" in world.kiln.build_log(world.made[-len(rows) + 3]), lambda: log)


def zip_rows(world):
    """Modes, times, links and contents in the zip; checksums, metadata and encryption of the object."""
    build, log = world.build("zip-one", {"files": ["**/*"], "base-directory": "dist"}, {"name": "one.zip"}, encryptionKey=KEY_ARN)
    if not succeeded("zip", build, log):
        return
    data, archive = world.bytes("one.zip"), world.zip("one.zip")
    check_equal("zip: it is sound", archive.testzip(), None)
    info = {i.filename: i for i in archive.infolist()}
    check_equal("zip: contents", {n: archive.read(n) for n in ("app", "lib/core.so", ".env")}, {"app": b"program", "lib/core.so": b"library", ".env": b"dot"})
    check_equal("zip: modes", [oct(info[n].external_attr >> 16) for n in ("app", "lib/core.so")], ["0o100755", "0o100640"])
    check_equal("zip: times", info["app"].date_time, (2023, 4, 5, 6, 7, 8))
    check_equal("zip: a link that is followed", (stat.S_ISREG(info["link"].external_attr >> 16), archive.read("link")), (True, b"program"))
    check_equal("zip: the order is that of the names", archive.namelist(), sorted(archive.namelist(), key=lambda n: n.encode()))
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "a.zip").write_bytes(data)
        unpacked = subprocess.run(["unzip", "-q", "a.zip"], cwd=directory, capture_output=True, text=True) if shutil.which("unzip") else None
        if unpacked:
            check_equal("zip: unzip unpacks it", (unpacked.returncode, os.stat(f"{directory}/app").st_mode & 0o777, int(os.stat(f"{directory}/app").st_mtime)),
                        (0, 0o755, 1680674829))
    md5, sha256 = hashlib.md5(data).hexdigest(), hashlib.sha256(data).hexdigest()
    shown = build["artifacts"]
    check_equal("zip: checksums of the build", (shown.get("md5sum"), shown.get("sha256sum")), (md5, sha256))
    head = world.s3.head_object(Bucket=BUCKET, Key="one.zip")
    check_equal("zip: metadata", head["Metadata"], {"codebuild-buildarn": build["arn"], "codebuild-content-md5": md5, "codebuild-content-sha256": sha256})
    check_equal("zip: encrypted with the build's key", (head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")), ("aws:kms", KEY_ARN))
    check_equal("zip: its type", head["ContentType"], "application/zip")
    build, log = world.build("zip-default-key", {"files": ["top.txt"]}, {"name": "default-key.zip"})
    check_equal("zip: encrypted with the default key", (world.s3.head_object(Bucket=BUCKET, Key="default-key.zip").get("SSEKMSKeyId"), build["encryptionKey"]),
                ("arn:aws:kms:us-east-1:000000000000:alias/aws/s3",) * 2)
    build, log = world.build("zip-open", {"files": ["top.txt"]}, {"name": "open.zip", "encryptionDisabled": True})
    check("zip: encryptionDisabled", world.s3.head_object(Bucket=BUCKET, Key="open.zip").get("ServerSideEncryption") != "aws:kms" and build["artifacts"].get("encryptionDisabled"), build["artifacts"])
    build, log = world.build("zip-links", {"files": ["**/*"], "base-directory": "dist", "enable-symlinks": True}, {"name": "links.zip"})
    if succeeded("zip with enable-symlinks", build, log):
        archive = world.zip("links.zip")
        link = archive.getinfo("link")
        check_equal("zip with enable-symlinks: the link is one", (stat.S_ISLNK(link.external_attr >> 16), archive.read("link")), (True, b"app"))
    for access in ("NONE", "READ_ONLY", "FULL"):
        build, log = world.build("zip-" + access.lower(), {"files": ["top.txt"]}, {"name": access + ".zip", "bucketOwnerAccess": access})
        succeeded(f"zip with bucketOwnerAccess {access}", build, log)
        check_equal(f"zip with bucketOwnerAccess {access}: shown", build["artifacts"].get("bucketOwnerAccess"), access)


def folder_rows(world):
    """packaging NONE: an object for each file."""
    build, log = world.build("folder", {"files": ["**/*"], "base-directory": "dist"}, {"packaging": "NONE", "path": "f", "name": "out"})
    if succeeded("NONE", build, log):
        names = ["f/out/.env", "f/out/README.md", "f/out/app", "f/out/lib/core.so", "f/out/link", "f/out/node_modules/x/index.js"]
        check_equal("NONE: keys", world.keys("f/"), names)
        check_equal("NONE: contents", (world.bytes("f/out/app"), world.bytes("f/out/link")), (b"program", b"program"))
        check_equal("NONE: the build's artifacts", {k: build["artifacts"].get(k, "") for k in ("location", "md5sum", "sha256sum")},
                    {"location": f"arn:aws:s3:::{BUCKET}/f/out", "md5sum": "", "sha256sum": ""})
        head = world.s3.head_object(Bucket=BUCKET, Key="f/out/app")
        check_equal("NONE: whose it is, and encrypted", (head["Metadata"].get("codebuild-buildarn"), head.get("ServerSideEncryption")), (build["arn"], "aws:kms"))
    world.s3.create_bucket(Bucket="root")
    build, log = world.build("folder-root", {"files": ["**/*"], "base-directory": "dist/lib"}, {"packaging": "NONE", "location": "root", "name": "/"})
    check_equal("NONE, name slash: the bucket's root", (world.keys(bucket="root"), build["artifacts"]["location"]), (["core.so"], "arn:aws:s3:::root/"))
    build, log = world.build("folder-default", {"files": ["top.txt"]}, {"packaging": "NONE", "namespaceType": "BUILD_ID"})
    check_equal("NONE, BUILD_ID: keys", world.keys(uuid_of(build)), [f"{uuid_of(build)}/folder-default/top.txt"])
    build, log = world.build("folder-links", {"files": ["**/*"], "base-directory": "dist", "enable-symlinks": True}, {"packaging": "NONE", "name": "nl"})
    check_equal("NONE with enable-symlinks: what the link leads to", world.bytes("nl/link"), b"program")


def secondary_rows(world):
    section = {"files": ["top.txt"], "secondary-artifacts": {"docs": {"files": ["dist/README.md"], "discard-paths": "yes", "name": "docs-$(echo x)"},
                                                             "libs": {"files": ["**/*"], "base-directory": "dist/lib"}}}
    second = [{"type": "S3", "location": BUCKET, "artifactIdentifier": "docs", "name": "d", "packaging": "ZIP", "path": "s", "overrideArtifactName": True},
              {"type": "S3", "location": BUCKET, "artifactIdentifier": "libs", "name": "libs", "path": "s", "packaging": "NONE"}]
    build, log = world.build("secondary", section, {"name": "first.zip", "path": "s"}, secondaryArtifacts=second)
    if not succeeded("secondary", build, log):
        return
    check_equal("secondary: keys", world.keys("s/"), ["s/docs-x", "s/first.zip", "s/libs/core.so"])
    check_equal("secondary: contents", [world.zip(k).namelist() for k in ("s/first.zip", "s/docs-x")], [["top.txt"], ["README.md"]])
    shown = {a["artifactIdentifier"]: a for a in build["secondaryArtifacts"]}
    check_equal("secondary: locations", {k: a["location"] for k, a in shown.items()},
                {"docs": f"arn:aws:s3:::{BUCKET}/s/docs-x", "libs": f"arn:aws:s3:::{BUCKET}/s/libs"})
    check_equal("secondary: checksums", (shown["docs"].get("sha256sum"), shown["libs"].get("sha256sum", "")), (hashlib.sha256(world.bytes("s/docs-x")).hexdigest(), ""))
    check_equal("secondary: the primary one's", build["artifacts"].get("sha256sum"), hashlib.sha256(world.bytes("s/first.zip")).hexdigest())
    said = lines_of_upload(log)
    check("secondary: the log names them", all(f"Preparing to copy secondary artifacts {i}" in said for i in ("docs", "libs")), "\n".join(said))


def failure_rows(world):
    rows = [("nothing matches", {"files": ["no-such/*"]}, {}, "no matching artifact paths found"),
            ("no base directory", {"files": ["**/*"], "base-directory": "nowhere"}, {}, "no matching base directory path found for nowhere")]
    for number, (title, section, project_artifacts, message) in enumerate(rows):
        build, log = world.build(f"failure-{number}", section, {"name": f"failure-{number}", **project_artifacts})
        check_equal(f"failure, {title}: outcome and context", (build["buildStatus"], context(build)), ("FAILED", [("UPLOAD_ARTIFACTS", "CLIENT_ERROR", message)]))
        said = "\n".join(lines_of_upload(log))
        check(f"failure, {title}: the log", f"Phase complete: UPLOAD_ARTIFACTS State: FAILED\nPhase context status code: CLIENT_ERROR Message: {message}" in said, said)
        check_equal(f"failure, {title}: nothing is there", world.keys(f"failure-{number}"), [])
    build, log = world.build("failure-bucket", {"files": ["top.txt"]}, {"location": "no-such-bucket", "name": "n"})
    got = context(build)
    check("failure, a bucket that does not exist", build["buildStatus"] == "FAILED" and got and got[0][:2] == ("UPLOAD_ARTIFACTS", "CLIENT_ERROR") and re.fullmatch(
        r"Error in UPLOAD_ARTIFACTS phase: NoSuchBucket: The specified bucket does not exist\n\tstatus code: 404, request id: \S+, host id: \S+", got[0][2]), got)
    check_equal("failure, a bucket that does not exist: every phase before succeeded", [p["phaseStatus"] for p in build["phases"] if p["phaseType"] in ("BUILD", "POST_BUILD", "FINALIZING")], ["SUCCEEDED"] * 3)
    client("s3", world.kiln.url, region="eu-west-1").create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    build, log = world.build("failure-region", {"files": ["top.txt"]}, {"location": "elsewhere", "name": "n"})
    check_equal("failure, a bucket of another region", context(build), [("UPLOAD_ARTIFACTS", "CLIENT_ERROR", "Failed to upload artifacts: Invalid arn")])


def phase_rows(world):
    """When there is an upload at all (facts §2.2)."""
    build, log = world.build("no-section", spec(), {"name": "no-section.zip"})
    succeeded("no artifacts section", build, log)
    check_equal("no artifacts section: nothing is uploaded", (world.keys("no-section"), build["artifacts"]["location"]), ([], f"arn:aws:s3:::{BUCKET}/no-section.zip"))
    check("no artifacts section: the log has no expanding", "Expanding base directory path: ." not in log, log)
    build, log = world.build("failed-build", spec({"files": ["top.txt"]}, MAKE + ["exit 3"]), {"name": "failed-build.zip"})
    check_equal("a failed BUILD: its artifacts are uploaded all the same", (build["buildStatus"], world.keys("failed-build")), ("FAILED", ["failed-build.zip"]))
    build, log = world.build("failed-install", json.dumps({"version": 0.2, "phases": {"install": {"commands": ["exit 3"]}}, "artifacts": {"files": ["**/*"]}}), {"name": "failed-install.zip"})
    check_equal("a failed INSTALL: none are", (build["buildStatus"], world.keys("failed-install")), ("FAILED", []))
    text = spec({"files": ["top.txt"]})
    world.codebuild.create_project(**project("overridden", text))
    build, log = world.start("overridden", artifactsOverride={"type": "S3", "location": "arn:aws:s3:::" + BUCKET, "name": "overridden.zip", "packaging": "ZIP"})
    check_equal("artifactsOverride", (build["buildStatus"], world.keys("overridden")), ("SUCCEEDED", ["overridden.zip"]))
    said = lines_of_upload(log)
    expected = ["Expanding base directory path: .", "Assembling file list", "Expanding .", "Expanding file paths for base directory .", "Assembling file list",
                "Expanding top.txt", "Found 1 file(s)"]
    check_equal("the log's upload block", said[:len(expected)], expected)
    check("the log ends with the phase's end", "\n".join(said).rstrip().endswith("Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED\nPhase context status code:  Message:"), "\n".join(said))
    build, log = world.start("overridden")
    check_equal("NO_ARTIFACTS", (build["buildStatus"], build["artifacts"]), ("SUCCEEDED", {"location": ""}))


def cli_row(world):
    """The seed case's shape: `**/*` under `base-directory: dist`, unpacked, fetched with the aws CLI."""
    build, log = world.build("cli", {"files": ["**/*"], "base-directory": "dist"}, {"packaging": "NONE"})
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(["aws", "--endpoint-url", world.kiln.url, "s3", "cp", "--recursive", f"s3://{BUCKET}/cli/", directory], env=aws_env(), capture_output=True, text=True)
        found = sorted(str(p.relative_to(directory)) for p in pathlib.Path(directory).rglob("*") if p.is_file())
        check_equal("aws s3 cp --recursive fetches them", (done.returncode, found), (0, [".env", "README.md", "app", "lib/core.so", "link", "node_modules/x/index.js"]))


def large_row(world):
    """Larger than one part, and large in number."""
    commands = ["mkdir -p out", "head -c 40000000 /dev/urandom > out/random", "i=0; while [ $i -lt 2000 ]; do echo $i > out/file-$i; i=$((i+1)); done",
                "head -c 30000000 /dev/zero > out/zeros", "sha256sum out/random | cut -c1-64 | sed 's/^/sum=/'"]
    build, log = world.build("large", spec({"files": ["out/**/*"]}, commands), {"name": "large.zip"})
    if succeeded("large", build, log):
        data, archive = world.bytes("large.zip"), world.zip("large.zip")
        check_equal("large: checksum of what was downloaded", hashlib.sha256(data).hexdigest(), build["artifacts"]["sha256sum"])
        check_equal("large: all is in it", (len(archive.namelist()), archive.testzip(), f"sum={hashlib.sha256(archive.read('out/random')).hexdigest()}" in log), (2002, None, True))
        check("large: what does not shrink is stored", len(data) < 41_500_000, len(data))


def ten_at_once(world):
    """Ten builds of one repository at once, each with its own artifact."""
    codecommit = client("codecommit", world.kiln.url)
    url = codecommit.create_repository(repositoryName="ten")["repositoryMetadata"]["cloneUrlHttp"]
    text = spec({"files": ["out/*"], "name": "unused"}, ["mkdir out", "echo $CODEBUILD_BUILD_NUMBER-$WHICH > out/which", "cp source.txt out/", "echo $CODEBUILD_BUILD_ID > out/id"])
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "source.txt").write_text("the source\n")
        (pathlib.Path(directory) / "buildspec.yml").write_text(text)
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "one"], ["push", "-q", url, "main"]):
            subprocess.run(["git", "-C", directory, *words], check=True, capture_output=True, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"})
    arguments = project("ten", "")
    arguments["source"] = {"type": "CODECOMMIT", "location": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/ten"}
    arguments["artifacts"] = {"type": "S3", "location": BUCKET, "path": "ten", "namespaceType": "BUILD_ID", "name": "a.zip", "packaging": "ZIP"}
    world.codebuild.create_project(**arguments)
    started = [world.codebuild.start_build(projectName="ten", environmentVariablesOverride=[{"name": "WHICH", "value": f"w{i}"}])["build"] for i in range(10)]
    world.made += [b["id"] for b in started]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda b: wait_build(client("codebuild", world.kiln.url), b["id"], 300), started))
    check_equal("ten at once: all succeed", [b["buildStatus"] for b in done], ["SUCCEEDED"] * 10)
    for i, build in enumerate(done):
        archive = world.zip(f"ten/{uuid_of(build)}/a.zip")
        got = (archive.read("out/which").decode().strip(), archive.read("out/id").decode().strip(), archive.read("out/source.txt"))
        check_equal(f"ten at once: number {i} has its own", got, (f"{build['buildNumber']}-w{i}", build["id"], b"the source\n"))
    check_equal("ten at once: as many objects", len(world.keys("ten/")), 10)


def stop_row(world):
    """A build that is stopped while its artifact is packed: the work ends, the engine is free of it at once."""
    arguments = project("stopped", spec({"files": ["big"]}, ["truncate -s 64G big"]))
    arguments["artifacts"] = {"type": "S3", "location": BUCKET, "name": "stopped.zip", "packaging": "ZIP"}
    world.codebuild.create_project(**arguments)
    build_id = world.codebuild.start_build(projectName="stopped")["build"]["id"]
    world.made.append(build_id)
    wait_for(lambda: f"{build_id}" in world.kiln.log.read_text() and "packed 256 MiB" in world.kiln.log.read_text(), 60, "it is being packed")
    began = time.monotonic()
    world.codebuild.stop_build(id=build_id)
    wait_for(lambda: not containers([build_id]), 60, "its container is gone")
    took = time.monotonic() - began
    check("a build stopped while it uploads: its container is gone within 20 s, and there is no artifact", took < 20 and not world.keys("stopped.zip"), took)


def versions_row(world):
    """A bucket with versions has one version for each build."""
    world.s3.create_bucket(Bucket="versions")
    world.s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    world.build("versions", {"files": ["top.txt"]}, {"location": "versions", "name": "v.zip"})
    world.start("versions")
    check_equal("a version for each build", len(world.s3.list_object_versions(Bucket="versions").get("Versions", [])), 2)


if not (engine_available() and has_image()):
    skip("artifacts", f"needs an engine with {IMAGE}")
    finish()
require("kiln", "boto3", "aws")
with kiln_server() as kiln:
    world = World(kiln)
    world.s3.create_bucket(Bucket=BUCKET)
    rows = [key_rows, content_rows, zip_rows, folder_rows, secondary_rows, failure_rows, phase_rows, cli_row, large_row, versions_row, stop_row, ten_at_once]
    wanted = sys.argv[1:]
    run(*[lambda row=row: row(world) for row in rows if not wanted or row.__name__ in wanted])
    check_no_leftovers("no container is left over", world.made)
    wait_for(lambda: not list((kiln.data / "tmp" / "artifacts").iterdir()))
    check("nothing is left in the daemon's temporary directory", not list((kiln.data / "tmp" / "artifacts").iterdir()))
finish()
