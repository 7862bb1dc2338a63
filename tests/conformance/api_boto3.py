#!/usr/bin/env python3
"""Projects and the protocol with boto3: what is returned and read back, defaults, every refusal of facts §5.2, paging, regions."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from awsjson import *
from harness import *

require("kiln", "boto3")

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service-role/r"
SPEC = buildspec(build=["true"])
GITHUB = {"type": "GITHUB", "location": "https://github.com/o/r.git"}
S3 = {"type": "S3", "location": "bucket"}
INVALID, EXISTS, MISSING = "InvalidInputException", "ResourceAlreadyExistsException", "ResourceNotFoundException"


def args(name="p", **more):
    """CreateProject's arguments; members of `more` replace whole ones."""
    return {**project(name, SPEC), "serviceRole": ROLE_ARN, **more}


def environment(**more):
    return {**args()["environment"], **more}


def arn(name, region=REGION):
    return f"arn:aws:codebuild:{region}:{ACCOUNT}:project/{name}"


def get(name, of=None):
    return (of or cb).batch_get_projects(names=[name])["projects"][0]


def defaults():
    answer = done(kiln.url, "CreateProject", **args("plain", source=GITHUB, artifacts=S3))["project"]
    for member in ("created", "lastModified"):
        stamp = answer.pop(member)
        check(f"CreateProject: {member} is a JSON number of seconds, now, with milliseconds", isinstance(stamp, float)
              and abs(stamp - time.time()) < 60 and round(stamp, 3) == stamp, stamp)
    check_equal("CreateProject answers the project with every default", answer, {
        "name": "plain", "arn": arn("plain"), "description": "", "serviceRole": ROLE_ARN,
        "source": {**GITHUB, "reportBuildStatus": False, "insecureSsl": False}, "secondarySources": [], "secondarySourceVersions": [],
        "artifacts": {**S3, "path": "", "namespaceType": "NONE", "name": "plain", "packaging": "NONE", "overrideArtifactName": False,
                      "encryptionDisabled": False},
        "secondaryArtifacts": [], "cache": {"type": "NO_CACHE"},
        "environment": environment(environmentVariables=[], privilegedMode=False, imagePullCredentialsType="CODEBUILD"),
        "timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480, "encryptionKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3",
        "tags": [], "badge": {"badgeEnabled": False}, "projectVisibility": "PRIVATE",
        "logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED", "encryptionDisabled": False}}})
    answer = cb.create_project(**args("none"))["project"]
    check_equal("NO_ARTIFACTS comes back alone", answer["artifacts"], {"type": "NO_ARTIFACTS"})
    check_equal("BatchGetProjects answers what CreateProject did", get("none"), answer)
    check("SDKs read the timestamps as dates", answer["created"].tzinfo is not None and answer["created"] == answer["lastModified"], answer)


