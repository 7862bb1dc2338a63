// S3 with the AWS SDK for JavaScript; started by s3_js.py. Each line is one check: {name, ok, detail}.
import { createRequire } from "node:module";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";

const [home, endpoint] = process.argv.slice(2);
const require = createRequire(home + "/");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const region = "us-west-2";
const client = new s3.S3Client({ endpoint, region, forcePathStyle: true, maxAttempts: 1 });
const Bucket = "javascript";

function check(name, ok, detail = "") {
  console.log(JSON.stringify({ name, ok: Boolean(ok), detail: String(detail) }));
}
const same = (name, got, expected) =>
  check(name, JSON.stringify(got) === JSON.stringify(expected), `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
const send = (name, input = {}) => client.send(new s3[`${name}Command`]({ Bucket, ...input }));
async function refused(name, shape, status, call) {
  try {
    await call();
    check(name, false, "it succeeded");
  } catch (error) {
    same(name, [error.name, error.$metadata?.httpStatusCode], [shape, status]);
  }
}
const text = async (answer) => answer.Body.transformToString();

async function objects() {
  await send("CreateBucket", { CreateBucketConfiguration: { LocationConstraint: region } });
  await refused("CreateBucket again", "BucketAlreadyOwnedByYou", 409, () => send("CreateBucket"
    , { CreateBucketConfiguration: { LocationConstraint: region } }));
  for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
    const Key = `sum/${ChecksumAlgorithm}`;
    try {
      const made = await send("PutObject", { Key, Body: "123456789", ChecksumAlgorithm });
      const got = await send("GetObject", { Key, ChecksumMode: "ENABLED" });
      same(`PutObject and GetObject with ${ChecksumAlgorithm}`, [await text(got), got[`Checksum${ChecksumAlgorithm}`]],
        ["123456789", made[`Checksum${ChecksumAlgorithm}`]]);
    } catch (error) {
      check(`PutObject and GetObject with ${ChecksumAlgorithm}`, ChecksumAlgorithm === "CRC64NVME" && /crc64|dependency|crt/i.test(error.message), error);
    }
  }
  await send("PutObject", { Key: "stream", Body: Readable.from([Buffer.alloc(70000, "a"), Buffer.alloc(70000, "b")]), ContentLength: 140000,
    ContentType: "a/b", Metadata: { m: "1" } });
  const got = await send("GetObject", { Key: "stream" });
  same("a stream is sent aws-chunked with a trailer", [(await text(got)).length, got.ContentType, got.Metadata, got.ContentEncoding],
    [140000, "a/b", { m: "1" }, undefined]);
  await refused("GetObject of none", "NoSuchKey", 404, () => send("GetObject", { Key: "none" }));
  await refused("HeadObject of none", "NotFound", 404, () => send("HeadObject", { Key: "none" }));
  await refused("no bucket", "NoSuchBucket", 404, () => send("ListObjectsV2", { Bucket: "no-such-bucket" }));
  same("a range", await text(await send("GetObject", { Key: "stream", Range: "bytes=69999-70000" })), "ab");
  await send("CopyObject", { Key: "copy", CopySource: `${Bucket}/stream` });
  same("CopyObject", (await send("HeadObject", { Key: "copy" })).ContentLength, 140000);
  const pages = [];
  for await (const page of s3.paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) pages.push(...page.Contents.map((o) => o.Key));
  check("ListObjectsV2 by pages", pages.length >= 6 && pages.join() === [...pages].sort().join(), pages);
  const deleted = await send("DeleteObjects", { Delete: { Objects: pages.map((Key) => ({ Key })) } });
  same("DeleteObjects", deleted.Deleted.length, pages.length);
  same("nothing is left", (await send("ListObjectsV2")).KeyCount, 0);
}

async function uploads() {
  const body = randomBytes(12 << 20);
  const upload = new Upload({ client, params: { Bucket, Key: "big", Body: Readable.from([body]) }, partSize: 5 << 20 });
  await upload.done();
  const got = await send("GetObject", { Key: "big" });
  check("an upload in parts by lib-storage", Buffer.from(await got.Body.transformToByteArray()).equals(body));
  same("its etag has its parts", got.ETag.endsWith('-3"'), true);
  const url = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: "big", Range: "bytes=0-9" }), { expiresIn: 60 });
  same("a presigned URL", (await fetch(url)).status < 300, true);
  const put = await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: "signed" }));
  same("a presigned PUT", (await fetch(put, { method: "PUT", body: "signed" })).status, 200);
  same("a presigned PUT is read back", await text(await send("GetObject", { Key: "signed" })), "signed");
}

async function configurations() {
  await send("PutBucketVersioning", { VersioningConfiguration: { Status: "Enabled" } });
  same("GetBucketVersioning", (await send("GetBucketVersioning")).Status, "Enabled");
  await send("PutBucketTagging", { Tagging: { TagSet: [{ Key: "a", Value: "b" }] } });
  same("GetBucketTagging", (await send("GetBucketTagging")).TagSet, [{ Key: "a", Value: "b" }]);
  const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }];
  await send("PutBucketCors", { CORSConfiguration: { CORSRules } });
  same("GetBucketCors", (await send("GetBucketCors")).CORSRules, CORSRules);
  await send("PutBucketNotificationConfiguration", { NotificationConfiguration: { EventBridgeConfiguration: {} } });
  same("GetBucketNotificationConfiguration", (await send("GetBucketNotificationConfiguration")).EventBridgeConfiguration, {});
  same("GetBucketLocation", (await send("GetBucketLocation")).LocationConstraint, region);
  const one = await send("PutObject", { Key: "v", Body: "1" });
  await send("DeleteObject", { Key: "v" });
  const versions = await send("ListObjectVersions", { Prefix: "v" });
  same("ListObjectVersions", [versions.Versions[0].VersionId === one.VersionId, versions.DeleteMarkers.length], [true, 1]);
  same("GetObject of a version", await text(await send("GetObject", { Key: "v", VersionId: one.VersionId })), "1");
}

for (const part of [objects, uploads, configurations]) {
  try {
    await part();
  } catch (error) {
    check(part.name, false, `${error.stack} ${JSON.stringify(error.$metadata)}`);
  }
}
