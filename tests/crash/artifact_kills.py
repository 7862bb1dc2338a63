#!/usr/bin/env python3
"""kill -9 while artifacts are on their way to S3: packed ones are there once and whole, with the checksums that the build shows, those
that are not packed are all there, and no file waits on the disk. Long: 40 kills."""

import hashlib
import io
import random
import zipfile

from life import *

require("kiln", "image", "boto3")
KILLS = 40 if LONG else 8
SEED = int(os.environ.get("KILN_TEST_SEED", "0")) or int(time.time())
FILES = 300
MAKE = ["mkdir -p out/many", "head -c 25000000 /dev/urandom > out/random", "head -c 20000000 /dev/zero > out/zeros", "sha256sum out/random | cut -c1-64 | sed 's/^/sum=/'",
        f"i=0; while [ $i -lt {FILES} ]; do echo $i > out/many/$i; i=$((i+1)); done"]
SPEC = json.dumps({"version": 0.2, "phases": {"build": {"commands": MAKE}}, "artifacts": {
    "files": ["**/*"], "base-directory": "out", "secondary-artifacts": {"many": {"files": ["**/*"], "base-directory": "out/many"}}}})


def faults_of(kiln, s3, build):
    log, faults, uuid = kiln.build_log(build["id"]), [], build["id"].rsplit(":", 1)[1]
    if build["buildStatus"] != "SUCCEEDED":
        return [shape(build)]
    if log.count("Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED") != 1:
        faults.append("the log does not end the upload once")
    versions = s3.list_object_versions(Bucket="kills", Prefix=f"{uuid}/a.zip").get("Versions", [])
    if len(versions) != 1:
        faults.append(f"{len(versions)} versions of the zip")
    data = s3.get_object(Bucket="kills", Key=f"{uuid}/a.zip")["Body"].read()
    archive = zipfile.ZipFile(io.BytesIO(data))
    if hashlib.sha256(data).hexdigest() != build["artifacts"].get("sha256sum") or hashlib.md5(data).hexdigest() != build["artifacts"].get("md5sum"):
        faults.append("the zip is not what the build shows")
    if archive.testzip() or len(archive.namelist()) != FILES + 2 or f"sum={hashlib.sha256(archive.read('random')).hexdigest()}" not in log:
        faults.append("the zip is not what the build made")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket="kills", Prefix=f"{uuid}/many/").get("Contents", [])]
    if len(keys) != FILES:
        faults.append(f"{len(keys)} of {FILES} files")
    return faults


def main():
    note(f"seed {SEED} (KILN_TEST_SEED repeats it)")
    dice = random.Random(SEED)
    with kiln_server(*QUICK) as kiln:
        codebuild, s3 = client("codebuild", kiln.url), client("s3", kiln.url)
        s3.create_bucket(Bucket="kills")
        s3.put_bucket_versioning(Bucket="kills", VersioningConfiguration={"Status": "Enabled"})
        place = {"type": "S3", "location": "kills", "namespaceType": "BUILD_ID"}
        arguments = project("uploads", SPEC)
        arguments["artifacts"] = {**place, "name": "a.zip", "packaging": "ZIP"}
        arguments["secondaryArtifacts"] = [{**place, "artifactIdentifier": "many", "name": "many", "packaging": "NONE"}]
        codebuild.create_project(**arguments)
        wrong, started, during = {}, [], 0
        for _ in range(KILLS):
            build_id = codebuild.start_build(projectName="uploads")["build"]["id"]
            started.append(build_id)
            wait_for(lambda: codebuild.batch_get_builds(ids=[build_id])["builds"][0]["currentPhase"] in ("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"), 120, every=0.01)
            until = time.monotonic() + dice.uniform(0.0, 2.0)
            wait_for(lambda: time.monotonic() >= until, 5, every=0.005)
            during += codebuild.batch_get_builds(ids=[build_id])["builds"][0]["currentPhase"] == "UPLOAD_ARTIFACTS"
            kiln.kill9()
            kiln.start()
            faults = faults_of(kiln, s3, settled(kiln, codebuild, build_id, 180))
            if faults:
                wrong[build_id] = faults
        note(f"{KILLS} kills, {during} of them while artifacts were on their way")
        check("every artifact is there once and whole", not wrong, wrong)
        check("kills met uploads", during > 0)
        check_equal("no upload is left half done", s3.list_multipart_uploads(Bucket="kills").get("Uploads", []), [])
        check("nothing waits on the disk", not list((kiln.data / "tmp" / "artifacts").iterdir()))
        check_no_leftovers("no container left over", started)


run(main)
finish()
