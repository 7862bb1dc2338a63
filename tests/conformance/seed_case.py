#!/usr/bin/env python3
"""The case Kiln was begun for, command for command: a repository with a Python project, a bucket, a project, a build; its phases, its
objects in the bucket, its log."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import io
import shlex
import zipfile

require("kiln", "image", "aws")

FILES = {
    "buildspec.yml": """version: 0.2
env:
  variables:
    APP_ENV: test
    APP_VERSION: "1.4"
phases:
  install:
    commands:
      - pip install -r requirements.txt
  pre_build:
    commands:
      - pytest
  build:
    commands:
      - python setup.py bdist_wheel
  post_build:
    commands:
      - echo "built my-app $APP_VERSION for $APP_ENV"
artifacts:
  base-directory: dist
  files:
    - "**/*"
""",
    "requirements.txt": "# none: this project stands by itself\n",
    "setup.py": "import os\nfrom setuptools import setup\nsetup(name='my_app', version=os.environ['APP_VERSION'], packages=['my_app'])\n",
    "my_app/__init__.py": "def add(a, b):\n    return a + b\n",
    "test_my_app.py": "from my_app import add\n\n\ndef test_adds():\n    assert add(2, 3) == 5\n",
}

SOURCE = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/my-app"
CREATE = f"""codebuild create-project --name my-build --source type=CODECOMMIT,location={SOURCE}
    --artifacts type=S3,location=my-artifacts
    --environment type=LINUX_CONTAINER,computeType=BUILD_GENERAL1_SMALL,image=aws/codebuild/standard:7.0
    --service-role arn:aws:iam::000000000000:role/codebuild-role"""

PHASES = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS",
          "FINALIZING", "COMPLETED"]


def cli(text, *more):
    status, answer, error = aws(kiln.url, *shlex.split(text), *more)
    if status != 0:
        raise RuntimeError(f"aws {text}: {error}")
    return answer


def plain(*words):
    """The aws CLI for what answers bytes or text."""
    done = subprocess.run(["aws", "--endpoint-url", kiln.url, *words], env=aws_env(), stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"aws {words}: {done.stderr.decode()}")
    return done.stdout


def push(folder):
    def git(*words):
        subprocess.run(["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.com", *words], check=True, capture_output=True,
                       stdin=subprocess.DEVNULL, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"})
    for name, text in FILES.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "my app")
    git("push", "-q", f"{kiln.url}/v1/repos/my-app", "main")
    return subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def seed_case():
    cli("codecommit create-repository --repository-name my-app")
    with tempfile.TemporaryDirectory(prefix="kiln-seed-") as folder:
        commit = push(folder)
    plain("s3", "mb", "s3://my-artifacts")
    created = cli(CREATE)["project"]
    check_equal("the project is made as asked", (created["name"], created["source"]["location"], created["artifacts"]["location"]),
                ("my-build", SOURCE, "my-artifacts"))
    build_id = cli("codebuild start-build --project-name my-build")["build"]["id"]
    build = wait_for(lambda: (lambda b: b["buildComplete"] and b)(cli("codebuild batch-get-builds --ids", build_id)["builds"][0]), 600,
                     "the build completes", every=0.3)
    if not check_equal("it succeeds", build["buildStatus"], "SUCCEEDED"):
        note(kiln.build_log(build_id))
        return
    check_equal("through the eleven phases", [p["phaseType"] for p in build["phases"]], PHASES)
    check_equal("of the commit that was pushed", build["resolvedSourceVersion"], commit)
    check_equal("its artifacts are where it says", build["artifacts"]["location"], "arn:aws:s3:::my-artifacts/my-build")
    outcome(build_id)


def log_of(group, build_id):
    """As `aws logs tail` shows it, or what an aws CLI 1, which has no such command, reads of the stream."""
    if b"aws-cli/1" not in subprocess.run(["aws", "--version"], capture_output=True).stdout:
        return plain("logs", "tail", group, "--since", "1h", "--format", "short").decode()
    events = cli(f"logs get-log-events --start-from-head --log-group-name {group} --log-stream-name", build_id.split(":")[1])["events"]
    return "".join(event["message"] for event in events)


def outcome(build_id):
    wheel = "my_app-1.4-py3-none-any.whl"
    keys = [o["Key"] for o in cli("s3api list-objects-v2 --bucket my-artifacts")["Contents"]]
    check_equal("the bucket has the wheel and nothing else", keys, [f"my-build/{wheel}"])
    names = zipfile.ZipFile(io.BytesIO(plain("s3", "cp", f"s3://my-artifacts/my-build/{wheel}", "-"))).namelist()
    check("the wheel is whole", "my_app/__init__.py" in names, names)
    log = log_of("/aws/codebuild/my-build", build_id)
    told = ["Running on CodeBuild On-demand", "Running command pip install -r requirements.txt", "1 passed", "running bdist_wheel",
            "built my-app 1.4 for test", "Phase complete: POST_BUILD State: SUCCEEDED", "Expanding base directory path: dist",
            "Expanding **/*", "Found 1 file(s)", "Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED"]
    at = [log.find(line) for line in told]
    check("the log tells all of it, in order", -1 not in at and at == sorted(at), lambda: f"{list(zip(told, at))}\n{log}")
    check_no_leftovers("no container is left", [build_id])


with kiln_server() as kiln:
    run(seed_case)
finish()