EVERYTHING = {
    "description": "all of it: ä ✓", "sourceVersion": "main", "timeoutInMinutes": 7, "queuedTimeoutInMinutes": 9,
    "concurrentBuildLimit": 3, "autoRetryLimit": 2, "encryptionKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k", "serviceRole": ROLE_ARN,
    "tags": [{"key": "team", "value": "one"}, {"key": "empty", "value": ""}],
    "source": {**GITHUB, "gitCloneDepth": 1, "gitSubmodulesConfig": {"fetchSubmodules": True}, "buildspec": "ci/spec.yml",
               "auth": {"type": "OAUTH", "resource": "r"}, "reportBuildStatus": True, "insecureSsl": False,
               "buildStatusConfig": {"context": "c", "targetUrl": "https://x/"}},
    "secondarySources": [{"type": "S3", "location": "b/k.zip", "sourceIdentifier": "one", "insecureSsl": False},
                         {"type": "BITBUCKET", "location": "https://bitbucket.org/o/r", "sourceIdentifier": "two", "insecureSsl": True,
                          "reportBuildStatus": False}],
    "secondarySourceVersions": [{"sourceIdentifier": "two", "sourceVersion": "v1"}],
    "artifacts": {**S3, "path": "p", "namespaceType": "BUILD_ID", "name": "n", "packaging": "ZIP", "overrideArtifactName": True,
                  "encryptionDisabled": True, "bucketOwnerAccess": "FULL"},
    "secondaryArtifacts": [{**S3, "artifactIdentifier": "more", "path": "", "namespaceType": "NONE", "name": "m", "packaging": "NONE",
                            "overrideArtifactName": False, "encryptionDisabled": False}],
    "cache": {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE", "LOCAL_CUSTOM_CACHE"]},
    "environment": environment(
        image="registry.example/i:1", privilegedMode=True, imagePullCredentialsType="SERVICE_ROLE", certificate="bucket/cert.pem",
        registryCredential={"credential": "secret", "credentialProvider": "SECRETS_MANAGER"},
        fleet={"fleetArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:fleet/f:00000000-0000-4000-8000-000000000000"},
        environmentVariables=[{"name": "A", "value": "", "type": "PLAINTEXT"}, {"name": "B", "value": "/p", "type": "PARAMETER_STORE"},
                              {"name": "C", "value": "s:k", "type": "SECRETS_MANAGER"}]),
    "vpcConfig": {"vpcId": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]},
    "logsConfig": {"cloudWatchLogs": {"status": "ENABLED", "groupName": "g", "streamName": "s"},
                   "s3Logs": {"status": "ENABLED", "location": "bucket/logs", "encryptionDisabled": True, "bucketOwnerAccess": "NONE"}},
    "fileSystemLocations": [{"type": "EFS", "location": "fs-1.efs:/d", "mountPoint": "/mnt", "identifier": "efs", "mountOptions": "nfsvers=4.1"}],
    "buildBatchConfig": {"serviceRole": ROLE_ARN, "combineArtifacts": True, "timeoutInMins": 30, "batchReportMode": "REPORT_AGGREGATED_BATCH",
                         "restrictions": {"maximumBuildsAllowed": 5, "computeTypesAllowed": ["BUILD_GENERAL1_SMALL"]}}}


