#!/usr/bin/env python3
"""What builds get as their sources, of every kind that the embedded services serve: each row starts a build and looks at what it saw."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import io
import re
import tarfile
import zipfile

SPEC = "version: 0.2\nphases:\n  build:\n    commands:\n"


def spec(*commands):
    return SPEC + "".join(f"      - {json.dumps(c)}\n" for c in commands)


LOOK = spec("echo dir=$CODEBUILD_SRC_DIR pwd=$PWD", "echo resolved=$CODEBUILD_RESOLVED_SOURCE_VERSION", "echo url=$CODEBUILD_SOURCE_REPO_URL",
            "git rev-list --count HEAD 2>/dev/null | sed 's/^/count=/'", "git status --porcelain 2>/dev/null | sed 's/^/dirty=/'", "git tag 2>/dev/null | sed 's/^/tag=/'",
            "find . -path ./.git -prune -o \\( -type f -o -type l \\) -print | LC_ALL=C sort | sed 's/^/file=/'", "stat -c 'mode=%a %n' run.sh 2>/dev/null || true")


class World:
    def __init__(self, kiln):
        self.kiln, self.codebuild = kiln, client("codebuild", kiln.url)
        self.s3, self.codecommit = client("s3", kiln.url), client("codecommit", kiln.url)
        self.made = []

    def build(self, name, source, **more):
        arguments = project(name, "", **more)
        arguments["source"] = source
        if name not in [p for p, _ in self.made]:
            self.codebuild.create_project(**arguments)
        build = self.codebuild.start_build(projectName=name)["build"]
        self.made.append((name, build["id"]))
        done = wait_build(self.codebuild, build["id"])
        return done, self.kiln.build_log(build["id"])


def context(build):
    failed = [p for p in build["phases"] if p.get("phaseStatus") == "FAILED"]
    return [(p["phaseType"], *(p["contexts"][0].get(k, "") for k in ("statusCode", "message"))) for p in failed]


def seen(log, name):
    return [line.split("=", 1)[1] for line in log.splitlines() if line.startswith(name + "=")]


def make_repository(world, directory):
    url = world.codecommit.create_repository(repositoryName="my-app")["repositoryMetadata"]["cloneUrlHttp"]
    def git(*words):
        subprocess.run(["git", "-C", directory, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", *words],
                       check=True, capture_output=True, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"})
    def write(name, text, mode=0o644):
        path = pathlib.Path(directory) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    git("init", "-q")
    for number in range(7):
        write("buildspec.yml", LOOK)
        write("ci/other.yml", spec("echo from the other one"))
        write("run.sh", f"#!/bin/sh\necho {number}\n", 0o755)
        write(f"src/file {number}.txt", str(number))
        if number == 0:
            (pathlib.Path(directory) / "link").symlink_to("src/file 0.txt")
        git("add", "-A")
        git("commit", "-q", "-m", f"commit {number}")
        if number == 3:
            git("tag", "v3")
            git("tag", "-a", "noted", "-m", "noted")
    git("push", "-q", url, "main", "v3", "noted")
    git("checkout", "-q", "-b", "topic", "HEAD~5")
    write("only-here", "x")
    git("add", "-A")
    git("commit", "-q", "-m", "topic")
    git("push", "-q", url, "topic")
    def commit_of(name):
        return subprocess.run(["git", "-C", directory, "rev-parse", name + "^{commit}"], capture_output=True, text=True, check=True).stdout.strip()
    return {name: commit_of(name) for name in ("main", "v3", "topic", "main~2")}


def codecommit_rows(world):
    with tempfile.TemporaryDirectory() as directory:
        commits = make_repository(world, directory)
    location = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/my-app"
    rows = [("default head", None, 0, commits["main"], "7"), ("branch", "topic", 0, commits["topic"], "3"), ("tag", "v3", 0, commits["v3"], "4"),
            ("commit", commits["main~2"], 0, commits["main~2"], "5"), ("short commit", commits["main~2"][:9], 0, commits["main~2"], "5"),
            ("refs/heads/x", "refs/heads/topic", 0, commits["topic"], "3"), ("depth 1", None, 1, commits["main"], "1"), ("depth 3", "main", 3, commits["main"], "3"),
            ("depth 4", "main", 4, commits["main"], "4")]
    for title, version, depth, resolved, count in rows:
        more = {"sourceVersion": version} if version else {}
        build, log = world.build("cc-" + title.replace(" ", "-").replace("/", "-"), {"type": "CODECOMMIT", "location": location, "gitCloneDepth": depth}, **more)
        check_equal(f"CODECOMMIT {title}: outcome", build["buildStatus"], "SUCCEEDED") or note(log)
        check_equal(f"CODECOMMIT {title}: resolvedSourceVersion", build.get("resolvedSourceVersion"), resolved)
        check_equal(f"CODECOMMIT {title}: in the build", seen(log, "resolved"), [resolved])
        check_equal(f"CODECOMMIT {title}: git rev-list --count HEAD", seen(log, "count"), [count])
        check_equal(f"CODECOMMIT {title}: git tag", seen(log, "tag"), [] if depth in (1, 3) else ["noted", "v3"])
        check_equal(f"CODECOMMIT {title}: git status is clean, run.sh is executable", (seen(log, "dirty"), seen(log, "mode")), ([], ["755 run.sh"]))
    place = re.search(r"dir=(/codebuild/output/src\d+/src/git-codecommit\.us-east-1\.amazonaws\.com/v1/repos/my-app) pwd=(\S+)", log)
    check("CODECOMMIT: the directory is CodeBuild's", place and place[1] == place[2], log)
    check("CODECOMMIT: the log says where the buildspec is", place and f"YAML location is {place[1]}/buildspec.yml" in log, log)
    check("CODECOMMIT: links are links", "file=./link" in log, log)
    build, log = world.build("cc-missing-branch", {"type": "CODECOMMIT", "location": location}, sourceVersion="no-such")
    check_equal("CODECOMMIT missing branch", context(build), [("DOWNLOAD_SOURCE", "CLIENT_ERROR", "reference not found for primary source and source version no-such")])
    build, log = world.build("cc-missing-repository", {"type": "CODECOMMIT", "location": location + "-not"})
    check("CODECOMMIT missing repository", context(build)[0][:2] == ("DOWNLOAD_SOURCE", "CLIENT_ERROR") and "repository not found for primary source" in context(build)[0][2], context(build))
    build, log = world.build("cc-named-buildspec", {"type": "CODECOMMIT", "location": location, "buildspec": "ci/other.yml"})
    check("CODECOMMIT with another buildspec", build["buildStatus"] == "SUCCEEDED" and "from the other one" in log, log)
    for name, buildspec, words in (("cc-no-buildspec", "ci/none.yml", r"stat /codebuild/output/src\d+/src/git-codecommit\.\S+/my-app/ci/none\.yml: no such file or directory"),
                                   ("cc-directory-as-buildspec", "ci", r"read /codebuild/output/src\d+/src/git-codecommit\.\S+/my-app/ci: is a directory"),
                                   ("cc-no-buildspec-in-s3", "arn:aws:s3:::no-such-bucket/spec.yml", r"(?s)NoSuchBucket: .*for buildspec arn:aws:s3:::no-such-bucket/spec\.yml")):
        build, log = world.build(name, {"type": "CODECOMMIT", "location": location, "buildspec": buildspec})
        got = context(build)
        check(f"CODECOMMIT with the buildspec {buildspec}, which is not there", got and got[0][1] == "YAML_FILE_ERROR" and re.fullmatch(words, got[0][2]), got)
        check_equal("… its resolvedSourceVersion", build.get("resolvedSourceVersion"), commits["main"])


def tree(kind, entries):
    """An archive of {name: text}; a name that ends in / is a directory, a tuple (target,) a link."""
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in entries.items():
                info = zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6))
                info.external_attr = (0o120777 if isinstance(text, tuple) else 0o100755 if name.endswith(".sh") else 0o100644) << 16
                archive.writestr(info, text[0] if isinstance(text, tuple) else text)
    else:
        with tarfile.open(fileobj=out, mode="w:gz" if kind == "tar.gz" else "w") as archive:
            for name, text in entries.items():
                info = tarfile.TarInfo(name)
                info.mode = 0o755 if name.endswith(".sh") else 0o644
                if isinstance(text, tuple):
                    info.type, info.linkname = tarfile.SYMTYPE, text[0]
                    archive.addfile(info)
                else:
                    info.size = len(text)
                    archive.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def s3_rows(world):
    world.s3.create_bucket(Bucket="sources")
    entries = {"buildspec.yml": LOOK, "run.sh": "#!/bin/sh\n", "a b/ü.txt": "x", "link": ("a b/ü.txt",)}
    for kind in ("zip", "tar", "tar.gz"):
        world.s3.put_object(Bucket="sources", Key=f"in/app.{kind}", Body=tree(kind, entries))
        build, log = world.build("s3-" + kind.replace(".", ""), {"type": "S3", "location": f"sources/in/app.{kind}"})
        check_equal(f"S3 {kind}: outcome", build["buildStatus"], "SUCCEEDED") or note(log)
        check_equal(f"S3 {kind}: files", seen(log, "file"), ["./a b/ü.txt", "./buildspec.yml", "./link", "./run.sh"])
        check_equal(f"S3 {kind}: modes and URL", (seen(log, "mode"), seen(log, "url")), (["755 run.sh"], [f"s3://sources/in/app.{kind}"]))
    for name, text in (("buildspec.yml", LOOK), ("deep/er/file", "y")):
        world.s3.put_object(Bucket="sources", Key="folder/" + name, Body=text)
    build, log = world.build("s3-folder", {"type": "S3", "location": "sources/folder/"})
    check_equal("S3 folder", (build["buildStatus"], seen(log, "file")), ("SUCCEEDED", ["./buildspec.yml", "./deep/er/file"])) or note(log)
    world.s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
    first = world.s3.put_object(Bucket="sources", Key="v.zip", Body=tree("zip", {"buildspec.yml": spec("echo the first")}))["VersionId"]
    world.s3.put_object(Bucket="sources", Key="v.zip", Body=tree("zip", {"buildspec.yml": spec("echo the second")}))
    build, log = world.build("s3-version", {"type": "S3", "location": "sources/v.zip"}, sourceVersion=first)
    check("S3 object version", build["buildStatus"] == "SUCCEEDED" and "\nthe first\n" in log, log)
    build, log = world.build("s3-missing", {"type": "S3", "location": "sources/not.zip"})
    got = context(build)
    check("S3 missing object", got and got[0][:2] == ("DOWNLOAD_SOURCE", "CLIENT_ERROR") and "NoSuchKey" in got[0][2] and "for primary source" in got[0][2], got)
    world.s3.put_object(Bucket="sources", Key="spec.yml", Body=spec("echo spec from S3"))
    build, log = world.build("s3-spec", {"type": "NO_SOURCE", "buildspec": "arn:aws:s3:::sources/spec.yml"})
    check("a buildspec from S3", build["buildStatus"] == "SUCCEEDED" and "spec from S3" in log and "YAML location is /codebuild/readonly/buildspec.yml" in log, log)
    world.s3.put_object(Bucket="sources", Key="bare.zip", Body=tree("zip", {"x": "y"}))
    build, log = world.build("s3-bare", {"type": "S3", "location": "sources/bare.zip"})
    check_equal("a source without a buildspec", context(build), [("DOWNLOAD_SOURCE", "YAML_FILE_ERROR", "YAML file does not exist")])


def secondary_rows(world):
    world.s3.put_object(Bucket="sources", Key="lib.zip", Body=tree("zip", {"lib.txt": "library"}))
    look = spec('cat "$CODEBUILD_SRC_DIR_lib/lib.txt"; echo', 'git -C "$CODEBUILD_SRC_DIR_app" rev-parse HEAD | sed "s/^/app=/"')
    build, log = world.build(
        "secondary", {"type": "NO_SOURCE", "buildspec": look},
        secondarySources=[{"type": "S3", "location": "sources/lib.zip", "sourceIdentifier": "lib"},
                          {"type": "CODECOMMIT", "location": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/my-app", "sourceIdentifier": "app"}],
        secondarySourceVersions=[{"sourceIdentifier": "app", "sourceVersion": "v3"}])
    check("secondary sources have their own directories", build["buildStatus"] == "SUCCEEDED" and "\nlibrary\n" in log and seen(log, "app"), log)


def limit_rows():
    """The limits of the settings end a build whose source holds more."""
    with kiln_server("--set", "sources.maxFiles=3", "--set", "sources.maxSize=64KiB") as kiln:
        world = World(kiln)
        world.s3.create_bucket(Bucket="sources")
        for name, entries, whole in (("few", {"buildspec.yml": LOOK, "a": "1"}, True), ("many", {"buildspec.yml": LOOK, "a": "1", "b": "2", "c": "3"}, False),
                                     ("large", {"buildspec.yml": LOOK, "a": "1" * 70_000}, False)):
            world.s3.put_object(Bucket="sources", Key=f"{name}.zip", Body=tree("zip", entries))
            build, log = world.build("limit-" + name, {"type": "S3", "location": f"sources/{name}.zip"})
            got = context(build)
            right = build["buildStatus"] == "SUCCEEDED" if whole else got and got[0][:2] == ("DOWNLOAD_SOURCE", "CLIENT_ERROR")
            check(f"limits of the settings: {name}", right, (got, log))
            note(f"limits: {name}: {got}")


if not (engine_available() and has_image()):
    skip("sources", f"needs an engine with {IMAGE}")
    finish()
with kiln_server() as kiln:
    world = World(kiln)
    run(lambda: codecommit_rows(world), lambda: s3_rows(world), lambda: secondary_rows(world))
    check_no_leftovers("no container is left over", [i for _, i in world.made])
    run(limit_rows)
    check("nothing is left in the daemon's temporary directory", not list((kiln.data / "tmp" / "sources").iterdir()))
finish()
