#!/usr/bin/env python3
"""runtime/aws, driven by the probe, against services that its authors did not write and against Kiln's own: signatures, objects, logs,
parameters and secrets, each checked with boto3."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("boto3")
PROBE = BUILD / "kiln-aws-probe"
MIB = 1024 * 1024


def probe(url, *words, stdin=b"", env=None):
    done = subprocess.run([str(PROBE), url, *words], input=stdin, capture_output=True,
                          env={**os.environ, "AWS_ACCESS_KEY_ID": "kiln", "AWS_SECRET_ACCESS_KEY": "kiln", **(env or {})})
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


# Signatures ------------------------------------------------------------------------------------------------------

def signed_by_botocore(service, method, path, query, headers, token):
    import datetime
    from unittest import mock
    from urllib.parse import quote
    from botocore import auth, awsrequest, credentials

    class Then(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return cls(2015, 8, 30, 12, 36)

        @classmethod
        def now(cls, tz=None):
            return cls(2015, 8, 30, 12, 36, tzinfo=tz)

    key = credentials.Credentials("AKID", "SECRET/+=", token or None)
    request = awsrequest.AWSRequest(method, "https://host.example" + quote(path, safe="/-_.~"), params=dict(query), headers=dict(headers))
    request.context["payload_signing_enabled"] = True
    signer = (auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth)(key, service, "us-east-1")
    moment = Then(2015, 8, 30, 12, 36, tzinfo=datetime.timezone.utc)
    fixed = mock.patch.object(auth, "get_current_datetime", lambda *a, **k: moment.replace(tzinfo=None)) \
        if hasattr(auth, "get_current_datetime") else mock.patch.object(auth.datetime, "datetime", Then)
    with fixed:
        signer.add_auth(request)
    return dict(request.headers)


def signatures():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    rows = [
        ("logs", "POST", "/", {}, {"X-Amz-Target": "Logs_20140328.PutLogEvents", "Content-Type": "application/x-amz-json-1.1"}, ""),
        ("logs", "GET", "/a b/../c//d/", {"x": "1 2", "a": ""}, {}, "TOKEN/+="),
        ("s3", "GET", "/bucket/a b/../c//ü+", {"list-type": "2", "prefix": "a/ü &=", "A": "z"}, {}, ""),
        ("s3", "PUT", "/bucket/~k.-_", {"partNumber": "1", "uploadId": "x=/+"}, {"x-amz-meta-a": "  b   c  "}, "TOKEN"),
    ]
    for service, method, path, query, headers, token in rows:
        theirs = signed_by_botocore(service, method, path, query, headers, token)
        given = {**headers, "Host": "host.example", "X-Amz-Date": "20150830T123600Z"}
        if service == "s3":
            given["X-Amz-Content-SHA256"] = empty
        if token:
            given["X-Amz-Security-Token"] = token
        _, ours, err = probe("-", "sign", service, method, path, *[f"{k}={v}" for k, v in query.items()], "--",
                             *[f"{k}={v}" for k, v in given.items()],
                             env={"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET/+="})
        check_equal(f"signature of {service} {method} {path} is botocore's", ours.decode().strip(), theirs["Authorization"])


# Services --------------------------------------------------------------------------------------------------------

def objects(name, url):
    s3 = client("s3", url)
    s3.create_bucket(Bucket="probe")
    size = (100 if LONG or name == "moto" else 40) * MIB + 12345
    data = os.urandom(MIB) * (size // MIB) + os.urandom(size % MIB)
    status, out, err = probe(url, "put", "probe", "big/a b+ü.bin", stdin=data)
    if not check(f"{name}: a stream of {size} bytes is put in parts", status == 0 and out.split()[1] == str(size).encode(), err):
        return
    theirs = s3.get_object(Bucket="probe", Key="big/a b+ü.bin")
    check(f"{name}: boto3 reads it byte for byte", theirs["Body"].read() == data)
    check_equal(f"{name}: its type and metadata are there", (theirs["ContentType"], theirs["Metadata"]),
                ("application/x-probe", {"probe": "yes"}))
    check(f"{name}: its etag is that of an upload in parts", theirs["ETag"].strip('"') == out.split()[0].decode()
          and theirs["ETag"].strip('"').endswith(f"-{-(-size // (8 * MIB))}"), theirs["ETag"])
    status, out, err = probe(url, "get", "probe", "big/a b+ü.bin")
    check(f"{name}: the probe reads it byte for byte", status == 0 and out == data, err)
    check_equal(f"{name}: a range", probe(url, "get", "probe", "big/a b+ü.bin", "", "8388600-8388619")[1], data[8388600:8388620])
    left = s3.list_multipart_uploads(Bucket="probe").get("Uploads", [])
    check_equal(f"{name}: no upload is left open", left, [])

    check_equal(f"{name}: an empty object", (probe(url, "put", "probe", "empty")[0], s3.head_object(Bucket="probe", Key="empty")["ContentLength"]), (0, 0))
    probe(url, "put", "probe", "small", "sse", stdin=b"hello")
    check_equal(f"{name}: encryption is asked for", s3.head_object(Bucket="probe", Key="small").get("ServerSideEncryption"), "AES256")
    status, out, err = probe(url, "head", "probe", "small")
    check_equal(f"{name}: head", out.decode().split(), ["5", "5d41402abc4b2a76b9719d911017c592", "application/x-probe", "probe=yes"])

    keys = sorted(f"many/{i:03} ü&<>" for i in range(25))
    for key in keys:
        s3.put_object(Bucket="probe", Key=key, Body=key.encode())
    listed = [line.split(" ", 1)[1] for line in probe(url, "list", "probe", "many/", "10")[1].decode().splitlines()]
    check_equal(f"{name}: a list of three pages", listed, keys)
    probe(url, "remove", "probe", "small")
    status, _, err = probe(url, "head", "probe", "small")
    check(f"{name}: a removed object is not found", status == 1 and "NotFound" in err, err)
    status, _, err = probe(url, "get", "probe", "none")
    check(f"{name}: an absent object is NoSuchKey", status == 1 and "NoSuchKey" in err, err)
    status, _, err = probe(url, "put", "no-such-bucket-here", "k", stdin=b"x" * (9 * MIB))
    check(f"{name}: an absent bucket is NoSuchBucket", status == 1 and "NoSuchBucket" in err, err)
    check_equal(f"{name}: where a bucket is", probe(url, "bucket", "probe")[1].split()[-1:], [b"us-east-1"])

    s3.put_bucket_versioning(Bucket="probe", VersioningConfiguration={"Status": "Enabled"})
    first = probe(url, "put", "probe", "versioned", stdin=b"one")[1].decode().split()
    probe(url, "put", "probe", "versioned", stdin=b"two")
    check_equal(f"{name}: a version is read", probe(url, "get", "probe", "versioned", first[2])[1], b"one")


def logs(name, url):
    theirs = client("logs", url)
    now = int(time.time() * 1000)
    lines = [f"{now + i // 100} line {i} ü" for i in range(12_000)]
    status, out, err = probe(url, "logs", "/aws/codebuild/p", "pre/s1", stdin="\n".join(lines).encode())
    check_equal(f"{name}: 12,000 events are written in two batches", (status, out, err), (0, b"12000 0\n", ""))
    got, token = [], None
    while True:
        page = theirs.get_log_events(logGroupName="/aws/codebuild/p", logStreamName="pre/s1", startFromHead=True,
                                     **({"nextToken": token} if token else {}))
        got += [f"{e['timestamp']} {e['message']}" for e in page["events"]]
        if page["nextForwardToken"] == token or not page["events"]:
            break
        token = page["nextForwardToken"]
    check(f"{name}: boto3 reads them, once and in order", got == lines, lambda: f"{len(got)} lines, {got[:2]}")
    _, out, err = probe(url, "last", "/aws/codebuild/p", "pre/s1", "3")
    check_equal(f"{name}: the last three", out.decode().splitlines(), lines[-3:])
    check(f"{name}: group and stream may be there already", probe(url, "logs", "/aws/codebuild/p", "pre/s1")[0] == 0)


def values(name, url):
    ssm, secrets = client("ssm", url), client("secretsmanager", url)
    for i in range(12):
        ssm.put_parameter(Name=f"/p/{i}", Value=f"v{i}", Type="SecureString" if i % 2 else "String")
    ssm.put_parameter(Name="/p/0", Value="newer", Type="String", Overwrite=True)
    names = [f"/p/{i}" for i in range(12)]
    _, out, err = probe(url, "parameters", *names, "/p/none", "/p/0:2")
    expected = {**{f"/p/{i}": f"v{i}" for i in range(12)}, "/p/0": "newer", "/p/0:2": "newer"}
    check_equal(f"{name}: parameters, decrypted, with a version", dict(line.split("=") for line in out.decode().splitlines() if "=" in line), expected)
    check(f"{name}: an absent parameter is named", b"invalid /p/none" in out, err)

    arn = secrets.create_secret(Name="db", SecretString='{"user":"ann","n":7}')["ARN"]
    secrets.put_secret_value(SecretId="db", SecretString='{"user":"bob"}')
    for reference, expected in [("db", '{"user":"bob"}'), ("db:user", "bob"), (f"{arn}:user", "bob"), ("db:n:AWSPREVIOUS", "7")]:
        status, out, err = probe(url, "secret", reference)
        check_equal(f"{name}: secret {reference.replace(arn, 'ARN')}", (status, out.decode(), err), (0, expected, ""))
    status, _, err = probe(url, "secret", "none")
    check(f"{name}: an absent secret is not found", status == 1 and "ResourceNotFoundException" in err, err)
    status, _, err = probe(url, "secret", "db:none")
    check(f"{name}: an absent key is named", status == 1 and "has no key none" in err and "bob" not in err, err)


# Where -----------------------------------------------------------------------------------------------------------

def answers(url):
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        pass
    except OSError:
        return False
    return True


def against_moto():
    try:
        import moto.server  # noqa: F401
    except ImportError:
        return skip("moto", "moto's server is not on this machine")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
        try:
            wait_for(lambda: answers(url), 180, "moto answers", every=0.1)
            run(*[named(part, "moto", url) for part in (objects, logs, values)])
        finally:
            server.terminate()
            server.wait()


def named(part, name, url):
    def case():
        part(name, url)
    case.__name__ = f"{part.__name__} against {name}"
    return case


def against_kiln():
    if not KILN.exists():
        return skip("kiln", "it is not built")
    with kiln_server("--set", "engine.enabled=false") as kiln:
        run(*[named(part, "kiln", kiln.url) for part in (objects, logs, values)])
        note(f"Kiln's memory afterwards: {kiln.memory_mb()[1]:.0f} MB at most")


if not PROBE.exists():
    skip("aws_client", "kiln-aws-probe is not built")
    finish()
run(signatures, against_moto, against_kiln)
finish()
