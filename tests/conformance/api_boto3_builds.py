#!/usr/bin/env python3
"""Builds with boto3, without an engine so that they stay QUEUED: shapes, overrides, tokens, lists, limits, stop, retry, deletion."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import uuid
from awsjson import *
from harness import *

require("kiln", "boto3")

ACCOUNT = "000000000000"
SPEC = buildspec(build=["true"])
INVALID, LIMIT, MISSING = "InvalidInputException", "AccountLimitExceededException", "ResourceNotFoundException"
NOBODY = f"pp:{uuid.UUID(int=0)}"
OFF = {"SIMFRA_DOCKER": "0"}


def build_arn(build_id, region=REGION):
    return f"arn:aws:codebuild:{region}:{ACCOUNT}:build/{build_id}"


def project_arn(name):
    return f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{name}"


def get(build_id, of=None):
    return (of or cb).batch_get_builds(ids=[build_id])["builds"][0]


def start(name="pp", of=None, **more):
    return (of or cb).start_build(projectName=name, **more)["build"]


def recorded(build_id, of=None):
    """The build once the controller has written its end."""
    return wait_for(lambda: (lambda b: b["buildComplete"] and b)(get(build_id, of)), 60, f"{build_id} is over")


def first_answer():
    cb.create_project(**project("pp", SPEC))
    build = done(kiln.url, "StartBuild", projectName="pp")["build"]
    now, build_id = time.time(), build["id"]
    name, _, tail = build_id.partition(":")
    check("a build's id is <project>:<uuid4>", name == "pp" and str(uuid.UUID(tail)) == tail and uuid.UUID(tail).version == 4, build_id)
    check("StartBuild: startTime is a JSON number of now", isinstance(build["startTime"], float) and abs(build["startTime"] - now) < 60, build)
    submitted, queued = build.pop("phases")
    check_equal("StartBuild: SUBMITTED is done", {**submitted, "startTime": 0, "endTime": 0}, {
        "phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": 0, "endTime": 0, "durationInSeconds": 0})
    check_equal("StartBuild: QUEUED runs, with only two members", queued, {"phaseType": "QUEUED", "startTime": submitted["endTime"]})
    logs = build.pop("logs")
    check_equal("StartBuild: logs in the form of nulls", logs, {
        "cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED", "encryptionDisabled": False},
        "deepLink": f"https://console.aws.amazon.com/cloudwatch/home?region={REGION}#logsV2:log-groups/log-group/null/log-events/null",
        "cloudWatchLogsArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:null:log-stream:null"})
    initiator = build.pop("initiator", "")
    check("StartBuild: somebody started it", initiator, initiator)
    expected = {
        "id": build_id, "arn": build_arn(build_id), "buildNumber": 1, "startTime": build["startTime"], "currentPhase": "QUEUED",
        "buildStatus": "IN_PROGRESS", "buildComplete": False, "projectName": "pp", "serviceRole": ROLE,
        "source": {"type": "NO_SOURCE", "buildspec": SPEC, "insecureSsl": False}, "secondarySources": [], "secondarySourceVersions": [],
        "artifacts": {"location": ""}, "secondaryArtifacts": [], "cache": {"type": "NO_CACHE"},
        "environment": {**project("pp", SPEC)["environment"], "environmentVariables": [], "privilegedMode": False,
                        "imagePullCredentialsType": "CODEBUILD"},
        "timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480, "encryptionKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3"}
    check_equal("StartBuild answers the build with these members and no other", build, expected)
    for asked in (build_id, build_arn(build_id)):
        read = done(kiln.url, "BatchGetBuilds", ids=[asked])["builds"][0]
        check_equal(f"BatchGetBuilds answers the same for {asked[:3]}…", {k: read[k] for k in expected}, expected)
    check_equal("StartBuild takes a project's ARN", start(project_arn("pp"))["buildNumber"], 2)


OVERRIDES = {
    "sourceVersion": "v2", "sourceTypeOverride": "GITHUB", "sourceLocationOverride": "https://github.com/o/other", "gitCloneDepthOverride": 3,
    "sourceAuthOverride": {"type": "OAUTH", "resource": "x"}, "gitSubmodulesConfigOverride": {"fetchSubmodules": True},
    "buildspecOverride": "other.yml", "insecureSslOverride": True, "reportBuildStatusOverride": True,
    "buildStatusConfigOverride": {"context": "c", "targetUrl": "u"}, "environmentTypeOverride": "ARM_CONTAINER", "imageOverride": "other:2",
    "computeTypeOverride": "BUILD_GENERAL1_LARGE", "certificateOverride": "b/c.pem", "privilegedModeOverride": True,
    "registryCredentialOverride": {"credential": "s", "credentialProvider": "SECRETS_MANAGER"}, "imagePullCredentialsTypeOverride": "SERVICE_ROLE",
    "fleetOverride": {"fleetArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:fleet/f:{uuid.UUID(int=1)}"},
    "secondarySourcesOverride": [{"type": "S3", "location": "b/k.zip", "sourceIdentifier": "s1", "insecureSsl": False}],
    "secondarySourcesVersionOverride": [{"sourceIdentifier": "s1", "sourceVersion": "9"}],
    "artifactsOverride": {"type": "S3", "location": "bucket", "path": "/a/", "namespaceType": "BUILD_ID", "name": "out.zip", "packaging": "ZIP",
                          "encryptionDisabled": True, "overrideArtifactName": True, "bucketOwnerAccess": "FULL"},
    "secondaryArtifactsOverride": [{"type": "S3", "location": "arn:aws:s3:::second", "artifactIdentifier": "more", "name": "/"}],
    "environmentVariablesOverride": [{"name": "B", "value": "from the call"}, {"name": "C", "value": "/c", "type": "PARAMETER_STORE"}],
    "cacheOverride": {"type": "S3", "location": "bucket/cache"}, "serviceRoleOverride": f"arn:aws:iam::{ACCOUNT}:role/other",
    "timeoutInMinutesOverride": 11, "queuedTimeoutInMinutesOverride": 12, "encryptionKeyOverride": "key", "debugSessionEnabled": True,
    "logsConfigOverride": {"cloudWatchLogs": {"status": "DISABLED"}, "s3Logs": {"status": "ENABLED", "location": "bucket/l"}},
    "autoRetryLimitOverride": 4}


def overrides():
    known = set(MODEL["shapes"]["StartBuildInput"]["members"]) - {"projectName", "idempotencyToken"}
    check_equal("every override of the model is tried here", set(OVERRIDES), known)
    variables = [{"name": "A", "value": "a", "type": "PLAINTEXT"}, {"name": "B", "value": "b", "type": "PLAINTEXT"}]
    cb.create_project(**project("over", SPEC, environment={"environmentVariables": variables}))
    before = cb.batch_get_projects(names=["over"])["projects"][0]
    build = done(kiln.url, "StartBuild", projectName="over", **OVERRIDES)["build"]
    tail = build["id"].partition(":")[2]
    given = OVERRIDES
    shown = {
        "sourceVersion": "v2", "secondarySources": given["secondarySourcesOverride"], "secondarySourceVersions": given["secondarySourcesVersionOverride"],
        "source": {"type": "GITHUB", "location": given["sourceLocationOverride"], "gitCloneDepth": 3, "auth": given["sourceAuthOverride"],
                   "gitSubmodulesConfig": {"fetchSubmodules": True}, "buildspec": "other.yml", "insecureSsl": True, "reportBuildStatus": True,
                   "buildStatusConfig": given["buildStatusConfigOverride"]},
        "environment": {
            "type": "ARM_CONTAINER", "image": "other:2", "computeType": "BUILD_GENERAL1_LARGE", "certificate": "b/c.pem", "privilegedMode": True,
            "registryCredential": given["registryCredentialOverride"], "imagePullCredentialsType": "SERVICE_ROLE", "fleet": given["fleetOverride"],
            "environmentVariables": [variables[0], {"name": "B", "value": "from the call", "type": "PLAINTEXT"}, given["environmentVariablesOverride"][1]]},
        "artifacts": {"location": f"arn:aws:s3:::bucket/a/{tail}/out.zip", "overrideArtifactName": True, "encryptionDisabled": True,
                      "bucketOwnerAccess": "FULL"},
        "secondaryArtifacts": [{"artifactIdentifier": "more", "location": "arn:aws:s3:::second/", "overrideArtifactName": False,
                                "encryptionDisabled": False}],
        "cache": given["cacheOverride"], "serviceRole": given["serviceRoleOverride"], "timeoutInMinutes": 11, "queuedTimeoutInMinutes": 12,
        "encryptionKey": "key", "debugSession": {"sessionEnabled": True}, "autoRetryConfig": {"autoRetryLimit": 4, "autoRetryNumber": 0}}
    for member, value in shown.items():
        check_equal(f"overridden: {member}", build.get(member), value)
    logs = build["logs"]
    check_equal("overridden: logs", (logs["cloudWatchLogs"], logs["s3Logs"]),
                ({"status": "DISABLED"}, {"status": "ENABLED", "location": "bucket/l", "encryptionDisabled": False}))
    check_equal("overrides change nothing of the project", cb.batch_get_projects(names=["over"])["projects"][0], before)
    retried = done(kiln.url, "RetryBuild", id=build["id"])["build"]
    check_equal("RetryBuild keeps the overrides", {k: v for k, v in retried.items() if k in shown and k != "artifacts"},
                {k: v for k, v in shown.items() if k != "artifacts"})
    check("RetryBuild: a new id and number, queued", retried["id"] != build["id"] and retried["buildNumber"] == build["buildNumber"] + 1
          and (retried["currentPhase"], retried["buildStatus"]) == ("QUEUED", "IN_PROGRESS"), retried)
    check("RetryBuild: the artifacts' place is its own", retried["id"].partition(":")[2] in retried["artifacts"]["location"], retried["artifacts"])


def refusals():
    cb.create_project(**{**project("pipe", SPEC), "source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}})
    rows = [
        ("StartBuild of no project", MISSING, f"Project cannot be found: {project_arn('gone')}", cb.start_build, dict(projectName="gone")),
        ("StartBuild: bad name", INVALID, "Only alphanumeric characters, dash, and underscore are supported", cb.start_build, dict(projectName="a b")),
        ("StartBuild of a pipeline's project", INVALID, "ArtifactsOverride must be set when using artifacts type CodePipelines", cb.start_build,
         dict(projectName="pipe")),
        ("StartBuild: NO_SOURCE and no YAML", INVALID, "Invalid input: buildspec must be a valid YAML file", cb.start_build,
         dict(projectName="pp", buildspecOverride="nothing")),
        ("StartBuild: no location", INVALID, "Project source location is required", cb.start_build, dict(projectName="pp", sourceTypeOverride="S3")),
        ("StartBuild: folder with a version", INVALID, "Source version should be empty for S3 folder source location", cb.start_build,
         dict(projectName="pp", sourceTypeOverride="S3", sourceLocationOverride="b/f/", sourceVersion="v")),
        ("StartBuild: role of another account", INVALID, "Invalid service role: Service role account ID does not match caller's account",
         cb.start_build, dict(projectName="pp", serviceRoleOverride="arn:aws:iam::111111111111:role/r")),
        ("StopBuild: bad id", INVALID, "Invalid build ID provided", cb.stop_build, dict(id="nonsense")),
        ("StopBuild of none", MISSING, f"Build {NOBODY} does not exist", cb.stop_build, dict(id=NOBODY)),
        ("RetryBuild: bad id", INVALID, "Invalid build ID provided", cb.retry_build, dict(id="nonsense")),
        ("RetryBuild: no id", INVALID, "Invalid build ID provided", cb.retry_build, {}),
        ("RetryBuild of none", MISSING, f"Build {NOBODY} does not exist", cb.retry_build, dict(id=NOBODY)),
        ("BatchGetBuilds: bad id", INVALID, "Invalid build ID provided", cb.batch_get_builds, dict(ids=["nonsense"])),
        ("BatchDeleteBuilds: bad id", INVALID, "Invalid build ID provided", cb.batch_delete_builds, dict(ids=["nonsense"])),
        ("another account's ARN", INVALID, "Invalid build ID provided", cb.stop_build, dict(id=build_arn(NOBODY).replace(ACCOUNT, "111111111111"))),
        ("ListBuildsForProject of none", MISSING, f"The provided project {project_arn('gone')} does not exist", cb.list_builds_for_project,
         dict(projectName="gone")),
        ("ListBuilds: bad token", INVALID, "Invalid next token provided", cb.list_builds, dict(nextToken="nonsense"))]
    for name, shape, text, function, arguments in rows:
        check_refused(name, shape, text, function, **arguments)
    check_refused("StartBuild: range", INVALID, violations((4, "timeoutInMinutesOverride", "Member must have value greater than or equal to 5")),
                  loose.start_build, projectName="pp", timeoutInMinutesOverride=4)
    check_equal("BatchGetBuilds: unknown ones as they were asked for", cb.batch_get_builds(ids=[NOBODY, build_arn(NOBODY)])["buildsNotFound"], [NOBODY])


def tokens():
    first = start(idempotencyToken="t1", timeoutInMinutesOverride=9)
    check_equal("StartBuild: same token, same build", start(idempotencyToken="t1", timeoutInMinutesOverride=9)["id"], first["id"])
    shape, text = raised(cb.start_build, dict(projectName="pp", idempotencyToken="t1", timeoutInMinutesOverride=10))
    check("StartBuild: same token, other parameters", shape == INVALID and text.startswith("Parameter mismatch: "), (shape, text))
    check("StartBuild: another token, another build", start(idempotencyToken="t2", timeoutInMinutesOverride=9)["id"] != first["id"])
    retried = cb.retry_build(id=first["id"], idempotencyToken="t1")["build"]
    check("RetryBuild: its tokens are its own", retried["id"] != first["id"], retried["id"])
    check_equal("RetryBuild: same token, same build", cb.retry_build(id=first["id"], idempotencyToken="t1")["build"]["id"], retried["id"])
    shape, text = raised(cb.retry_build, dict(id=build_arn(first["id"]), idempotencyToken="t1"))
    check("RetryBuild: the ARN for the id is the same call", shape is None and text["build"]["id"] == retried["id"], (shape, text))
    check_equal("a token of 64 characters is taken", start(idempotencyToken="t" * 64)["buildStatus"], "IN_PROGRESS")
    shape, text = raised(cb.start_build, dict(projectName="pp", idempotencyToken="t" * 65))
    check("one of 65 is refused", shape == "InvalidInputException" and "65 characters" in text, (shape, text))


def lists():
    """More than two pages of builds: order, pages, regions."""
    west = client("codebuild", kiln.url, region="us-west-2")
    for name in ("many", "few"):
        west.create_project(**project(name, SPEC))
    begun = {b["id"]: b["startTime"] for b in (start("many" if i % 5 else "few", west) for i in range(215))}
    made = list(begun)
    many = [i for i in made if i.startswith("many:")]
    paged = lambda operation, **o: [i for page in west.get_paginator(operation).paginate(**o) for i in page["ids"]]
    newest, oldest = paged("list_builds"), paged("list_builds", sortOrder="ASCENDING")
    times = [begun.get(i) for i in newest]
    check("ListBuilds: every build once, newest first", sorted(newest) == sorted(made) and times == sorted(times, reverse=True), times)
    check_equal("ListBuilds: ascending is the other way round", oldest, newest[::-1])
    check_equal("ListBuildsForProject: by number, newest first", paged("list_builds_for_project", projectName="many"), many[::-1])
    check_equal("ListBuildsForProject: ascending", paged("list_builds_for_project", projectName="many", sortOrder="ASCENDING"), many)
    pages = list(west.get_paginator("list_builds").paginate())
    check_equal("ListBuilds: 100 a page, no token on the last", ([len(p["ids"]) for p in pages], "nextToken" in pages[-1]), ([100, 100, 15], False))
    token = pages[0]["nextToken"]
    start("few", west)
    check_equal("a page goes on where it was though builds come", west.list_builds(nextToken=token)["ids"], pages[1]["ids"])
    check_refused("a token of another list", INVALID, "Invalid next token provided", west.list_builds_for_project, projectName="many", nextToken=token)
    asked = [many[7], NOBODY, many[3], many[7]]
    got = west.batch_get_builds(ids=asked)
    check_equal("BatchGetBuilds: once each, in the order asked", ([b["id"] for b in got["builds"]], got["buildsNotFound"]), ([many[7], many[3]], [NOBODY]))
    check_equal("BatchGetBuilds: numbers count per project", [b["buildNumber"] for b in got["builds"]], [8, 4])
    check_equal("a build is its region's", (cb.batch_get_builds(ids=[many[0]])["buildsNotFound"], [i for i in cb.list_builds()["ids"] if i in made]), ([many[0]], []))
    check_equal("its ARN too", get(many[0], west)["arn"], build_arn(many[0], "us-west-2"))


def stop():
    build_id = start(environmentVariablesOverride=[{"name": "X", "value": "1"}])["id"]
    answer = cb.stop_build(id=build_arn(build_id))["build"]
    phases = [(p["phaseType"], p.get("phaseStatus"), "contexts" in p) for p in answer["phases"]]
    check_equal("StopBuild while QUEUED answers the final form", (answer["buildStatus"], answer["buildComplete"], answer["currentPhase"], phases), (
        "STOPPED", True, "COMPLETED", [("SUBMITTED", "SUCCEEDED", False), ("QUEUED", "STOPPED", False), ("COMPLETED", None, False)]))
    check_equal("the end is COMPLETED's start", answer["endTime"], answer["phases"][-1]["startTime"])
    wait_for(lambda: 'kiln_builds_total{status="STOPPED"} 1' in kiln.get("/_kiln/metrics")[1], 60, "the controller has recorded the stop")
    check_equal("StopBuild's answer is what is recorded, to the last member", get(build_id), answer)
    check_equal("stopping it again changes nothing", cb.stop_build(id=build_id)["build"], answer)
    retried = cb.retry_build(id=build_id)["build"]
    check_equal("a stopped build can be retried", (retried["environment"], retried["buildStatus"]), (answer["environment"], "IN_PROGRESS"))


def deletion():
    cb.create_project(**project("dead", SPEC))
    stopped, running = start("dead")["id"], start("dead")["id"]
    cb.stop_build(id=stopped)
    ids = [stopped, build_arn(running), f"dead:{uuid.UUID(int=5)}"]
    def deleted():
        answer = cb.batch_delete_builds(ids=ids)
        return answer if build_arn(stopped) in answer["buildsDeleted"] else None
    answer = wait_for(deleted, 60, "the stopped build can be deleted")
    check_equal("BatchDeleteBuilds: finished and unknown ones are deleted", answer["buildsDeleted"], [build_arn(stopped), build_arn(ids[2])])
    check_equal("BatchDeleteBuilds: a running one is not", answer["buildsNotDeleted"], [{"id": build_arn(running), "statusCode": "BUILD_IN_PROGRESS"}])
    check_equal("what is deleted is gone", (cb.batch_get_builds(ids=[stopped])["buildsNotFound"], cb.list_builds_for_project(projectName="dead")["ids"]), ([stopped], [running]))
    cb.delete_project(name="dead")
    check_equal("DeleteProject deletes the builds", cb.batch_get_builds(ids=[running])["buildsNotFound"], [running])
    check("ListBuilds does not show them", running not in cb.list_builds()["ids"])
    check_refused("StopBuild of a deleted one", MISSING, f"Build {running} does not exist", cb.stop_build, id=running)
    cb.create_project(**project("dead", SPEC))
    check_equal("numbers are not used again", start("dead")["buildNumber"], 3)


def concurrency():
    cb.create_project(**project("two", SPEC, concurrentBuildLimit=2))
    running = [start("two")["id"] for _ in range(2)]
    shape, text = raised(cb.start_build, dict(projectName="two"))
    check("concurrentBuildLimit: StartBuild errors", shape == LIMIT and "Cannot have more than 2 active builds" in text, (shape, text))
    check("concurrentBuildLimit: so does RetryBuild", raised(cb.retry_build, dict(id=running[0]))[0] == LIMIT)
    cb.stop_build(id=running[0])
    check("one that ended makes room", wait_for(lambda: raised(cb.start_build, dict(projectName="two"))[0] is None, 60))
    cb.update_project(name="two", concurrentBuildLimit=-1)
    check_equal("-1 removes the limit", raised(cb.start_build, dict(projectName="two"))[0], None)


def queue():
    """A full queue, and a build that waits too long in it: a minute is a quarter of a second here."""
    def start_late():
        shape, answer = raised(local.start_build, dict(projectName="pp", queuedTimeoutInMinutesOverride=5))
        return None if shape else answer["build"]["id"]

    with kiln_server("--set", "queue.maxQueuedBuilds=3", "--set", "queue.minute=250ms", env=OFF) as small:
        local = client("codebuild", small.url)
        local.create_project(**project("pp", SPEC, queuedTimeoutInMinutes=480))
        patient = [start(of=local)["id"] for _ in range(3)]
        check_refused("the queue is full", LIMIT, "Cannot have more than 3 builds in queue for the account", local.start_build, projectName="pp")
        client("codebuild", small.url, region="eu-west-1").create_project(**project("pp", SPEC))
        local.stop_build(id=patient.pop())
        late = wait_for(start_late, what="the one that was stopped has made room")
        build = recorded(late, local)
        phases = [(p["phaseType"], p.get("phaseStatus")) for p in build["phases"]]
        check_equal("queuedTimeoutInMinutes: the build is TIMED_OUT in QUEUED", (build["buildStatus"], phases), (
            "TIMED_OUT", [("SUBMITTED", "SUCCEEDED"), ("QUEUED", "TIMED_OUT"), ("COMPLETED", None)]))
        check_equal("queuedTimeoutInMinutes: its context", build["phases"][1].get("contexts"), [{"statusCode": "BUILD_TIMED_OUT", "message": "Build has timed out. "}])
        waited = (build["endTime"] - build["startTime"]).total_seconds()
        check("queuedTimeoutInMinutes: after five minutes", 1.25 <= waited < 30, waited)
        check_equal("the others wait on", [get(i, local)["currentPhase"] for i in patient], ["QUEUED", "QUEUED"])
        check_equal("and there is room again", raised(local.start_build, dict(projectName="pp"))[0], None)


with kiln_server(env=OFF) as kiln:
    cb = client("codebuild", kiln.url)
    loose = client("codebuild", kiln.url, parameter_validation=False)
    run(first_answer, overrides, refusals, tokens, lists, stop, deletion, concurrency, queue)
finish()
