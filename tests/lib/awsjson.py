"""AWS JSON 1.1 without an SDK, for what an older boto3 does not know or would not send, and checks of refusals."""

import json
import urllib.error
import urllib.request

from harness import REGION, ROOT, check_equal

MODEL = json.loads((ROOT / "api/model/codebuild.json").read_text())
IMPLEMENTED = {
    "CreateProject", "UpdateProject", "DeleteProject", "BatchGetProjects", "ListProjects", "StartBuild", "StopBuild", "RetryBuild",
    "BatchGetBuilds", "BatchDeleteBuilds", "ListBuilds", "ListBuildsForProject", "InvalidateProjectCache", "ListCuratedEnvironmentImages",
    "ImportSourceCredentials", "ListSourceCredentials", "DeleteSourceCredentials"}


def post(url, target, body, region=REGION):
    """Status, headers and text of one call; `body` is sent as it is."""
    scope = f"AKIDEXAMPLE/20260101/{region}/codebuild/aws4_request"
    request = urllib.request.Request(url, data=body if isinstance(body, bytes) else body.encode(), method="POST", headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def call(url, operation, region=REGION, /, **members):
    """Status and parsed answer of a CodeBuild operation."""
    status, _, text = post(url, f"CodeBuild_20161006.{operation}", json.dumps(members), region)
    return status, json.loads(text)


def done(url, operation, region=REGION, /, **members):
    """The answer of a call that must succeed."""
    status, answer = call(url, operation, region, **members)
    if status != 200:
        raise RuntimeError(f"{operation}: HTTP {status} {answer}")
    return answer


def raised(function, arguments):
    """What a boto3 call raises: (exception's class name, text), or (None, its answer)."""
    from botocore.exceptions import ClientError
    try:
        return None, function(**arguments)
    except ClientError as error:
        return type(error).__name__, error.response["Error"]["Message"]


def check_refused(name, shape, text, function, /, **arguments):
    """A boto3 call that ends in the modelled exception `shape`, saying exactly `text`."""
    return check_equal(name, raised(function, arguments), (shape, text))


def check_answer(name, got, status, shape, text):
    """The (status, answer) of `call` is that error."""
    return check_equal(name, got, (status, {"__type": shape, "message": text}))


def violations(*found):
    """The text of constraint violations, each (value, where, constraint), told in the order of their places."""
    said = "; ".join("Value " + ("null " if value is None else f"'{value}' ") + f"at '{where}' failed to satisfy constraint: {what}"
                     for value, where, what in sorted(found, key=lambda one: one[1]))
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {said}"


def least_of(shape_name):
    """The smallest value that the model allows for a shape."""
    shape = MODEL["shapes"][shape_name]
    kind = shape["type"]
    if kind == "structure":
        return {name: least_of(shape["members"][name]) for name in shape.get("required", [])}
    if kind == "list":
        return [least_of(shape["member"])] * max(1, int(shape.get("min", 0)))
    if kind == "string":
        return shape["enum"][0] if "enum" in shape else "x" * max(2, int(shape.get("min", 0)))
    return True if kind == "boolean" else int(shape.get("min", 1))
