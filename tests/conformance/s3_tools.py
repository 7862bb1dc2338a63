#!/usr/bin/env python3
"""S3 with programs that are not Amazon's: s3cmd and rclone, as Debian has them."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import filecmp

require("kiln")


def tree(root):
    for name, size in (("a.txt", 5), ("sub/b.bin", 70_000), ("sub/empty", 0), ("c ä+&.txt", 33), ("large", 21 << 20)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
    return [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]


def ok(name, *words):
    done = subprocess.run(words, env={**aws_env(), "HOME": str(work), "RCLONE_CONFIG": "/dev/null"}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300)
    check(name, done.returncode == 0, (done.stdout + done.stderr)[-1500:])
    return done.stdout


def check_same(name, target):
    check_equal(name, filecmp.cmpfiles(source, target, names, shallow=False)[1:], ([], []))


def s3cmd():
    if not shutil.which("s3cmd"):
        return skip("s3cmd", "s3cmd is not installed")
    host = f"127.0.0.1:{kiln.port}"
    base = ("s3cmd", "-c", "/dev/null", "--access_key=kiln", "--secret_key=kiln", "--no-ssl", f"--host={host}", f"--host-bucket={host}", "--no-progress",
            "--multipart-chunk-size-mb=5")
    ok("s3cmd mb", *base, "mb", "s3://tool-s3cmd")
    ok("s3cmd put", *base, "put", str(source / "a.txt"), "s3://tool-s3cmd/one")
    ok("s3cmd sync up", *base, "sync", f"{source}/", "s3://tool-s3cmd/tree/")
    check("s3cmd ls", "tree/sub/b.bin" in ok("s3cmd ls", *base, "ls", "-r", "s3://tool-s3cmd"))
    ok("s3cmd info", *base, "info", "s3://tool-s3cmd/one")
    (work / "s3cmd").mkdir()
    ok("s3cmd sync down", *base, "sync", "s3://tool-s3cmd/tree/", f"{work}/s3cmd/")
    check_same("s3cmd brings back what it sent", work / "s3cmd")
    ok("s3cmd cp", *base, "cp", "s3://tool-s3cmd/one", "s3://tool-s3cmd/two")
    ok("s3cmd del", *base, "del", "-r", "-f", "s3://tool-s3cmd/tree/")
    check_equal("s3cmd del removes", sorted(line.split("/")[-1] for line in ok("s3cmd ls", *base, "ls", "-r", "s3://tool-s3cmd").splitlines()), ["one", "two"])
    ok("s3cmd rb", *base, "rb", "-r", "-f", "s3://tool-s3cmd")


def rclone():
    if not shutil.which("rclone"):
        return skip("rclone", "rclone is not installed")
    remote = f":s3,provider=Other,access_key_id=kiln,secret_access_key=kiln,endpoint='{kiln.url}',upload_cutoff=5M,chunk_size=5M:tool-rclone"
    ok("rclone mkdir", "rclone", "mkdir", remote)
    ok("rclone sync up", "rclone", "sync", str(source), remote + "/tree")
    check_equal("rclone ls", len(ok("rclone ls", "rclone", "ls", remote).splitlines()), len(names))
    ok("rclone check", "rclone", "check", str(source), remote + "/tree")
    ok("rclone sync down", "rclone", "sync", remote + "/tree", str(work / "rclone"))
    check_same("rclone brings back what it sent", work / "rclone")
    ok("rclone copyto", "rclone", "copyto", remote + "/tree/a.txt", remote + "/copy")
    ok("rclone delete", "rclone", "purge", remote + "/tree")
    check_equal("rclone delete removes", len(ok("rclone ls", "rclone", "ls", remote).splitlines()), 1)


with kiln_server("--set", "engine.enabled=false") as kiln, tempfile.TemporaryDirectory(prefix="kiln-tools-") as folder:
    work = pathlib.Path(folder)
    source = work / "source"
    names = tree(source)
    run(s3cmd, rclone)
finish()
