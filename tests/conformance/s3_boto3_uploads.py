#!/usr/bin/env python3
"""S3 with boto3: uploads in parts, presigned URLs, virtual hosts, events of a bucket; and STS."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import base64
import hashlib
import re
import zlib

require("kiln", "boto3")
from botocore.exceptions import ClientError  # noqa: E402

MIB = 1 << 20
BUCKET = "uploads"
KEY = {"Bucket": BUCKET, "Key": "big"}
ONE, TWO = os.urandom(5 * MIB), os.urandom(MIB)


def code(function, /, **arguments):
    try:
        return function(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def refused(name, expected, status, function, /, **arguments):
    check_equal(name, code(function, **arguments), (expected, status))


def begin(**more):
    return {**KEY, "UploadId": s3.create_multipart_upload(**KEY, **more)["UploadId"]}


def part(upload, number, body, **more):
    etag = s3.upload_part(PartNumber=number, Body=body, **upload, **more)["ETag"]
    return {"PartNumber": number, "ETag": etag}


def complete(upload, parts, **more):
    return s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload, **more)


def uploads():
    upload = begin(ContentType="a/b", Metadata={"m": "1"}, Tagging="t=1")
    check_equal("ListMultipartUploads", [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]], [upload["UploadId"]])
    parts = [part(upload, 1, ONE), part(upload, 3, TWO)]
    listed = s3.list_parts(**upload)
    check_equal("ListParts", [(p["PartNumber"], p["Size"], p["ETag"]) for p in listed["Parts"]],
                [(1, 5 * MIB, parts[0]["ETag"]), (3, MIB, parts[1]["ETag"])])
    check_equal("ListParts by pages", [p["PartNumber"] for page in s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 1})
                                       for p in page.get("Parts", [])], [1, 3])
    refused("parts in the wrong order", "InvalidPartOrder", 400, complete, upload=upload, parts=parts[::-1])
    refused("a part with another etag", "InvalidPart", 400, complete, upload=upload, parts=[{**parts[0], "ETag": '"x"'}])
    refused("a part that is not there", "InvalidPart", 400, complete, upload=upload, parts=[{"PartNumber": 2, "ETag": parts[0]["ETag"]}])
    refused("no parts", "MalformedXML", 400, complete, upload=upload, parts=[])
    refused("part number 10001", "InvalidArgument", 400, part, upload=upload, number=10001, body=b"")
    check_equal("nothing is there before the end", code(s3.head_object, **KEY), ("404", 404))
    answer = complete(upload, parts)
    digests = hashlib.md5(ONE).digest() + hashlib.md5(TWO).digest()
    check_equal("CompleteMultipartUpload gives the etag of parts", answer["ETag"], f'"{hashlib.md5(digests).hexdigest()}-2"')
    got = s3.get_object(**KEY)
    check_equal("the object is its parts", [got["Body"].read() == ONE + TWO, got["ContentType"], got["Metadata"], got["TagCount"]], [True, "a/b", {"m": "1"}, 1])
    second = s3.get_object(PartNumber=3, **KEY)
    check_equal("partNumber", [second["Body"].read() == TWO, second["PartsCount"], second["ContentRange"]],
                [True, 2, f"bytes {5 * MIB}-{6 * MIB - 1}/{6 * MIB}"])
    check_equal("a range across parts", s3.get_object(Range=f"bytes={5 * MIB - 3}-{5 * MIB + 2}", **KEY)["Body"].read(), ONE[-3:] + TWO[:3])
    refused("partNumber of none", "416", 416, s3.head_object, PartNumber=9, **KEY)
    attributes = s3.get_object_attributes(ObjectAttributes=["ObjectParts", "ObjectSize"], **KEY)
    check_equal("GetObjectAttributes tells of parts", [attributes["ObjectParts"]["TotalPartsCount"], attributes["ObjectSize"]], [2, 6 * MIB])
    refused("an upload that is completed is gone", "NoSuchUpload", 404, s3.list_parts, **upload)
    again = complete(upload, parts)
    check_equal("completing it again gives the answer again", [again["ETag"], again["Key"]], [answer["ETag"], answer["Key"]])
    refused("completing it again of other parts", "NoSuchUpload", 404, complete, upload=upload, parts=parts[:1])
    small = begin()
    refused("a small part before the last", "EntityTooSmall", 400, complete, upload=small, parts=[part(small, 1, b"a"), part(small, 2, b"b")])
    refused("If-None-Match * on completion", "PreconditionFailed", 412, complete, upload=small, parts=[part(small, 1, b"a")], IfNoneMatch="*")
    s3.abort_multipart_upload(**small)
    refused("AbortMultipartUpload", "NoSuchUpload", 404, s3.abort_multipart_upload, **small)
    refused("a part of no upload", "NoSuchUpload", 404, part, upload=small, number=1, body=b"x")


def part_copies():
    upload = begin()
    answer = [s3.upload_part_copy(PartNumber=n, CopySource=KEY, CopySourceRange=r, **upload)["CopyPartResult"]["ETag"]
              for n, r in ((1, f"bytes=0-{5 * MIB - 1}"), (2, f"bytes={5 * MIB}-{6 * MIB - 1}"))]
    refused("a copied range beyond the end", "InvalidArgument", 400, s3.upload_part_copy, PartNumber=3, CopySource=KEY,
            CopySourceRange=f"bytes=0-{6 * MIB}", **upload)
    complete(upload, [{"PartNumber": n + 1, "ETag": e} for n, e in enumerate(answer)])
    check("UploadPartCopy", s3.get_object(**KEY)["Body"].read() == ONE + TWO)
    s3.copy_object(Bucket=BUCKET, Key="whole", CopySource=KEY)
    check_equal("a copy of an object of parts is one piece", s3.head_object(Bucket=BUCKET, Key="whole")["ETag"], f'"{hashlib.md5(ONE + TWO).hexdigest()}"')


def sparse_parts():
    """Part numbers stay those of the upload, gaps and all."""
    sparse = {**KEY, "Key": "sparse"}
    upload = {**sparse, "UploadId": s3.create_multipart_upload(**sparse)["UploadId"]}
    pieces = {2: ONE, 5: ONE[::-1], 9: TWO}
    complete(upload, [part(upload, n, body) for n, body in pieces.items()])
    for at, (number, body) in enumerate(pieces.items()):
        got = s3.get_object(PartNumber=number, **sparse)
        begin_at = at * 5 * MIB
        check_equal(f"part {number} of a sparse upload", [got["Body"].read() == body, got["ResponseMetadata"]["HTTPStatusCode"], got["PartsCount"],
                    got["ContentRange"]], [True, 206, 3, f"bytes {begin_at}-{begin_at + len(body) - 1}/{11 * MIB}"])
        head = s3.head_object(PartNumber=number, **sparse)
        check_equal(f"HeadObject of part {number}", [head["ContentLength"], head["PartsCount"]], [len(body), 3])
    for number in (1, 3, 10):
        refused(f"part {number}, which there is not", "InvalidPartNumber", 416, s3.get_object, PartNumber=number, **sparse)
    told = s3.get_object_attributes(ObjectAttributes=["ObjectParts"], **sparse)["ObjectParts"]
    check_equal("GetObjectAttributes numbers them so", [told["TotalPartsCount"], [p["PartNumber"] for p in told["Parts"]]], [3, [2, 5, 9]])
    page = s3.get_object_attributes(ObjectAttributes=["ObjectParts"], MaxParts=1, PartNumberMarker=2, **sparse)["ObjectParts"]
    check_equal("and goes on behind a number", [[p["PartNumber"] for p in page["Parts"]], page["IsTruncated"], page["NextPartNumberMarker"]], [[5], True, 5])
    plain = {**KEY, "Key": "plain"}
    s3.put_object(Body=b"hello", **plain)
    whole = s3.get_object(PartNumber=1, **plain)
    check_equal("part 1 of what was put at once is all of it", [whole["Body"].read(), whole["ResponseMetadata"]["HTTPStatusCode"], whole["ContentRange"],
                "PartsCount" in whole], [b"hello", 206, "bytes 0-4/5", False])
    refused("it has no part 2", "InvalidPartNumber", 416, s3.get_object, PartNumber=2, **plain)
    refused("nor has its head", "416", 416, s3.head_object, PartNumber=2, **plain)
    for name in (sparse, plain):
        s3.delete_object(**name)


def part_checksums():
    upload = begin(ChecksumAlgorithm="SHA256")
    sums = [base64.b64encode(hashlib.sha256(b).digest()).decode() for b in (ONE, TWO)]
    parts = [part(upload, n + 1, b, ChecksumSHA256=sums[n]) for n, b in enumerate((ONE, TWO))]
    refused("a part's checksum left out", "InvalidRequest", 400, complete, upload=upload, parts=parts)
    answer = complete(upload, [{**p, "ChecksumSHA256": sums[n]} for n, p in enumerate(parts)])
    both = hashlib.sha256(b"".join(base64.b64decode(s) for s in sums)).digest()
    check_equal("a composite checksum", [answer["ChecksumSHA256"], answer["ChecksumType"]], [base64.b64encode(both).decode() + "-2", "COMPOSITE"])
    upload = begin(ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [part(upload, n + 1, b, ChecksumAlgorithm="CRC32") for n, b in enumerate((ONE, TWO))]
    whole = base64.b64encode(zlib.crc32(ONE + TWO).to_bytes(4, "big")).decode()
    refused("a wrong checksum of the whole", "BadDigest", 400, complete, upload=upload, parts=parts, ChecksumCRC32="AAAAAA==", ChecksumType="FULL_OBJECT")
    answer = complete(upload, parts, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")
    check_equal("a full-object checksum is combined", [answer["ChecksumCRC32"], answer["ChecksumType"]], [whole, "FULL_OBJECT"])
    refused("SHA256 has no full-object type", "InvalidRequest", 400, s3.create_multipart_upload, ChecksumAlgorithm="SHA256", ChecksumType="FULL_OBJECT", **KEY)


def fetch(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def presigned():
    for version in ("s3v4", "s3"):
        signer = client("s3", kiln.url, signature_version=version)
        where = {"Bucket": BUCKET, "Key": f"signed {version}"}
        check_equal(f"a presigned PUT ({version})", fetch(signer.generate_presigned_url("put_object", where), "PUT", b"signed",
                    {"Content-Type": ""})[0], 200)
        check_equal(f"a presigned GET ({version})", fetch(signer.generate_presigned_url("get_object", where)), (200, b"signed"))
        old = signer.generate_presigned_url("get_object", where, ExpiresIn=-10 if version == "s3" else 1)
        status, body = fetch(re.sub(r"X-Amz-Date=\d{4}", "X-Amz-Date=2001", old))
        check(f"an expired one ({version})", status == 403 and b"Request has expired" in body, (status, body))
    form = client("s3", kiln.url).generate_presigned_post(BUCKET, "form/${filename}", Conditions=[["content-length-range", 1, 10], ["starts-with", "$key", "form/"]])
    def post(body, **fields):
        lines = []
        for name, value in {**form["fields"], **fields}.items():
            lines.append(f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        lines.append(b'--B\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/y\r\n\r\n' + body + b"\r\n--B--\r\n")
        return fetch(form["url"], "POST", b"".join(lines), {"Content-Type": "multipart/form-data; boundary=B"})
    status, body = post(b"posted")
    check_equal("POST Object", status, 204)
    if status == 204:
        check_equal("POST Object is read back", s3.get_object(Bucket=BUCKET, Key="form/f.txt")["Body"].read(), b"posted")
        status, body = post(b"x" * 11)
        check("POST Object beyond its policy", status == 400 and b"EntityTooLarge" in body, (status, body))
        status, body = post(b"x", key="other")
        check("POST Object of another key", status == 403 and b"Policy Condition failed" in body, (status, body))


def virtual_hosts():
    s3.put_object(Bucket=BUCKET, Key="v/k", Body=b"virtual")
    for host in (f"{BUCKET}.localhost:1", f"{BUCKET}.s3.localhost", f"{BUCKET}.s3.amazonaws.com", f"{BUCKET}.s3.eu-west-1.amazonaws.com"):
        check_equal(f"Host: {host}", fetch(f"{kiln.url}/v/k", headers={"Host": host}), (200, b"virtual"))
    check_equal("a plain host has the bucket in its path", fetch(f"{kiln.url}/{BUCKET}/v/k", headers={"Host": "s3.us-east-1.amazonaws.com"}), (200, b"virtual"))


def sts():
    caller = client("sts", kiln.url, parameter_validation=False)
    who = caller.get_caller_identity()
    check_equal("GetCallerIdentity", [who["Account"], who["Arn"]], ["000000000000", "arn:aws:iam::000000000000:root"])
    role = "arn:aws:iam::123456789012:role/path/builder"
    made = caller.assume_role(RoleArn=role, RoleSessionName="me", DurationSeconds=900)
    credentials = made["Credentials"]
    check("AssumeRole gives credentials of the real ones' shape", credentials["AccessKeyId"].startswith("ASIA") and len(credentials["AccessKeyId"]) == 20
          and len(credentials["SecretAccessKey"]) == 40 and abs(credentials["Expiration"].timestamp() - time.time() - 900) < 60, credentials["AccessKeyId"])
    check_equal("AssumeRole's user", [made["AssumedRoleUser"]["Arn"], made["AssumedRoleUser"]["AssumedRoleId"].split(":")[1]],
                ["arn:aws:sts::123456789012:assumed-role/builder/me", "me"])
    import boto3
    session = boto3.session.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"], REGION)
    check_equal("the assumed role knows itself", session.client("sts", endpoint_url=kiln.url).get_caller_identity()["Arn"], made["AssumedRoleUser"]["Arn"])
    check("GetSessionToken", caller.get_session_token()["Credentials"]["SessionToken"])
    refused("a role that is none", "ValidationError", 400, caller.assume_role, RoleArn="arn:aws:iam::1:user/abcdef", RoleSessionName="me")
    refused("a duration that is too short", "ValidationError", 400, caller.assume_role, RoleArn=role, RoleSessionName="me", DurationSeconds=899)
    refused("a policy that is none", "MalformedPolicyDocument", 400, caller.assume_role, RoleArn=role, RoleSessionName="me", Policy="x")
    refused("what STS has and Kiln has not", "NotImplemented", 501, caller.get_federation_token, Name="me")


with kiln_server("--set", "engine.enabled=false") as kiln:
    s3 = client("s3", kiln.url)
    s3.create_bucket(Bucket=BUCKET)
    run(uploads, part_copies, sparse_parts, part_checksums, presigned, virtual_hosts, sts)
finish()
