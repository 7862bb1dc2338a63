#!/usr/bin/env python3
"""S3 and STS with boto3: every operation, checked by what it returns and by reading back, errors included."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import base64
import datetime
import hashlib
import zlib

require("kiln", "boto3")
from botocore.exceptions import ClientError  # noqa: E402

MIB = 1 << 20
BUCKET = "conformance"


def code(function, /, **arguments):
    """The error code and status of a call, or its answer."""
    try:
        return function(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def refused(name, expected, status, function, /, **arguments):
    check_equal(name, code(function, **arguments), (expected, status))


def put(key, body=b"x", bucket=BUCKET, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)


def read(key, bucket=BUCKET, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def fresh(name, **more):
    s3.create_bucket(Bucket=name, **more)
    return name


def buckets():
    s3.create_bucket(Bucket=BUCKET)
    check_equal("CreateBucket of one's own in us-east-1 succeeds again", s3.create_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPStatusCode"], 200)
    west = client("s3", kiln.url, region="us-west-2")
    west.create_bucket(Bucket="west", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    refused("CreateBucket again elsewhere", "BucketAlreadyOwnedByYou", 409, west.create_bucket, Bucket="west",
            CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    refused("CreateBucket without a constraint elsewhere", "IllegalLocationConstraintException", 400, west.create_bucket, Bucket="west-2")
    refused("CreateBucket with an invalid name", "InvalidBucketName", 400, s3.create_bucket, Bucket="Upper.Case_")
    check_equal("GetBucketLocation", [s3.get_bucket_location(Bucket=b).get("LocationConstraint") for b in (BUCKET, "west")], [None, "us-west-2"])
    check_equal("HeadBucket gives the region", s3.head_bucket(Bucket="west")["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"], "us-west-2")
    refused("HeadBucket of none", "404", 404, s3.head_bucket, Bucket="no-such")
    check_equal("ListBuckets", [b["Name"] for b in s3.list_buckets()["Buckets"]], [BUCKET, "west"])
    page = s3.list_buckets(MaxBuckets=1)
    check_equal("ListBuckets by pages", [b["Name"] for b in s3.list_buckets(ContinuationToken=page["ContinuationToken"])["Buckets"]], ["west"])
    put("left", bucket="west")
    refused("DeleteBucket that is not empty", "BucketNotEmpty", 409, s3.delete_bucket, Bucket="west")
    s3.delete_object(Bucket="west", Key="left")
    s3.delete_bucket(Bucket="west")
    refused("DeleteBucket of none", "NoSuchBucket", 404, s3.delete_bucket, Bucket="west")
    refused("ListObjectsV2 of no bucket", "NoSuchBucket", 404, s3.list_objects_v2, Bucket="west")
    refused("PutObject into no bucket", "NoSuchBucket", 404, s3.put_object, Bucket="west", Key="a", Body=b"")


CONFIGS = [
    ("bucket_tagging", {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, "NoSuchTagSet", True),
    ("bucket_cors", {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example"], "MaxAgeSeconds": 5}]}},
     "NoSuchCORSConfiguration", True),
    ("bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "l/"},
                                        "Expiration": {"Days": 3}}]}}, "NoSuchLifecycleConfiguration", False),
    ("public_access_block", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True,
                             "RestrictPublicBuckets": False}}, "NoSuchPublicAccessBlockConfiguration", True),
    ("bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}, "OwnershipControlsNotFoundError", True),
    ("bucket_website", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "e.html"}}},
     "NoSuchWebsiteConfiguration", True),
    ("bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
                           "KMSMasterKeyID": "k"}, "BucketKeyEnabled": True}]}}, None, True),
    ("bucket_logging", {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "t", "TargetPrefix": "p/"}}}, None, False),
    ("bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}, None, False),
    ("bucket_accelerate_configuration", {"AccelerateConfiguration": {"Status": "Enabled"}}, None, False),
    ("bucket_notification_configuration", {"NotificationConfiguration": {"EventBridgeConfiguration": {}, "QueueConfigurations": [
        {"Id": "q", "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "Events": ["s3:ObjectCreated:*"]}]}}, None, False),
]


def configs():
    b = fresh("configs")
    check_equal("a new bucket blocks public access and has its owner's objects", [
        set(s3.get_public_access_block(Bucket=b)["PublicAccessBlockConfiguration"].values()),
        s3.get_bucket_ownership_controls(Bucket=b)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]], [{True}, "BucketOwnerEnforced"])
    check_equal("a bucket is encrypted by default", s3.get_bucket_encryption(Bucket=b)["ServerSideEncryptionConfiguration"]["Rules"][0][
        "ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "AES256"})
    s3.delete_public_access_block(Bucket=b)
    s3.delete_bucket_ownership_controls(Bucket=b)
    for noun, wanted, missing, deletable in CONFIGS:
        get = getattr(s3, f"get_{noun}")
        if missing:
            refused(f"get_{noun} without one", missing, 404, get, Bucket=b)
        getattr(s3, f"put_{noun}")(Bucket=b, **wanted)
        got = get(Bucket=b)
        inner = next(iter(wanted.values()))
        value = got.get(next(iter(wanted)), got)
        check_equal(f"put_{noun}, get_{noun}", {k: value.get(k) for k in inner}, inner)
        delete = getattr(s3, "delete_bucket_lifecycle" if "lifecycle" in noun else f"delete_{noun}", None)
        if missing and delete:
            delete(Bucket=b)
            refused(f"delete_{noun}", missing, 404, get, Bucket=b)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{b}/*"}]})
    refused("get_bucket_policy without one", "NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=b)
    refused("put_bucket_policy that is no JSON", "MalformedPolicy", 400, s3.put_bucket_policy, Bucket=b, Policy="x")
    s3.put_bucket_policy(Bucket=b, Policy=policy)
    check_equal("put_bucket_policy", s3.get_bucket_policy(Bucket=b)["Policy"], policy)
    check_equal("get_bucket_policy_status", s3.get_bucket_policy_status(Bucket=b)["PolicyStatus"]["IsPublic"], True)
    s3.delete_bucket_policy(Bucket=b)
    refused("delete_bucket_policy", "NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=b)
    s3.put_bucket_acl(Bucket=b, ACL="public-read")
    check_equal("put_bucket_acl", [g["Permission"] for g in s3.get_bucket_acl(Bucket=b)["Grants"]], ["FULL_CONTROL", "READ"])
    refused("get_bucket_replication", "ReplicationConfigurationNotFoundError", 404, s3.get_bucket_replication, Bucket=b)
    refused("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError", 404, s3.get_object_lock_configuration, Bucket=b)
    refused("what is not built says so", "NotImplemented", 501, s3.get_bucket_inventory_configuration, Bucket=b, Id="i")
    refused("a CORS method that is none", "InvalidRequest", 400, s3.put_bucket_cors, Bucket=b, CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}]})
    s3.put_bucket_cors(Bucket=b, CORSConfiguration=CONFIGS[1][1]["CORSConfiguration"])
    request = urllib.request.Request(f"{kiln.url}/{b}/k", method="OPTIONS", headers={
        "Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
    with urllib.request.urlopen(request) as answer:
        check_equal("a preflight is answered from the rules", answer.headers["Access-Control-Allow-Origin"], "https://a.example")


def objects():
    made = put("dir/ä b+c", b"hello world", ContentType="text/x", CacheControl="no-store", Metadata={"Name": "Value"}, Tagging="a=1&b=2%20",
               StorageClass="STANDARD_IA", Expires=datetime.datetime(2030, 1, 1))
    etag = '"' + hashlib.md5(b"hello world").hexdigest() + '"'
    check_equal("PutObject gives the ETag", made["ETag"], etag)
    got = s3.get_object(Bucket=BUCKET, Key="dir/ä b+c")
    check_equal("GetObject gives all back", [got["Body"].read(), got["ContentType"], got["CacheControl"], got["Metadata"], got["TagCount"],
                got["StorageClass"], got["ETag"], got["ContentLength"], got["AcceptRanges"], got["ServerSideEncryption"]],
                [b"hello world", "text/x", "no-store", {"name": "Value"}, 2, "STANDARD_IA", etag, 11, "bytes", "AES256"])
    head = s3.head_object(Bucket=BUCKET, Key="dir/ä b+c")
    check_equal("HeadObject says the same", [head["ContentLength"], head["ETag"], head["Metadata"], head["LastModified"]],
                [11, etag, {"name": "Value"}, got["LastModified"]])
    key = {"Bucket": BUCKET, "Key": "dir/ä b+c"}
    for header, content in (("bytes=0-4", b"hello"), ("bytes=6-", b"world"), ("bytes=-5", b"world"), ("bytes=6-999", b"world"), ("bytes=x", b"hello world")):
        check_equal(f"Range {header}", s3.get_object(Range=header, **key)["Body"].read(), content)
    check_equal("a range says which", s3.get_object(Range="bytes=1-3", **key)["ContentRange"], "bytes 1-3/11")
    refused("a range beyond the end", "InvalidRange", 416, s3.get_object, Range="bytes=11-", **key)
    later, before = datetime.datetime(2100, 1, 1), datetime.datetime(2000, 1, 1)
    refused("If-Match of another", "PreconditionFailed", 412, s3.get_object, IfMatch='"x"', **key)
    refused("If-None-Match of the same", "304", 304, s3.get_object, IfNoneMatch=etag, **key)
    refused("If-Modified-Since later", "304", 304, s3.head_object, IfModifiedSince=later, **key)
    refused("If-Unmodified-Since before", "PreconditionFailed", 412, s3.get_object, IfUnmodifiedSince=before, **key)
    check_equal("conditions that hold", read("dir/ä b+c", IfMatch=etag, IfUnmodifiedSince=before, IfNoneMatch='"x"'), b"hello world")
    over = s3.get_object(ResponseContentType="a/b", ResponseCacheControl="c", ResponseContentDisposition="d", **key)
    check_equal("response- overrides", [over["ContentType"], over["CacheControl"], over["ContentDisposition"]], ["a/b", "c", "d"])
    refused("GetObject of none", "NoSuchKey", 404, s3.get_object, Bucket=BUCKET, Key="none")
    refused("HeadObject of none", "404", 404, s3.head_object, Bucket=BUCKET, Key="none")
    refused("If-None-Match * on what is there", "PreconditionFailed", 412, put, key="dir/ä b+c", IfNoneMatch="*")
    refused("If-Match on a write of another", "PreconditionFailed", 412, put, key="dir/ä b+c", IfMatch='"x"')
    refused("If-Match on what is not there", "NoSuchKey", 404, put, key="none", IfMatch='"x"')
    check_equal("If-Match on a write of the same", put("dir/ä b+c", b"hello world", IfMatch=etag)["ETag"], etag)
    refused("a key that is too long", "KeyTooLongError", 400, put, key="k" * 1025)
    refused("metadata that is too large", "MetadataTooLarge", 400, put, key="k", Metadata={"a": "v" * 2048})
    refused("eleven tags", "BadRequest", 400, put, key="k", Tagging="&".join(f"k{i}=v" for i in range(11)))
    refused("a wrong Content-MD5", "BadDigest", 400, put, key="k", ContentMD5=base64.b64encode(b"0" * 16).decode())
    refused("a malformed Content-MD5", "InvalidDigest", 400, put, key="k", ContentMD5="x")
    refused("a wrong checksum", "BadDigest", 400, put, key="k", ChecksumCRC32="AAAAAA==")
    refused("an unknown storage class", "InvalidStorageClass", 400, put, key="k", StorageClass="X")
    check_equal("nothing of a refused put is there", code(s3.get_object, Bucket=BUCKET, Key="k"), ("NoSuchKey", 404))
    for size in (0, 1, 32 << 10, (32 << 10) + 1, 3 * MIB + 7):
        body = os.urandom(size)
        put("size", body)
        check(f"{size} bytes come back", read("size") == body)


def checksums():
    body = b"123456789" * 1000
    known = {"CRC32": zlib.crc32(body).to_bytes(4, "big"), "SHA1": hashlib.sha1(body).digest(), "SHA256": hashlib.sha256(body).digest()}
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        member = f"Checksum{algorithm}"
        try:
            made = put(algorithm, body, ChecksumAlgorithm=algorithm)
        except Exception as error:  # boto3 needs awscrt for some
            if "crt" not in str(error):
                raise
            skip(f"PutObject with {algorithm}", "boto3 has no awscrt")
            continue
        if algorithm in known:
            check_equal(f"PutObject gives {member}", made.get(member), base64.b64encode(known[algorithm]).decode())
        got = s3.get_object(Bucket=BUCKET, Key=algorithm, ChecksumMode="ENABLED")
        check_equal(f"GetObject gives {member}, which boto3 verifies", [got["Body"].read() == body, got.get(member), got["ChecksumType"]],
                    [True, made[member], "FULL_OBJECT"])
        attributes = s3.get_object_attributes(Bucket=BUCKET, Key=algorithm, ObjectAttributes=["Checksum", "ETag", "ObjectSize", "StorageClass"])
        check_equal(f"GetObjectAttributes with {algorithm}", [attributes["Checksum"][member], attributes["ETag"], attributes["ObjectSize"],
                    attributes["StorageClass"]], [made[member], hashlib.md5(body).hexdigest(), len(body), "STANDARD"])
    for member, value in (("ChecksumCRC32C", "4waSgw=="), ("ChecksumCRC64NVME", "rosUhgp5mIg=")):
        put(member, b"123456789", **{member: value})
        check_equal(f"{member} as the client computed it", s3.head_object(Bucket=BUCKET, Key=member, ChecksumMode="ENABLED")[member], value)
        refused(f"a wrong {member}", "BadDigest", 400, put, key=member, body=b"12345678", **{member: value})
    plain = client("s3", kiln.url, request_checksum_calculation="when_required")
    plain.put_object(Bucket=BUCKET, Key="default", Body=b"123456789")
    check_equal("an object without a checksum gets CRC64NVME", s3.head_object(Bucket=BUCKET, Key="default", ChecksumMode="ENABLED")["ChecksumCRC64NVME"],
                base64.b64encode(bytes.fromhex("ae8b14860a799888")).decode())


def tags_and_acls():
    put("tagged", Tagging="a=b")
    key = {"Bucket": BUCKET, "Key": "tagged"}
    check_equal("GetObjectTagging", s3.get_object_tagging(**key)["TagSet"], [{"Key": "a", "Value": "b"}])
    s3.put_object_tagging(Tagging={"TagSet": [{"Key": "c", "Value": ""}]}, **key)
    check_equal("PutObjectTagging", s3.get_object_tagging(**key)["TagSet"], [{"Key": "c", "Value": ""}])
    refused("a tag twice", "InvalidTag", 400, s3.put_object_tagging, Tagging={"TagSet": [{"Key": "c", "Value": ""}] * 2}, **key)
    s3.delete_object_tagging(**key)
    check_equal("DeleteObjectTagging", s3.get_object_tagging(**key)["TagSet"], [])
    s3.put_object_acl(ACL="public-read", **key)
    check_equal("PutObjectAcl", [g["Permission"] for g in s3.get_object_acl(**key)["Grants"]], ["FULL_CONTROL", "READ"])
    check_equal("tags and ACLs leave the bytes", read("tagged"), b"x")


def copies():
    put("from", b"copied", ContentType="a/b", Metadata={"m": "1"}, Tagging="t=1")
    source = {"Bucket": BUCKET, "Key": "from"}
    answer = s3.copy_object(Bucket=BUCKET, Key="to ü", CopySource=source)
    check_equal("CopyObject answers the ETag", answer["CopyObjectResult"]["ETag"], '"' + hashlib.md5(b"copied").hexdigest() + '"')
    got = s3.get_object(Bucket=BUCKET, Key="to ü")
    check_equal("CopyObject takes all along", [got["Body"].read(), got["ContentType"], got["Metadata"], got["TagCount"]], [b"copied", "a/b", {"m": "1"}, 1])
    s3.copy_object(Bucket=BUCKET, Key="to ü", CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "2"}, ContentType="c/d",
                   TaggingDirective="REPLACE", Tagging="u=1&v=2")
    got = s3.get_object(Bucket=BUCKET, Key="to ü")
    check_equal("CopyObject REPLACE", [got["Body"].read(), got["ContentType"], got["Metadata"], got["TagCount"]], [b"copied", "c/d", {"n": "2"}, 2])
    refused("a copy onto itself that changes nothing", "InvalidRequest", 400, s3.copy_object, Bucket=BUCKET, Key="from", CopySource=source)
    s3.copy_object(Bucket=BUCKET, Key="from", CopySource=source, MetadataDirective="REPLACE", Metadata={"self": "1"})
    check_equal("a copy onto itself that changes metadata", s3.head_object(**source)["Metadata"], {"self": "1"})
    refused("a copy of none", "NoSuchKey", 404, s3.copy_object, Bucket=BUCKET, Key="x", CopySource={"Bucket": BUCKET, "Key": "none"})
    refused("a copy whose condition fails", "PreconditionFailed", 412, s3.copy_object, Bucket=BUCKET, Key="x", CopySource=source, CopySourceIfMatch='"x"')
    s3.copy_object(Bucket=BUCKET, Key="sha", CopySource=source, ChecksumAlgorithm="SHA256")
    check_equal("a copy with another checksum", s3.head_object(Bucket=BUCKET, Key="sha", ChecksumMode="ENABLED")["ChecksumSHA256"],
                base64.b64encode(hashlib.sha256(b"copied").digest()).decode())


def listings():
    b = fresh("listing")
    names = sorted(f"{d}/{i:02d}" for d in ("a", "b", "c") for i in range(10)) + ["top", "ünïcode+ &"]
    for name in names:
        put(name, bucket=b)
    listed = s3.list_objects_v2(Bucket=b)
    check_equal("ListObjectsV2 lists all in order", [o["Key"] for o in listed["Contents"]], sorted(names, key=lambda n: n.encode()))
    check_equal("ListObjectsV2 counts", [listed["KeyCount"], listed["IsTruncated"], listed["Name"], listed["MaxKeys"]], [32, False, b, 1000])
    rolled = s3.list_objects_v2(Bucket=b, Delimiter="/")
    check_equal("a delimiter", [[p["Prefix"] for p in rolled["CommonPrefixes"]], [o["Key"] for o in rolled["Contents"]]],
                [["a/", "b/", "c/"], ["top", "ünïcode+ &"]])
    check_equal("a prefix", s3.list_objects_v2(Bucket=b, Prefix="b/")["KeyCount"], 10)
    check_equal("StartAfter", s3.list_objects_v2(Bucket=b, StartAfter="c/08")["Contents"][0]["Key"], "c/09")
    for operation in ("list_objects", "list_objects_v2", "list_object_versions"):
        for size in (1, 7, 32):
            pages = s3.get_paginator(operation).paginate(Bucket=b, PaginationConfig={"PageSize": size})
            keys = [o["Key"] for page in pages for o in page.get("Contents", page.get("Versions", []))]
            check_equal(f"{operation} by pages of {size}", keys, sorted(names, key=lambda n: n.encode()))
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=b, Delimiter="/", PaginationConfig={"PageSize": 2})
    check_equal("pages of common prefixes", [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])], ["a/", "b/", "c/"])
    check_equal("MaxKeys 0", s3.list_objects_v2(Bucket=b, MaxKeys=0)["KeyCount"], 0)
    check_equal("FetchOwner", "Owner" in s3.list_objects_v2(Bucket=b, FetchOwner=True)["Contents"][0], True)
    refused("a token that is none", "InvalidArgument", 400, s3.list_objects_v2, Bucket=b, ContinuationToken="x")
    answer = s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": n} for n in names] + [{"Key": "none"}]})
    check_equal("DeleteObjects tells each", len(answer["Deleted"]), 33)
    check_equal("DeleteObjects removed them", s3.list_objects_v2(Bucket=b)["KeyCount"], 0)
    put("q", bucket=b)
    check_equal("DeleteObjects quiet", "Deleted" in s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": "q"}], "Quiet": True}), False)
    refused("DeleteObjects of 1001", "MalformedXML", 400, s3.delete_objects, Bucket=b, Delete={"Objects": [{"Key": "k"}] * 1001})


def versions():
    b = fresh("versions")
    check_equal("no versioning yet", "Status" in s3.get_bucket_versioning(Bucket=b), False)
    put("k", b"null", bucket=b)
    s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Enabled"})
    check_equal("PutBucketVersioning", s3.get_bucket_versioning(Bucket=b)["Status"], "Enabled")
    one, two = (put("k", body, bucket=b)["VersionId"] for body in (b"one", b"two"))
    check_equal("each version is there", [read("k", b, VersionId=v) for v in ("null", one, two)], [b"null", b"one", b"two"])
    marker = s3.delete_object(Bucket=b, Key="k")
    check("DeleteObject makes a marker", marker["DeleteMarker"] and marker["VersionId"], marker)
    refused("the latest is a marker", "NoSuchKey", 404, s3.get_object, Bucket=b, Key="k")
    refused("a marker by its version", "MethodNotAllowed", 405, s3.get_object, Bucket=b, Key="k", VersionId=marker["VersionId"])
    refused("no such version", "NoSuchVersion", 404, s3.get_object, Bucket=b, Key="k", VersionId="A" * 32)
    refused("a version id that can be none", "InvalidArgument", 400, s3.get_object, Bucket=b, Key="k", VersionId="junk")
    refused("nor one to delete", "InvalidArgument", 400, s3.delete_object, Bucket=b, Key="k", VersionId="junk")
    listed = s3.list_object_versions(Bucket=b)
    check_equal("ListObjectVersions", [[v["VersionId"] for v in listed["Versions"]], [m["IsLatest"] for m in listed["DeleteMarkers"]]],
                [[two, one, "null"], [True]])
    check_equal("a bucket with versions is not empty", code(s3.delete_bucket, Bucket=b), ("BucketNotEmpty", 409))
    s3.delete_object(Bucket=b, Key="k", VersionId=marker["VersionId"])
    check_equal("without the marker the object is back", read("k", b), b"two")
    s3.copy_object(Bucket=b, Key="k", CopySource={"Bucket": b, "Key": "k", "VersionId": one})
    check_equal("an old version is copied to the top", read("k", b), b"one")
    s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Suspended"})
    put("k", b"again", bucket=b)
    check_equal("suspended versioning replaces the null version", read("k", b, VersionId="null"), b"again")
    ids = [{"Key": "k", "VersionId": v["VersionId"]} for v in s3.list_object_versions(Bucket=b)["Versions"]]
    s3.delete_objects(Bucket=b, Delete={"Objects": ids})
    s3.delete_bucket(Bucket=b)
    check_equal("a bucket without its versions goes", code(s3.head_bucket, Bucket=b), ("404", 404))


with kiln_server("--set", "engine.enabled=false") as kiln:
    s3 = client("s3", kiln.url)
    run(buckets, configs, objects, checksums, tags_and_acls, copies, listings, versions)
finish()
