#!/usr/bin/env python3
"""Secrets Manager with the aws CLI and boto3: every operation, read back, refusals, paginators; what secrets leave on disk."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from awsjson import check_refused
from harness import *
from secrets_at_rest import *

require("kiln", "boto3", "aws")

HIDDEN = "kQ7-clear-text-of-a-secret-Zw3"
MARKED = "You can't perform this operation on the secret because it was marked for deletion."
NOT_THERE = "Secrets Manager can't find the specified secret."


def cli(*words):
    """The aws CLI's parsed answer; its error text when it fails."""
    status, answer, error = aws(kiln.url, "secretsmanager", *words)
    return answer if status == 0 else error


def token(letter):
    return letter * 32


def by_cli():
    made = cli("create-secret", "--name", "cli/a", "--secret-string", "one", "--description", "d", "--tags", "Key=team,Value=red")
    arn = made["ARN"]
    check("create-secret", arn.startswith(f"arn:aws:secretsmanager:{REGION}:000000000000:secret:cli/a-") and len(arn.rsplit("-", 1)[1]) == 6, made)
    for asked in ("cli/a", arn, arn[:-7]):
        check_equal(f"get-secret-value {asked}", cli("get-secret-value", "--secret-id", asked)["SecretString"], "one")
    put = cli("put-secret-value", "--secret-id", "cli/a", "--secret-string", "two")
    check_equal("put-secret-value", put["VersionStages"], ["AWSCURRENT"])
    check_equal("get-secret-value --version-stage", cli("get-secret-value", "--secret-id", "cli/a", "--version-stage", "AWSPREVIOUS")["SecretString"], "one")
    check_equal("get-secret-value --version-id", cli("get-secret-value", "--secret-id", "cli/a", "--version-id", made["VersionId"])["SecretString"], "one")
    check("update-secret", "VersionId" in cli("update-secret", "--secret-id", "cli/a", "--secret-string", "three", "--description", "e"))
    described = cli("describe-secret", "--secret-id", "cli/a")
    check_equal("describe-secret", (described["Description"], described["Tags"], sorted(map(str, described["VersionIdsToStages"].values()))),
                ("e", [{"Key": "team", "Value": "red"}], ["['AWSCURRENT']", "['AWSPREVIOUS']"]))
    listed = cli("list-secret-version-ids", "--secret-id", "cli/a", "--include-deprecated")
    check_equal("list-secret-version-ids", len(listed["Versions"]), 3)
    check_equal("list-secrets", [s["Name"] for s in cli("list-secrets", "--filters", "Key=tag-value,Values=red")["SecretList"]], ["cli/a"])
    current = cli("get-secret-value", "--secret-id", "cli/a")["VersionId"]
    cli("update-secret-version-stage", "--secret-id", "cli/a", "--version-stage", "AWSCURRENT", "--remove-from-version-id", current, "--move-to-version-id", put["VersionId"])
    check_equal("update-secret-version-stage", cli("get-secret-value", "--secret-id", "cli/a")["SecretString"], "two")
    cli("tag-resource", "--secret-id", "cli/a", "--tags", "Key=x,Value=y")
    cli("untag-resource", "--secret-id", "cli/a", "--tag-keys", "team")
    check_equal("tag-resource, untag-resource", cli("describe-secret", "--secret-id", "cli/a")["Tags"], [{"Key": "x", "Value": "y"}])
    policy = '{"Version":"2012-10-17","Statement":[]}'
    cli("put-resource-policy", "--secret-id", "cli/a", "--resource-policy", policy)
    check_equal("put-resource-policy, get-resource-policy", cli("get-resource-policy", "--secret-id", "cli/a")["ResourcePolicy"], policy)
    cli("delete-resource-policy", "--secret-id", "cli/a")
    check("delete-resource-policy", "ResourcePolicy" not in cli("get-resource-policy", "--secret-id", "cli/a"))
    check_equal("get-random-password", len(cli("get-random-password", "--password-length", "20")["RandomPassword"]), 20)
    check_equal("batch-get-secret-value", [v["SecretString"] for v in cli("batch-get-secret-value", "--secret-id-list", "cli/a")["SecretValues"]], ["two"])
    check("delete-secret", "DeletionDate" in cli("delete-secret", "--secret-id", "cli/a", "--recovery-window-in-days", "7"))
    check("get-secret-value of a deleted one", MARKED in cli("get-secret-value", "--secret-id", "cli/a"))
    check_equal("restore-secret", cli("restore-secret", "--secret-id", "cli/a")["Name"], "cli/a")
    cli("delete-secret", "--secret-id", "cli/a", "--force-delete-without-recovery")
    check("delete-secret --force-delete-without-recovery", NOT_THERE in cli("describe-secret", "--secret-id", "cli/a"))
    check("an operation that is not built says so", "not implemented by Kiln" in cli("rotate-secret", "--secret-id", "x"), cli("rotate-secret", "--secret-id", "x"))


