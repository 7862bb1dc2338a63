#!/usr/bin/env python3
"""What goes into and out of builds in bulk, each beside what it is compared with, in one run on this machine: an artifact packed into S3
against `zip -r` of the same tree in a container of the same image, a source against `docker cp` of the same tree. Medians, in turn."""

import statistics
import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import tarfile

require("kiln", "image", "boto3")

RUNS = 3
FILES, SIZE = (10_000, 100_000) if LONG else (2_000, 50_000)
# Half of the bytes are words, half do not shrink, as in a tree of programs, texts and packed assets.
MAKE = f"""
import os, random
words = [b"%x " % random.Random(i).getrandbits(40) for i in range(4000)]
for i in range({FILES}):
    os.makedirs("tree/%d" % (i % 100), exist_ok=True)
    rng = random.Random(i)
    with open("tree/%d/file-%d" % (i % 100, i), "wb") as out:
        out.write(b"".join(rng.choices(words, k={SIZE} // 8))[:{SIZE}] if i % 2 else rng.randbytes({SIZE}))
"""


def row(what, value, aim=""):
    note(f"{what:<72} {value:>10}  {aim}")


def compare(what, ours, theirs, name):
    mine, other = statistics.median(ours), statistics.median(theirs)
    row(f"{what}, median s", f"{mine:.2f}", f"{FILES * SIZE / mine / 1e6:.0f} MB/s")
    row(f"    {name}, median s", f"{other:.2f}", f"ratio {mine / other:.2f}, aim: at most 1")


def seconds_of(build, phase):
    found = next(p for p in build["phases"] if p["phaseType"] == phase)
    return (found["endTime"] - found["startTime"]).total_seconds()


def finished(kiln, codebuild, name):
    build = codebuild.start_build(projectName=name)["build"]
    done = wait_build(codebuild, build["id"], 900)
    check_equal(f"{name} succeeds", done["buildStatus"], "SUCCEEDED") or note(kiln.build_log(done["id"])[-2000:])
    wait_for(lambda: not containers([done["id"]]), 60)
    return done


def artifact(kiln):
    """(a) UPLOAD_ARTIFACTS whole: collected, copied out, packed, checksummed and put, against `zip -r` alone."""
    codebuild, s3 = client("codebuild", kiln.url), client("s3", kiln.url)
    s3.create_bucket(Bucket="bench")
    spec = json.dumps({"version": 0.2, "phases": {"build": {"commands": [f"cat > /tmp/make.py <<'END'\n{MAKE}\nEND\npython3 /tmp/make.py"]}},
                       "artifacts": {"files": ["**/*"], "base-directory": "tree"}})
    arguments = project("artifact", spec)
    arguments["artifacts"] = {"type": "S3", "location": "bench", "name": "tree.zip", "packaging": "ZIP"}
    codebuild.create_project(**arguments)
    script = f"cat > /tmp/make.py <<'END'\n{MAKE}\nEND\ncd /tmp && python3 make.py && b=$(date +%s%N) && zip -qr a.zip tree && e=$(date +%s%N) && echo $((e-b)) $(stat -c %s a.zip)"
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(seconds_of(finished(kiln, codebuild, "artifact"), "UPLOAD_ARTIFACTS"))
        words = subprocess.run(["docker", "run", "--rm", "--entrypoint", "sh", IMAGE, "-c", script], check=True, capture_output=True, text=True).stdout.split()
        theirs.append(int(words[0]) / 1e9)
    compare(f"(a) {FILES} files, {FILES * SIZE // 1_000_000} MB to a zip in S3 (UPLOAD_ARTIFACTS)", ours, theirs, "zip -qr in docker run")
    row("    bytes of the zip", f"{s3.head_object(Bucket='bench', Key='tree.zip')['ContentLength'] // 1_000_000} MB", f"zip -r: {int(words[1]) // 1_000_000} MB")
    row("    resident memory of kiln at its peak", f"{kiln.memory_mb()[1]:.0f} MB")


def source(kiln):
    """(b) DOWNLOAD_SOURCE of a tar in S3, against `docker cp` of the same tree into a container that is there."""
    codebuild, s3 = client("codebuild", kiln.url), client("s3", kiln.url)
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as directory:
        subprocess.run([sys.executable, "-c", MAKE], cwd=directory, check=True)
        spec = buildspec(build=["find tree -type f | wc -l"])
        (pathlib.Path(directory) / "buildspec.yml").write_text(spec)
        with tarfile.open(f"{directory}.tar", "w") as archive:
            archive.add(directory, arcname=".")
        s3.upload_file(f"{directory}.tar", "bench", "source.tar")
        os.unlink(f"{directory}.tar")
        arguments = project("source", "")
        arguments["source"] = {"type": "S3", "location": "bench/source.tar"}
        codebuild.create_project(**arguments)
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(seconds_of(finished(kiln, codebuild, "source"), "DOWNLOAD_SOURCE"))
            container = subprocess.run(["docker", "create", IMAGE, "true"], check=True, capture_output=True, text=True).stdout.strip()
            began = time.monotonic()
            subprocess.run(["docker", "cp", directory, f"{container}:/source"], check=True, capture_output=True)
            theirs.append(time.monotonic() - began)
            subprocess.run(["docker", "rm", "-f", container], check=True, capture_output=True)
    compare(f"(b) {FILES} files, {FILES * SIZE // 1_000_000} MB of source from S3 (DOWNLOAD_SOURCE)", ours, theirs, "docker cp")


with kiln_server() as kiln:
    run(lambda: artifact(kiln), lambda: source(kiln))
finish()
