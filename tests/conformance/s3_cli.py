#!/usr/bin/env python3
"""S3 and STS with the aws CLI: s3 and s3api as people type them."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "aws")


def cli(*words, stdin=None):
    done = subprocess.run(["aws", "--endpoint-url", kiln.url, *words], env=aws_env(), input=stdin, capture_output=True)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace").strip()


def ok(name, *words, **more):
    status, out, error = cli(*words, **more)
    check(name, status == 0, error)
    return out


def api(operation, *words):
    status, answer, error = aws(kiln.url, "s3api", operation, "--bucket", "cli", *words)
    check(f"s3api {operation} {' '.join(words)[:60]}", status == 0, error)
    return answer


def high_level():
    ok("s3 mb", "s3", "mb", "s3://cli")
    check("s3 ls", "cli" in ok("s3 ls", "s3", "ls"))
    ok("s3 cp from stdin", "s3", "cp", "-", "s3://cli/dir/in", stdin=b"from stdin")
    check_equal("s3 cp to stdout", ok("s3 cp out", "s3", "cp", "s3://cli/dir/in", "-"), "from stdin")
    big = work / "big"
    big.write_bytes(os.urandom(20 << 20))
    ok("s3 cp of 20 MB", "s3", "cp", str(big), "s3://cli/big", "--only-show-errors")
    ok("s3 cp of 20 MB between buckets", "s3", "cp", "s3://cli/big", "s3://cli/big2", "--only-show-errors")
    ok("s3 cp down", "s3", "cp", "s3://cli/big2", str(work / "back"), "--only-show-errors")
    check("20 MB come back", (work / "back").read_bytes() == big.read_bytes())
    ok("s3 mv", "s3", "mv", "s3://cli/dir/in", "s3://cli/moved", "--only-show-errors")
    listed = ok("s3 ls --recursive", "s3", "ls", "s3://cli", "--recursive")
    check_equal("s3 ls shows what is there", sorted(line.split()[-1] for line in listed.splitlines()), ["big", "big2", "moved"])
    url = ok("s3 presign", "s3", "presign", "s3://cli/moved").strip()
    with urllib.request.urlopen(url) as answer:
        check_equal("the presigned URL works", answer.read(), b"from stdin")
    ok("s3 rm", "s3", "rm", "s3://cli/big2", "--only-show-errors")
    status, _, error = cli("s3", "rb", "s3://cli")
    check("s3 rb of a bucket with objects", status != 0 and "BucketNotEmpty" in error, error)
    ok("s3 website", "s3", "website", "s3://cli", "--index-document", "index.html")


def low_level():
    check_equal("head-object", api("head-object", "--key", "moved")["ContentLength"], 10)
    status, _, error = aws(kiln.url, "s3api", "get-object", "--bucket", "cli", "--key", "none", "/dev/null")
    check("get-object of none", status != 0 and "NoSuchKey" in error, error)
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        status, answer, error = aws(kiln.url, "s3api", "put-object", "--bucket", "cli", "--key", algorithm, "--body", str(work / "back"),
                                    "--checksum-algorithm", algorithm)
        if status != 0 and "crt" in error.lower():
            skip(f"put-object with {algorithm}", "the CLI has no awscrt")
            continue
        check(f"put-object with {algorithm}", status == 0 and answer.get(f"Checksum{algorithm}"), error)
        api("get-object", "--key", algorithm, "--checksum-mode", "ENABLED", str(work / "sum"))
        check(f"get-object with {algorithm}", (work / "sum").read_bytes() == (work / "back").read_bytes())
    api("put-bucket-versioning", "--versioning-configuration", "Status=Enabled")
    check_equal("get-bucket-versioning", api("get-bucket-versioning"), {"Status": "Enabled"})
    api("put-bucket-tagging", "--tagging", "TagSet=[{Key=a,Value=b}]")
    check_equal("get-bucket-tagging", api("get-bucket-tagging")["TagSet"], [{"Key": "a", "Value": "b"}])
    check_equal("list-objects-v2 with a query", api("list-objects-v2", "--prefix", "mo", "--query", "Contents[].Key"), ["moved"])
    api("delete-object", "--key", "moved")
    check("list-object-versions", api("list-object-versions", "--prefix", "moved")["DeleteMarkers"][0]["IsLatest"])
    check_equal("get-bucket-location", api("get-bucket-location"), {"LocationConstraint": None})


def sts():
    status, who, error = aws(kiln.url, "sts", "get-caller-identity")
    check("sts get-caller-identity", status == 0 and who["Account"] == "000000000000", error)
    status, made, error = aws(kiln.url, "sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "ss")
    check("sts assume-role", status == 0 and made["AssumedRoleUser"]["Arn"].endswith("assumed-role/kiln/ss"), error)


with kiln_server("--set", "engine.enabled=false") as kiln, tempfile.TemporaryDirectory(prefix="kiln-cli-") as folder:
    work = pathlib.Path(folder)
    run(high_level, low_level, sts)
finish()
