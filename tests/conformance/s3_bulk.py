#!/usr/bin/env python3
"""Much at once with the aws CLI: sync of many small files, cp of a large one, up and down, byte for byte, and the server's memory."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import filecmp
import hashlib

require("kiln", "aws")

FILES = 5000 if LONG else 500
LARGE_MB = 2048 if LONG else 200
MIB = 1 << 20


def s3(*words):
    began = time.monotonic()
    done = subprocess.run(["aws", "--endpoint-url", kiln.url, "s3", *words, "--only-show-errors"], env=aws_env(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    return done.returncode, done.stderr.strip(), time.monotonic() - began


def memory(what):
    note(f"{what}: server resident {kiln.memory_mb()[0]:.0f} MB, peak {kiln.memory_mb()[1]:.0f} MB")


def small_files():
    source, target = work / "small", work / "small-back"
    for number in range(FILES):
        path = source / f"d{number % 37}" / f"f{number} ä.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(number % 3000))
    status, error, took = s3("sync", str(source), "s3://bulk/small")
    check(f"sync of {FILES} files up", status == 0, error)
    note(f"sync of {FILES} files up: {took:.1f} s")
    status, error, again = s3("sync", str(source), "s3://bulk/small")
    check("a second sync", status == 0, error)
    status, error, took = s3("sync", "s3://bulk/small", str(target))
    check(f"sync of {FILES} files down", status == 0, error)
    note(f"sync of {FILES} files down: {took:.1f} s; a second sync up, of nothing: {again:.1f} s")
    paths = [p.relative_to(source) for p in source.rglob("*") if p.is_file()]
    wrong = filecmp.cmpfiles(source, target, [str(p) for p in paths], shallow=False)
    check_equal("every file is the same", [len(wrong[0]), wrong[1], wrong[2]], [FILES, [], []])
    check_equal("rm --recursive", s3("rm", "s3://bulk/small", "--recursive")[0], 0)
    check_equal("rm --recursive leaves nothing", aws(kiln.url, "s3api", "list-objects-v2", "--bucket", "bulk")[1].get("Contents"), None)
    memory("small files")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def large_file():
    source, target = work / "large", work / "large-back"
    block = os.urandom(MIB)
    with open(source, "wb") as file:
        for number in range(LARGE_MB):
            file.write(number.to_bytes(8, "big") + block[8:])
    for what, arguments in (("up", (str(source), "s3://bulk/large")), ("down", ("s3://bulk/large", str(target)))):
        status, error, took = s3("cp", *arguments)
        check(f"cp of {LARGE_MB} MB {what}", status == 0, error)
        note(f"cp of {LARGE_MB} MB {what}: {took:.1f} s, {LARGE_MB / took:.0f} MB/s")
    check_equal(f"{LARGE_MB} MB come back byte for byte", digest(target), digest(source))
    target.unlink()
    memory("large file in parts")
    one_request(source)


def one_request(source):
    """The same file in a single PUT and a single GET."""
    began = time.monotonic()
    done = subprocess.run(["curl", "-sS", "-f", "-T", str(source), f"{kiln.url}/bulk/one"], capture_output=True, text=True)
    check(f"{LARGE_MB} MB in one request", done.returncode == 0, done.stderr)
    note(f"{LARGE_MB} MB in one PUT: {LARGE_MB / (time.monotonic() - began):.0f} MB/s")
    began = time.monotonic()
    got = subprocess.run(f"curl -sS -f {kiln.url}/bulk/one | sha256sum", shell=True, capture_output=True, text=True)
    note(f"{LARGE_MB} MB in one GET: {LARGE_MB / (time.monotonic() - began):.0f} MB/s")
    check_equal(f"{LARGE_MB} MB of one request come back", got.stdout.split()[0], digest(source))
    memory("large file in one request")
    check("memory stays bounded", kiln.memory_mb()[1] < 500, kiln.memory_mb())


with kiln_server("--set", "engine.enabled=false") as kiln, tempfile.TemporaryDirectory(prefix="kiln-bulk-") as folder:
    work = pathlib.Path(folder)
    check_equal("create-bucket", aws(kiln.url, "s3api", "create-bucket", "--bucket", "bulk")[0], 0)
    run(small_files, large_file)
finish()
