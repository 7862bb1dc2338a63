#!/usr/bin/env python3
"""Archives that mean harm, as the S3 source of real builds: each ends DOWNLOAD_SOURCE with a context that says what is wrong with which
entry, no command runs, and nothing is written outside, neither on this machine nor in what other builds see."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import gzip
import io
import tarfile
import zipfile

require("kiln", "image", "boto3")

SPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo never\n"
CANARY = f"kiln-canary-{os.getpid()}"  # not one that an earlier run has left
LIMITS = ["--set", "sources.maxSize=8MiB", "--set", "sources.maxFiles=100", "--set", "sources.maxRatio=20", "--set", "sources.ratioFloor=1MiB"]
OUTSIDE = "leads out of the source directory"


def member(name, kind=tarfile.REGTYPE, text="x", link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    body = text.encode() if kind == tarfile.REGTYPE else b""
    info.size = len(body)
    return info, body


def tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, body in (member("buildspec.yml", text=SPEC), *members):
            archive.addfile(info, io.BytesIO(body))
    return out.getvalue()


def claiming(size):
    """A tar whose last entry says that it has `size` bytes, and has none."""
    info = tarfile.TarInfo("huge")
    info.size = size
    return tar()[:1024] + info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def packed(*files, method=zipfile.ZIP_DEFLATED):
    """A zip of (name, text) and (name, (target of a link,))."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in (("buildspec.yml", SPEC), *files):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if isinstance(text, tuple) else 0o100644) << 16
            info.compress_type = method
            archive.writestr(info, text[0] if isinstance(text, tuple) else text)
    return out.getvalue()


def encrypted():
    """Every entry of the zip says that it is encrypted: bit 0 of its flags."""
    data = bytearray(packed(("secret", "x"), method=zipfile.ZIP_STORED))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def flipped():
    data = bytearray(packed(("damaged", "content of it"), method=zipfile.ZIP_STORED))
    data[data.find(b"content of it")] ^= 0x20
    return bytes(data)


# (what, archive, words of the context's message)
KINDS = [
    ("tar, absolute name", tar(member(f"/tmp/{CANARY}")), f'entry "/tmp/{CANARY}" is an absolute path'),
    ("zip, absolute name", packed((f"/tmp/{CANARY}", "x")), f'entry "/tmp/{CANARY}" is an absolute path'),
    ("tar, dot dot", tar(member(f"../../{CANARY}")), OUTSIDE),
    ("zip, dot dot", packed((f"../../{CANARY}", "x")), OUTSIDE),
    ("zip, dot dot further inside", packed((f"a/b/../../../{CANARY}", "x")), OUTSIDE),
    ("tar, link to an absolute path", tar(member("out", tarfile.SYMTYPE, link="/tmp")), 'entry "out" is a symbolic link that leads out'),
    ("zip, link above the tree", packed(("out", ("../../..",))), 'entry "out" is a symbolic link that leads out'),
    ("tar, file through a link", tar(member("d", tarfile.DIRTYPE), member("l", tarfile.SYMTYPE, link="d"), member(f"l/{CANARY}")), "lies below a symbolic link"),
    ("tar, a link that comes after", tar(member(f"l/{CANARY}"), member("l", tarfile.SYMTYPE, link="/tmp")), "symbolic link"),
    ("zip, links in a circle", packed(("a", ("b",)), ("b", ("a",))), "symbolic link"),
    ("tar, hard link to the host", tar(member("h", tarfile.LNKTYPE, link="/etc/passwd")), 'entry "h" is a hard link to "/etc/passwd"'),
    ("tar, hard link above the tree", tar(member("h", tarfile.LNKTYPE, link="../../x")), 'entry "h" is a hard link'),
    ("tar, character device", tar(member("null", tarfile.CHRTYPE)), 'entry "null" is a device, a pipe or a socket'),
    ("tar, block device", tar(member("disk", tarfile.BLKTYPE)), 'entry "disk" is a device, a pipe or a socket'),
    ("tar, named pipe", tar(member("pipe", tarfile.FIFOTYPE)), 'entry "pipe" is a device, a pipe or a socket'),
    ("zip, bomb by its ratio", packed(("zeros", "\0" * (6 << 20))), "unpacks to more than 20 times its size"),
    ("tar.gz, bomb by its ratio", gzip.compress(tar(member("zeros", text="\0" * (6 << 20)))), "unpacks to more than 20 times its size"),
    ("zip, bomb by its size", packed(*[(f"part{n}", os.urandom(1 << 20).hex()) for n in range(5)]), "the 8388608 bytes a source may have"),
    ("zip, too many files", packed(*[(f"f{n}", "") for n in range(120)]), "one more than the 100 entries a source may have"),
    ("tar, a size that is a lie", claiming(1 << 40), "a source may have"),
    ("zip, a part of a name too long", packed(("n" * 300, "x")), "has a part of more than 255 bytes"),
    ("zip, a path too long", packed(("d/" * 3000 + "f", "x")), "is too long"),
    ("zip, a name of control characters", packed(("../\x1b[2J\x07evil", "x")), OUTSIDE),
    ("zip, encrypted", encrypted(), "is encrypted"),
    ("zip, damaged", flipped(), 'entry "damaged" cannot be read'),
    ("zip, cut off", packed(("a", "x" * 5000), method=zipfile.ZIP_STORED)[:-60], ""),
    ("tar.gz, cut off", gzip.compress(tar(member("a", text=os.urandom(9000).hex())))[:6000], ""),
    ("no archive at all", b"<html>not found</html>" * 100, "the object is not a zip or tar archive"),
    ("nothing at all", b"", "the object is not a zip or tar archive"),
]


