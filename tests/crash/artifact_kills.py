#!/usr/bin/env python3
"""kill -9 while artifacts are on their way to S3: packed ones are there once and whole, with the checksums that the build shows, those
that are not packed are all there, and no file waits on the disk. How long an upload takes here is measured first, and a kill that comes too
late is made up for by another. Long: 40 kills."""

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


def upload_seconds(build):
    upload = next(p for p in build["phases"] if p["phaseType"] == "UPLOAD_ARTIFACTS")
    return (upload["endTime"] - upload["startTime"]).total_seconds()


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

        def start():
            started.append(codebuild.start_build(projectName="uploads")["build"]["id"])
            return started[-1]

        def phase(build_id):
            return codebuild.batch_get_builds(ids=[build_id])["builds"][0]["currentPhase"]

        wrong, started, during = {}, [], 0
        whole = settled(kiln, codebuild, start(), 180)
        check_equal("a build that nothing disturbs is whole", faults_of(kiln, s3, whole), [])
        window = upload_seconds(whole)
        while during < KILLS and len(started) < 6 * KILLS:
            build_id = start()
            wait_for(lambda: phase(build_id) in ("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"), 120, every=0.01)
            until = time.monotonic() + dice.uniform(0.0, window)
            wait_for(lambda: time.monotonic() >= until, 60, every=0.005)
            met = phase(build_id) == "UPLOAD_ARTIFACTS"
            during, window = during + met, window if met else 0.8 * window
            kiln.kill9()
            kiln.start()
            faults = faults_of(kiln, s3, settled(kiln, codebuild, build_id, 180))
            if faults:
                wrong[build_id] = faults
        note(f"{len(started) - 1} kills, {during} of them while artifacts were on their way ({upload_seconds(whole):.2f} s)")
        check("every artifact is there once and whole", not wrong, wrong)
        check_equal("kills met uploads", during, KILLS)
        check_equal("no upload is left half done", s3.list_multipart_uploads(Bucket="kills").get("Uploads", []), [])
        check("nothing waits on the disk", not list((kiln.data / "tmp" / "artifacts").iterdir()))
        check_no_leftovers("no container left over", started)


run(main)
finish()