def echo():
    cb.import_source_credentials(serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN", token="t")  # what auth of type OAUTH needs
    answer = done(kiln.url, "CreateProject", name="all", badgeEnabled=True, **EVERYTHING)["project"]
    for member, value in EVERYTHING.items():
        check_equal(f"CreateProject gives {member} back", answer.get(member), value)
    url = answer["badge"].get("badgeRequestUrl", "")
    check("badgeEnabled adds badgeRequestUrl", answer["badge"]["badgeEnabled"] and url.startswith(
        f"https://codebuild.{REGION}.amazonaws.com/badges?uuid=") and url.endswith("&branch=master"), answer["badge"])
    read = done(kiln.url, "BatchGetProjects", names=["all"])["projects"][0]
    check_equal("BatchGetProjects gives all of it back", read, answer)
    again = done(kiln.url, "UpdateProject", name="all", badgeEnabled=True, **EVERYTHING)["project"]
    check_equal("an update with the same members changes only lastModified", {**again, "lastModified": 0}, {**answer, "lastModified": 0})


def update():
    before = get("all")
    wait_for(lambda: time.time() > before["lastModified"].timestamp() + 0.001, what="the clock's next millisecond", every=0.001)
    after = cb.update_project(name="all", description="new", concurrentBuildLimit=-1, vpcConfig={}, tags=[], badgeEnabled=False,
                              environment=environment(), secondaryArtifacts=[])["project"]
    check("UpdateProject moves lastModified, not created", after["lastModified"] > before["lastModified"] and after["created"] == before["created"], after)
    check_equal("concurrentBuildLimit -1, vpcConfig {} and empty lists remove", ["concurrentBuildLimit" in after, "vpcConfig" in after,
                after["tags"], after["secondaryArtifacts"], after["badge"]], [False, False, [], [], {"badgeEnabled": False}])
    check_equal("a given structure replaces the old one whole", after["environment"], environment(
        environmentVariables=[], privilegedMode=False, imagePullCredentialsType="CODEBUILD"))
    changed = {"description", "concurrentBuildLimit", "vpcConfig", "tags", "badge", "environment", "secondaryArtifacts", "lastModified"}
    check_equal("omitted members stay", {k: v for k, v in after.items() if k not in changed}, {k: v for k, v in before.items() if k not in changed})
    check_refused("a structure without its required member is refused", INVALID, violations((None, "source.type", "Member must not be null")),
                  loose.update_project, name="all", source={"location": "x"})
    check_refused("an update is checked as a whole", INVALID, "Invalid input: when using CodePipeline both sourceType, and artifactType must be "
                  "set to: CODEPIPELINE", cb.update_project, name="all", source={"type": "CODEPIPELINE"})
    check_equal("a refused update changes nothing", get("all"), after)
    check_refused("UpdateProject of none", MISSING, f"Project cannot be found: {arn('gone')}", cb.update_project, name="gone", description="x")


def refusals():
    """Every row of facts §5.2 that CreateProject can meet: what is sent, what is said."""
    lambda_type = {"type": "LINUX_LAMBDA_CONTAINER", "computeType": "BUILD_LAMBDA_1GB"}
    rows = [
        ("bad name", dict(name="a b"), "Only alphanumeric characters, dash, and underscore are supported"),
        ("no source location", dict(source={"type": "GITHUB"}), "Project source location is required"),
        ("not a role", dict(serviceRole="role"), "Invalid service role"),
        ("another account's role", dict(serviceRole="arn:aws:iam::210987654321:role/r"),
         "Invalid service role: Service role account ID does not match caller's account"),
        ("NO_ARTIFACTS with location", dict(artifacts={"type": "NO_ARTIFACTS", "location": "b"}),
         "Invalid artifacts: artifact type NO_ARTIFACTS should have null location"),
        ("NO_ARTIFACTS with name", dict(artifacts={"type": "NO_ARTIFACTS", "name": "n"}),
         "Invalid artifacts: artifact type NO_ARTIFACTS should have null output name"),
        ("CODEPIPELINE artifacts alone", dict(artifacts={"type": "CODEPIPELINE"}),
         "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE"),
        ("CODEPIPELINE source alone", dict(source={"type": "CODEPIPELINE"}),
         "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE"),
        ("buildspec that is not YAML", dict(source={"type": "NO_SOURCE", "buildspec": "buildspec.yml"}),
         "Invalid input: buildspec must be a valid YAML file"),
        ("NO_SOURCE without buildspec", dict(source={"type": "NO_SOURCE"}),
         "Invalid project source: the field 'buildspec' is required when source is of type NO_SOURCE"),
        ("not GitHub", dict(source={"type": "GITHUB", "location": "https://example.com/o/r"}),
         "Invalid project source: source location must be a valid GitHub repository URL"),
        ("version of an S3 folder", dict(source={"type": "S3", "location": "b/folder/"}, sourceVersion="v"),
         "Source version should be empty for S3 folder source location"),
        ("Lambda image on EC2 compute", dict(environment=environment(image="aws/codebuild/amazonlinux-aarch64-lambda-standard:nodejs20")),
         "AWS CodeBuild curated image aws/codebuild/amazonlinux-aarch64-lambda-standard:nodejs20 is not supported for projects with "
         "environment type LINUX_CONTAINER and compute type BUILD_GENERAL1_SMALL"),
        ("compute of another kind", dict(environment=environment(**{**lambda_type, "computeType": "BUILD_GENERAL1_SMALL"})),
         "Invalid compute type provided: BUILD_GENERAL1_SMALL"),
        ("reportBuildStatus without git", dict(source={"type": "S3", "location": "b/k.zip", "reportBuildStatus": True}),
         "Invalid project source: reportBuildStatus is not supported for source type S3"),
        ("encryptionDisabled without S3", dict(artifacts={"type": "NO_ARTIFACTS", "encryptionDisabled": True}),
         "Invalid artifacts: encryptionDisabled is not supported for artifact type NO_ARTIFACTS"),
        ("badge of an S3 source", dict(source={"type": "S3", "location": "b/k.zip"}, badgeEnabled=True),
         "Invalid input: build badges are not supported for source type S3"),
        ("variable twice", dict(environment=environment(environmentVariables=[{"name": "A", "value": "1"}] * 2)),
         "Invalid environment: environment variable A is not unique"),
        ("secondary source twice", dict(secondarySources=[{**GITHUB, "sourceIdentifier": "x"}] * 2),
         "Invalid secondary source: sourceIdentifier x is not unique")]
    for name, change, text in rows:
        check_refused(f"refused: {name}", INVALID, text, cb.create_project, **args(**{"name": "refused", **change}))
    check_refused("refused: exists already", EXISTS, f"Project already exists: {arn('none')}", cb.create_project, **args("none"))
    check_equal("nothing refused was made", cb.batch_get_projects(names=["refused"])["projectsNotFound"], ["refused"])


def constraints():
    """What the model forbids, as AWS words it; every violation is told at once."""
    computes = ", ".join(MODEL["shapes"]["ComputeType"]["enum"])
    least, most = "Member must have value greater than or equal to {}".format, "Member must have value less than or equal to {}".format
    rows = [
        ("enum", dict(environment=environment(computeType="HUGE")),
         violations(("HUGE", "environment.computeType", f"Member must satisfy enum value set: [{computes}]"))),
        ("below the range", dict(timeoutInMinutes=4), violations((4, "timeoutInMinutes", least(5)))),
        ("above the range", dict(queuedTimeoutInMinutes=481), violations((481, "queuedTimeoutInMinutes", most(480)))),
        ("length", dict(description="d" * 256),
         violations(("d" * 256, "description", "Member must have length less than or equal to 255"))),
        ("two at once", dict(timeoutInMinutes=2161, queuedTimeoutInMinutes=4),
         violations((2161, "timeoutInMinutes", most(2160)), (4, "queuedTimeoutInMinutes", least(5)))),
        ("inside a list", dict(environment=environment(environmentVariables=[{"name": "A", "value": "1"}, {"value": "2"}])),
         violations((None, "environment.environmentVariables.2.member.name", "Member must not be null")))]
    for name, change, text in rows:
        check_refused(f"constraint: {name}", INVALID, text, loose.create_project, **args(**{"name": "refused", **change}))
    check_refused("constraint: required members, all of them", INVALID, violations(
        *[(None, member, "Member must not be null") for member in ("name", "source", "artifacts", "environment", "serviceRole")]), loose.create_project)
    check_refused("constraint: at least one name", INVALID, violations(
        ("[]", "names", "Member must have length greater than or equal to 1")), loose.batch_get_projects, names=[])
    shape, text = raised(cb.batch_get_projects, {"names": [f"n{i}" for i in range(101)]})
    check("constraint: at most 100 names", shape == INVALID and text.startswith("1 validation error detected: Value '[n0, n1, ") and
          text.endswith("' at 'names' failed to satisfy constraint: Member must have length less than or equal to 100"), (shape, text))


def many():
    """Lists: sort orders, pages of 100, tokens; batches keep the order asked."""
    born = {}
    for i in range(105):
        made = done(kiln.url, "CreateProject", "eu-west-1", **args(f"m{(i * 37) % 105:03}"))["project"]
        born[made["name"]] = made["created"]
    eu = client("codebuild", kiln.url, region="eu-west-1")
    names = sorted(f"m{i:03}" for i in range(105))
    created = sorted(born, key=lambda name: (born[name], name))  # some in the same millisecond
    paged = lambda **o: [n for page in eu.get_paginator("list_projects").paginate(**o) for n in page["projects"]]
    check_equal("ListProjects: by name, ascending", paged(), names)
    check_equal("ListProjects: descending", paged(sortOrder="DESCENDING"), names[::-1])
    check_equal("ListProjects: by creation", paged(sortBy="CREATED_TIME", sortOrder="ASCENDING"), created)
    eu.update_project(name="m000", description="touched")
    check_equal("ListProjects: the last changed first", paged(sortBy="LAST_MODIFIED_TIME", sortOrder="DESCENDING")[0], "m000")
    first = eu.list_projects()
    check("ListProjects: 100 a page", len(first["projects"]) == 100 and first.get("nextToken"), len(first["projects"]))
    check("ListProjects: the last page has no token", "nextToken" not in eu.list_projects(nextToken=first["nextToken"]))
    check_refused("ListProjects: a token of nobody's", INVALID, "Invalid next token provided", eu.list_projects, nextToken="nonsense")
    check_refused("ListProjects: a token of another order", INVALID, "Invalid next token provided", eu.list_projects,
                  nextToken=first["nextToken"], sortOrder="DESCENDING")
    got = eu.batch_get_projects(names=["m002", "nobody", arn("m001", "eu-west-1"), "m002", "not a name"])
    check_equal("BatchGetProjects: names and ARNs, once each, in the order asked", ([p["name"] for p in got["projects"]], got["projectsNotFound"]),
                (["m002", "m001"], ["nobody", "not a name"]))
    check_equal("regions are apart: names", [n for n in cb.list_projects()["projects"] if n.startswith("m0")], [])
    check_equal("regions are apart: ARNs", [p["arn"] for p in eu.batch_get_projects(names=["m001"])["projects"]], [arn("m001", "eu-west-1")])
    check_equal("regions are apart: the key's ARN", get("m001", eu)["encryptionKey"], f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/aws/s3")


def removal():
    check_equal("DeleteProject of none succeeds", [k for k in cb.delete_project(name="never") if k != "ResponseMetadata"], [])
    cb.create_project(**args("dies"))
    cb.delete_project(name=arn("dies"))
    check_equal("DeleteProject deletes, by ARN too", cb.batch_get_projects(names=["dies"])["projectsNotFound"], ["dies"])
    check("a deleted name is free again", cb.create_project(**args("dies"))["project"]["name"] == "dies")
    check_equal("InvalidateProjectCache", [k for k in cb.invalidate_project_cache(projectName="dies") if k != "ResponseMetadata"], [])
    check_refused("InvalidateProjectCache of none", MISSING, f"Project cannot be found: {arn('gone')}", cb.invalidate_project_cache, projectName="gone")


def images():
    platforms = cb.list_curated_environment_images()["platforms"]
    names = [i["name"] for p in platforms for language in p["languages"] for i in language["images"]]
    check("ListCuratedEnvironmentImages has the standard image", "aws/codebuild/standard:7.0" in names, names)
    whole = all(i["versions"] and i["description"] for p in platforms for language in p["languages"] for i in language["images"])
    check("each image with a description and versions", whole, platforms)


def not_built():
    """The operations that are not built yet validate, then say so; nobody is told a success."""
    rest = sorted(set(MODEL["operations"]) - IMPLEMENTED)
    check_equal("operations in all, and those not built", (len(MODEL["operations"]), len(rest)), (59, 42))
    for operation in rest:
        shape = MODEL["operations"][operation]["input"]
        check_answer(f"{operation}: 501", call(kiln.url, operation, **least_of(shape)), 501, "NotImplementedException",
                     f"{operation} is not implemented by Kiln yet")
        required = MODEL["shapes"][shape].get("required", [])
        if required:
            check_answer(f"{operation}: validates first", call(kiln.url, operation), 400, INVALID, violations(
                *[(None, member, "Member must not be null") for member in required]))


def protocol():
    def sent(body, target="CodeBuild_20161006.BatchGetProjects"):
        status, headers, text = post(kiln.url, target, body)
        return status, json.loads(text), headers
    rows = [("malformed JSON", '{"names": [', "SerializationException"), ("not an object", '["p"]', "SerializationException"),
            ("wrong type", '{"names": "p"}', "SerializationException"), ("not UTF-8", b'{"names": ["\xff"]}', "SerializationException")]
    for name, body, shape in rows:
        status, answer, headers = sent(body)
        check(f"{name}: {shape}, with a message and a request id", (status, answer["__type"]) == (400, shape) and answer["message"]
              and headers["x-amzn-RequestId"] and headers["Content-Type"] == "application/x-amz-json-1.1", (status, answer, dict(headers)))
    for target in ("CodeBuild_20161006.Dance", "NoService_1.BatchGetProjects", "Nonsense"):
        status, answer, _ = sent("{}", target)
        check(f"target {target}: UnknownOperationException", (status, answer["__type"]) == (400, "UnknownOperationException") and answer["message"], answer)
    check_equal("members nobody knows are passed over, nulls are absent", sent('{"names": ["none"], "shoes": 2}')[0], 200)
    check_equal("an empty body is an empty object", post(kiln.url, "CodeBuild_20161006.ListProjects", "")[0], 200)


with kiln_server(env={"SIMFRA_DOCKER": "0", "KILN_ACCOUNT": ACCOUNT}) as kiln:
    cb = client("codebuild", kiln.url)
    loose = client("codebuild", kiln.url, parameter_validation=False)
    run(defaults, echo, update, refusals, constraints, many, removal, images, not_built, protocol)
finish()