def idempotency():
    first = sm.create_secret(Name="i", SecretString="v", ClientRequestToken=token("a"))
    again = sm.create_secret(Name="i", SecretString="v", ClientRequestToken=token("a"))
    check_equal("the same token and value: the same answer", (again["ARN"], again["VersionId"]), (first["ARN"], token("a")))
    check_refused("the same token, another value", "ResourceExistsException", "The operation failed because the secret i already exists.",
                  sm.create_secret, Name="i", SecretString="w", ClientRequestToken=token("a"))
    sm.put_secret_value(SecretId="i", SecretString="w", ClientRequestToken=token("b"))
    check_equal("a repeated put", sm.put_secret_value(SecretId="i", SecretString="w", ClientRequestToken=token("b"))["VersionStages"], ["AWSCURRENT"])
    check_refused("a put with a used token and another value", "ResourceExistsException",
                  f"You can't use ClientRequestToken {token('b')} because that value is already in use for a version of secret {first['ARN']}.",
                  sm.put_secret_value, SecretId="i", SecretString="x", ClientRequestToken=token("b"))


def binary():
    value = bytes(range(256)) * 200
    sm.create_secret(Name="bin", SecretBinary=value)
    check_equal("a binary secret", sm.get_secret_value(SecretId="bin")["SecretBinary"], value)


def refusals():
    sm.create_secret(Name="r", SecretString="v")
    rows = [("ResourceNotFoundException", NOT_THERE, sm.get_secret_value, dict(SecretId="none")),
            ("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: x", sm.get_secret_value, dict(SecretId="r", VersionStage="x")),
            ("InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).", sm.delete_secret, dict(SecretId="r", RecoveryWindowInDays=3)),
            ("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
             sm.delete_secret, dict(SecretId="r", RecoveryWindowInDays=9, ForceDeleteWithoutRecovery=True)),
            ("InvalidRequestException", "You must provide either SecretString or SecretBinary.", sm.put_secret_value, dict(SecretId="r")),
            ("InvalidNextTokenException", "The NextToken value is invalid.", sm.list_secrets, dict(NextToken="x"))]
    for shape, text, function, arguments in rows:
        check_refused(f"{function.__name__} {arguments}", shape, text, function, **arguments)
    sm.delete_secret(SecretId="r")
    check_refused("a deleted secret", "InvalidRequestException", MARKED, sm.get_secret_value, SecretId="r")
    check_refused("its name is taken", "InvalidRequestException",
                  "You can't create this secret because a secret with this name is already scheduled for deletion.", sm.create_secret, Name="r")


def pages():
    names = [f"page{number:02}" for number in range(25)]
    for name in names:
        sm.create_secret(Name=name, SecretString="v")
    paged = sm.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": ["page"]}], SortOrder="asc", PaginationConfig={"PageSize": 4})
    check_equal("paginator of list_secrets", [s["Name"] for page in paged for s in page["SecretList"]], names)
    check_equal("another region has none of them", client("secretsmanager", kiln.url, region="eu-west-1").list_secrets()["SecretList"], [])


def at_rest():
    names = [f"rest/{number}" for number in range(20)]
    for name in names:
        sm.create_secret(Name=name, SecretString=HIDDEN)
        sm.put_secret_value(SecretId=name, SecretBinary=(HIDDEN + name).encode())
    check_hidden(kiln, HIDDEN)
    kiln.kill9()
    kiln.start()
    check_equal("kill -9 after the answers loses no secret", [sm.get_secret_value(SecretId=name)["SecretBinary"].decode() for name in names], [HIDDEN + n for n in names])
    check_equal("nor a version", sm.get_secret_value(SecretId=names[0], VersionStage="AWSPREVIOUS")["SecretString"], HIDDEN)
    check_hidden(kiln, HIDDEN)
    check_lost_key(kiln, lambda: sm.get_secret_value(SecretId=names[0]))
    check_equal("and with the key file back it is read again", sm.get_secret_value(SecretId=names[0])["SecretBinary"].decode(), HIDDEN + names[0])


with kiln_server("--set", "engine.enabled=false") as kiln:
    sm = client("secretsmanager", kiln.url)
    run(by_cli, idempotency, binary, refusals, pages, at_rest)
finish()
