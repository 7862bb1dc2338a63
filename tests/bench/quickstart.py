#!/usr/bin/env python3
"""The quick start's build beside the same steps by hand, in turn, in one run on this machine: `git clone`, `docker run` of the buildspec's
commands in the same image, `zip`."""

import io
import statistics
import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import zipfile

require("kiln", "image", "boto3")

RUNS = 15 if LONG else 5
SAMPLE = ROOT / "config/sample"
COMMANDS = "gcc --version | head -n 1 && COMMIT=$(git rev-parse --short HEAD) && make GREETING='Hello from Kiln' COMMIT=$COMMIT && make test"


def done(*words, **more):
    more.setdefault("cwd", "/")
    return subprocess.run(list(map(str, words)), check=True, stdin=subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}, **more)


def prepare(kiln, folder):
    client("codecommit", kiln.url).create_repository(repositoryName="greet")
    client("s3", kiln.url).create_bucket(Bucket="bench")
    source = folder / "sample"
    shutil.copytree(SAMPLE, source)
    git = ["git", "-C", source, "-c", "user.name=t", "-c", "user.email=t@example.com"]
    done("git", "init", "-q", "-b", "main", source)
    done(*git, "add", ".")
    done(*git, "commit", "-qm", "sample")
    done(*git, "push", "-q", f"{kiln.url}/v1/repos/greet", "main")
    arguments = project("greet", "")
    arguments["source"] = {"type": "CODECOMMIT", "location": f"https://git-codecommit.{REGION}.amazonaws.com/v1/repos/greet"}
    arguments["artifacts"] = {"type": "S3", "location": "bench", "name": "greet.zip", "packaging": "ZIP"}
    client("codebuild", kiln.url).create_project(**arguments)


def by_kiln(kiln):
    codebuild = client("codebuild", kiln.url)
    began = time.monotonic()
    build_id = codebuild.start_build(projectName="greet")["build"]["id"]
    for event in watch(kiln.url, f"?id={build_id}"):
        if event.get("object", {}).get("buildComplete"):
            break
    took = time.monotonic() - began
    build = codebuild.batch_get_builds(ids=[build_id])["builds"][0]
    body = client("s3", kiln.url).get_object(Bucket="bench", Key="greet.zip")["Body"].read()
    check("the build succeeded and its artifact holds the program",
          build["buildStatus"] == "SUCCEEDED" and zipfile.ZipFile(io.BytesIO(body)).namelist() == ["greet"], build)
    return took


def by_hand(kiln, folder):
    clone = folder / "clone"
    began = time.monotonic()
    done("git", "clone", "-q", f"{kiln.url}/v1/repos/greet", clone)
    done("docker", "-H", engine_host(), "run", "--rm", "--user", f"{os.getuid()}:{os.getgid()}", "-e", "HOME=/tmp", "-v", f"{clone}:/src", "-w", "/src", IMAGE, "sh", "-c", f"git config --global safe.directory '*' && {COMMANDS}")
    done("zip", "-qr", folder / "greet.zip", ".", cwd=clone / "out")
    took = time.monotonic() - began
    shutil.rmtree(clone)
    (folder / "greet.zip").unlink()
    return took


def quickstart():
    missing = [tool for tool in ("git", "docker", "zip") if not shutil.which(tool)]
    if missing:
        return skip("the quick start beside the same by hand", "needs " + ", ".join(missing))
    with kiln_server() as kiln, tempfile.TemporaryDirectory(prefix="kiln-bench-") as folder:
        folder = pathlib.Path(folder)
        prepare(kiln, folder)
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(by_kiln(kiln))
            theirs.append(by_hand(kiln, folder))
    mine, other = statistics.median(ours), statistics.median(theirs)
    note(f"the quick start's build, StartBuild to COMPLETED, median of {RUNS}: {mine:.2f} s")
    note(f"git clone, docker run, zip by hand, median of {RUNS}:              {other:.2f} s   ratio {mine / other:.2f}")


run(quickstart)
finish()
