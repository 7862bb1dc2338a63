#!/usr/bin/env python3
"""What boto3 sees of builds that run: automatic retries, RetryBuild of a finished build, capacity and order, deletion while running."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from awsjson import *
from harness import *

require("kiln", "image", "boto3")


def start(name, **more):
    return cb.start_build(projectName=name, **more)["build"]


def read(build_id):
    return done(kiln.url, "BatchGetBuilds", ids=[build_id])["builds"][0]


def finished(build_id, deadline=300):
    wait_build(cb, build_id, deadline)
    return read(build_id)


def phase(build, name):
    return next(p for p in build["phases"] if p["phaseType"] == name)


def auto_retry():
    """A build that fails is tried again as often as autoRetryLimit says, each linked to the one before and after it."""
    done(kiln.url, "CreateProject", **project("again", buildspec(build=["echo try", "false"]), autoRetryLimit=2))
    build = finished(done(kiln.url, "StartBuild", projectName="again")["build"]["id"])
    chain = [build]
    while "nextAutoRetry" in chain[-1]["autoRetryConfig"] and len(chain) < 5:
        chain.append(finished(chain[-1]["autoRetryConfig"]["nextAutoRetry"]))
    check_equal("autoRetryLimit 2: three builds, all FAILED", [b["buildStatus"] for b in chain], ["FAILED"] * 3)
    check_equal("autoRetryLimit 2: no other build", sorted(cb.list_builds_for_project(projectName="again")["ids"]), sorted(b["id"] for b in chain))
    arns = [b["arn"] for b in chain]
    for i, one in enumerate(chain):
        links = {"autoRetryLimit": 2, "autoRetryNumber": i}
        links.update({"previousAutoRetry": arns[i - 1]} if i else {})
        links.update({"nextAutoRetry": arns[i + 1]} if i < 2 else {})
        check_equal(f"autoRetryConfig of try {i}", one["autoRetryConfig"], links)
    check_equal("the tries' numbers", [b["buildNumber"] for b in chain], [1, 2, 3])
    check("the tries are the service role's doing", all("/AWSCodeBuild-" in b["initiator"] for b in chain[1:]), [b["initiator"] for b in chain])
    for override, text in ((0, "is switched off"), (1, "is set")):
        started = done(kiln.url, "StartBuild", projectName="again", autoRetryLimitOverride=override)["build"]["id"]
        after = finished(started)["autoRetryConfig"]
        check_equal(f"autoRetryLimitOverride {override}: it {text} for the build", "nextAutoRetry" in after, override > 0)
    fine = done(kiln.url, "StartBuild", projectName="again", buildspecOverride=buildspec(build=["true"]))["build"]["id"]
    config = finished(fine)["autoRetryConfig"]
    check_equal("a build that succeeds is not tried again", config, {"autoRetryLimit": 2, "autoRetryNumber": 0})


def retry():
    cb.create_project(**project("plain", buildspec(build=["echo value=$X"])))
    first = finished(start("plain", environmentVariablesOverride=[{"name": "X", "value": "kept"}])["id"])
    second = finished(cb.retry_build(id=first["arn"])["build"]["id"])
    check_equal("RetryBuild of a finished build succeeds as it did", (second["buildStatus"], second["buildNumber"]), ("SUCCEEDED", 2))
    check("RetryBuild: the overridden variable is in the container", "\nvalue=kept\n" in kiln.build_log(second["id"]), kiln.build_log(second["id"]))
    logs, tail = second["logs"], second["id"].partition(":")[2]
    check_equal("logs name group and stream", (logs["groupName"], logs["streamName"], logs["cloudWatchLogsArn"]), (
        "/aws/codebuild/plain", tail, f"arn:aws:logs:{REGION}:000000000000:log-group:/aws/codebuild/plain:log-stream:{tail}"))
    build = cb.batch_get_builds(ids=[first["id"]])["builds"][0]
    check("SDKs read the phases' times as dates", all(p["startTime"].tzinfo for p in build["phases"]) and build["endTime"] >= build["startTime"], build)
    stamps = [p[key] for p in first["phases"] for key in ("startTime", "endTime") if key in p]
    check("all timestamps are JSON numbers", all(isinstance(stamp, (int, float)) for stamp in stamps), stamps)
    cb.batch_delete_builds(ids=[first["id"]])
    check_equal("a deleted build is gone", cb.batch_get_builds(ids=[first["id"]])["buildsNotFound"], [first["id"]])
    check_equal("its log too", wait_for(lambda: kiln.get(f"/_kiln/builds/{first['id']}/logs")[0] == 404, 60), True)


def capacity():
    """maxConcurrentBuilds is 1: builds of one project run one after the other, in the order they came."""
    cb.create_project(**project("slow", buildspec(build=["sleep 0.3"])))
    ids = [start("slow")["id"] for _ in range(4)]
    builds = [finished(i) for i in ids]
    spans = [(phase(b, "PROVISIONING")["startTime"], phase(b, "COMPLETED")["startTime"]) for b in builds]
    check("maxConcurrentBuilds 1: never two at once, first come first served", all(a[1] <= b[0] for a, b in zip(spans, spans[1:])), spans)
    check("they waited QUEUED", all(phase(b, "QUEUED")["durationInSeconds"] >= 0 and phase(b, "QUEUED")["endTime"] == phase(b, "PROVISIONING")["startTime"]
                                    for b in builds), builds)


def delete_while_running():
    cb.create_project(**project("doomed", buildspec(build=["echo started", "sleep 300"])))
    running, waiting = start("doomed")["id"], start("doomed")["id"]
    wait_for(lambda: "\nstarted\n" in kiln.build_log(running), 60, "the build runs")
    answer = cb.batch_delete_builds(ids=[running])
    check_equal("BatchDeleteBuilds leaves a running build", [n["statusCode"] for n in answer["buildsNotDeleted"]], ["BUILD_IN_PROGRESS"])
    cb.delete_project(name="doomed")
    check_equal("DeleteProject deletes a running build", cb.batch_get_builds(ids=[running, waiting])["buildsNotFound"], [running, waiting])
    check_no_leftovers("and its container", [running, waiting])
    after = start("plain")["id"]
    check_equal("its slot is free for the next build", finished(after)["buildStatus"], "SUCCEEDED")


with kiln_server("--set", "queue.maxConcurrentBuilds=1") as kiln:
    cb = client("codebuild", kiln.url)
    run(auto_retry, retry, capacity, delete_while_running)
finish()
