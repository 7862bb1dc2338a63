#!/usr/bin/env python3
"""Parameter Store with the aws CLI and boto3: every operation, read back, refusals, paginators; what SecureStrings leave on disk."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from awsjson import check_refused
from harness import *
from secrets_at_rest import *

require("kiln", "boto3", "aws")

ACCOUNT = "000000000000"
VISIBLE = "kQ7-clear-text-that-may-be-seen-Zw3"
HIDDEN = "kQ7-clear-text-of-a-parameter-Zw3"


def cli(*words):
    """The aws CLI's parsed answer; its error text when it fails."""
    status, answer, error = aws(kiln.url, "ssm", *words)
    return answer if status == 0 else error


def by_cli():
    put = ("put-parameter", "--name", "/cli/a", "--value", "one", "--type", "String")
    check_equal("put-parameter", cli(*put), {"Version": 1, "Tier": "Standard"})
    check("put-parameter twice: ParameterAlreadyExists", "(ParameterAlreadyExists)" in cli(*put), cli(*put))
    check_equal("put-parameter --overwrite", cli(*put, "--overwrite")["Version"], 2)
    got = cli("get-parameter", "--name", "/cli/a")["Parameter"]
    check_equal("get-parameter", (got["Value"], got["Version"], got["ARN"], got["DataType"]),
                ("one", 2, f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/cli/a", "text"))
    cli("put-parameter", "--name", "/cli/s", "--value", HIDDEN, "--type", "SecureString")
    check_equal("get-parameter --with-decryption", cli("get-parameter", "--name", "/cli/s", "--with-decryption")["Parameter"]["Value"], HIDDEN)
    check("get-parameter without: opaque", HIDDEN not in json.dumps(cli("get-parameter", "--name", "/cli/s")))
    several = cli("get-parameters", "--names", "/cli/a", "/cli/none")
    check_equal("get-parameters", ([p["Name"] for p in several["Parameters"]], several["InvalidParameters"]), (["/cli/a"], ["/cli/none"]))
    check_equal("get-parameters-by-path", [p["Name"] for p in cli("get-parameters-by-path", "--path", "/cli")["Parameters"]], ["/cli/a", "/cli/s"])
    check_equal("describe-parameters", [p["Name"] for p in cli("describe-parameters", "--parameter-filters", "Key=Type,Values=SecureString")["Parameters"]], ["/cli/s"])
    check_equal("get-parameter-history", [p["Version"] for p in cli("get-parameter-history", "--name", "/cli/a")["Parameters"]], [1, 2])
    check_equal("label-parameter-version", cli("label-parameter-version", "--name", "/cli/a", "--parameter-version", "1", "--labels", "prod"),
                {"InvalidLabels": [], "ParameterVersion": 1})
    check_equal("get-parameter name:label", cli("get-parameter", "--name", "/cli/a:prod")["Parameter"]["Version"], 1)
    check_equal("unlabel-parameter-version", cli("unlabel-parameter-version", "--name", "/cli/a", "--parameter-version", "1", "--labels", "prod", "x"),
                {"RemovedLabels": ["prod"], "InvalidLabels": ["x"]})
    of = ("--resource-type", "Parameter", "--resource-id", "/cli/a")
    cli("add-tags-to-resource", *of, "--tags", "Key=team,Value=red", "Key=x,Value=y")
    cli("remove-tags-from-resource", *of, "--tag-keys", "x")
    check_equal("list-tags-for-resource", cli("list-tags-for-resource", *of)["TagList"], [{"Key": "team", "Value": "red"}])
    check_equal("delete-parameter", cli("delete-parameter", "--name", "/cli/a"), None)
    check_equal("delete-parameters", cli("delete-parameters", "--names", "/cli/s", "/cli/a"), {"DeletedParameters": ["/cli/s"], "InvalidParameters": ["/cli/a"]})
    check("get-parameter of a deleted one", "(ParameterNotFound)" in cli("get-parameter", "--name", "/cli/a"))
    check("an operation that is not built says so", "not implemented by Kiln" in cli("list-documents"), cli("list-documents"))


def versions_and_selectors():
    for number in range(1, 4):
        ssm.put_parameter(Name="/v/p", Value=str(number), Type="String", Overwrite=number > 1)
    ssm.label_parameter_version(Name="/v/p", ParameterVersion=2, Labels=["live"])
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/v/p"
    for asked, value in (("/v/p", "3"), ("/v/p:1", "1"), ("/v/p:live", "2"), (arn, "3"), (arn + ":2", "2")):
        check_equal(f"GetParameter {asked}", ssm.get_parameter(Name=asked)["Parameter"]["Value"], value)
    check_refused("a version that is not there", "ParameterVersionNotFound",
                  "Systems Manager could not find version 9 of /v/p. Verify the version and try again.", ssm.get_parameter, Name="/v/p:9")
    check_refused("a name that is not there", "ParameterNotFound", "Parameter /v/none not found.", ssm.get_parameter, Name="/v/none")


def refusals():
    rows = [("HierarchyLevelLimitExceededException", dict(Name="/l" * 16, Type="String")),
            ("InvalidAllowedPatternException", dict(Name="/r", Type="String", AllowedPattern="[")),
            ("ParameterPatternMismatchException", dict(Name="/r", Type="String", AllowedPattern="\\d+")),
            ("ValidationException", dict(Name="aws-x", Type="String")), ("ValidationException", dict(Name="a b", Type="String")),
            ("ValidationException", dict(Name="/r", Type="String", DataType="none")), ("ValidationException", dict(Name="/r"))]
    for shape, arguments in rows:
        try:
            ssm.put_parameter(Value="v", **arguments)
            check(f"PutParameter {arguments}: {shape}", False, "was done")
        except ssm.exceptions.ClientError as error:
            check_equal(f"PutParameter {arguments}: {shape}", error.response["Error"]["Code"], shape)
    for size, tier, fits in ((4096, "Standard", True), (4097, "Standard", False), (8192, "Advanced", True), (8193, "Advanced", False)):
        try:
            ssm.put_parameter(Name=f"/size/{size}{tier}", Value="v" * size, Type="String", Tier=tier)
            check(f"{size} characters in {tier}", fits)
        except ssm.exceptions.ClientError as error:
            check(f"{size} characters in {tier}", not fits and f"{tier} tier" in str(error), str(error))
    check_equal("Intelligent-Tiering chooses", ssm.put_parameter(Name="/size/i", Value="v" * 5000, Type="String", Tier="Intelligent-Tiering")["Tier"], "Advanced")


def pages():
    for number in range(25):
        ssm.put_parameter(Name=f"/pages/{number:02}", Value="v", Type="String")
    expected = [f"/pages/{number:02}" for number in range(25)]
    for operation, arguments in (("get_parameters_by_path", {"Path": "/pages"}),
                                 ("describe_parameters", {"ParameterFilters": [{"Key": "Path", "Values": ["/pages"]}], "PaginationConfig": {"PageSize": 7}})):
        found = [p["Name"] for page in ssm.get_paginator(operation).paginate(**arguments) for p in page["Parameters"]]
        check_equal(f"paginator of {operation}", found, expected)
    for number in range(12):
        ssm.put_parameter(Name="/history", Value=str(number), Type="String", Overwrite=number > 0)
    found = [p["Value"] for page in ssm.get_paginator("get_parameter_history").paginate(Name="/history", PaginationConfig={"PageSize": 5}) for p in page["Parameters"]]
    check_equal("paginator of get_parameter_history", found, [str(number) for number in range(12)])
    other = client("ssm", kiln.url, region="eu-west-1")
    check_equal("another region has none of them", other.describe_parameters()["Parameters"], [])


def at_rest():
    names = [f"/rest/{number}" for number in range(20)]
    for name in names:
        ssm.put_parameter(Name=name, Value=HIDDEN + name, Type="SecureString")
        ssm.put_parameter(Name=name, Value=HIDDEN + name, Type="SecureString", Overwrite=True)
    ssm.put_parameter(Name="/rest-not-secret", Value=VISIBLE, Type="String")
    check("the search for clear text finds what is no secret", files_with(kiln, VISIBLE))
    check_hidden(kiln, HIDDEN)
    kiln.kill9()
    kiln.start()
    read = {p["Name"]: p["Value"] for p in ssm.get_paginator("get_parameters_by_path").paginate(Path="/rest", WithDecryption=True).build_full_result()["Parameters"]}
    check_equal("kill -9 after the answers loses no parameter", read, {name: HIDDEN + name for name in names})
    check_hidden(kiln, HIDDEN)
    check_lost_key(kiln, lambda: ssm.get_parameter(Name="/rest/0", WithDecryption=True))
    check_equal("and with the key file back it is read again", ssm.get_parameter(Name="/rest/0", WithDecryption=True)["Parameter"]["Value"], HIDDEN + "/rest/0")


with kiln_server("--set", "engine.enabled=false") as kiln:
    ssm = client("ssm", kiln.url)
    run(by_cli, versions_and_selectors, refusals, pages, at_rest)
finish()