def start_all(s3, codebuild):
    s3.create_bucket(Bucket="hostile")
    arguments = project("hostile", "")
    arguments["source"] = {"type": "S3", "location": "hostile/none.zip"}
    codebuild.create_project(**arguments)
    started = []
    for number, (what, archive, _) in enumerate(KINDS):
        key = f"{number}." + what.partition(",")[0].replace(" ", "-")
        s3.put_object(Bucket="hostile", Key=key, Body=archive)
        started.append(codebuild.start_build(projectName="hostile", sourceLocationOverride=f"hostile/{key}")["build"]["id"])
    return started


def hostile():
    s3, codebuild = client("s3", kiln.url), client("codebuild", kiln.url)
    started = start_all(s3, codebuild)
    for (what, _, words), build_id in zip(KINDS, started):
        build = wait_build(codebuild, build_id, 240)
        failed = [(p["phaseType"], *(p["contexts"][0].get(k, "") for k in ("statusCode", "message"))) for p in build["phases"] if p.get("phaseStatus") == "FAILED"]
        log = kiln.build_log(build_id)
        told = len(failed) == 1 and failed[0][:2] == ("DOWNLOAD_SOURCE", "CLIENT_ERROR") and words in failed[0][2]
        check(f"{what}: refused with its context, no command ran", told and "never" not in log and "\x1b" not in log, lambda: (failed, log))
        if failed:
            note(f"{what}: {failed[0][2].splitlines()[0][:150]}")
    places = ["/tmp", "/etc", "/", str(kiln.data), str(kiln.data.parent), str(kiln.data / "tmp")]
    written = [p for p in places if (pathlib.Path(p) / CANARY).exists()]
    check("nothing is written outside on this machine", not written, written)
    scratch = kiln.data / "tmp" / "sources"
    wait_for(lambda: not list(scratch.iterdir()), what=f"{scratch} is empty")
    check("nothing is left of them in the data directory", not list(scratch.iterdir()))
    check_no_leftovers("no container is left", started)


with kiln_server(*LIMITS) as kiln:
    run(hostile)
finish()
