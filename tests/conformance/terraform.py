#!/usr/bin/env python3
"""Terraform's AWS provider against Kiln: projects with every kind of argument are made, show no drift, change in place, and go."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "boto3")

# Where a machine may keep providers that it cannot download: Terraform's own places, and any folder of /opt.
PLACES = [pathlib.Path.home() / ".terraform.d/plugins", pathlib.Path("/usr/local/share/terraform/plugins"),
          pathlib.Path("/usr/share/terraform/plugins"), *sorted(pathlib.Path("/opt").glob("*"))]
MIRROR = next((place for place in PLACES if (place / "registry.terraform.io/hashicorp/aws").is_dir()), PLACES[0])
CACHE = BUILD / "terraform"

MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "changed" { default = false }

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "kiln"
  secret_key                  = "kiln"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  max_retries                 = 1
  endpoints { codebuild = "@URL@" }
}

resource "aws_codebuild_project" "least" {
  name         = "least"
  service_role = "@ROLE@"
  artifacts { type = "NO_ARTIFACTS" }
  environment {
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "kiln/build:latest"
    type         = "LINUX_CONTAINER"
  }
  source {
    type      = "NO_SOURCE"
    buildspec = "version: 0.2\\nphases:\\n  build:\\n    commands:\\n      - echo ${var.changed ? "changed" : "first"}\\n"
  }
}

resource "aws_codebuild_project" "most" {
  name                   = "most"
  description            = var.changed ? "changed" : "everything"
  service_role           = "@ROLE@"
  build_timeout          = var.changed ? 30 : 25
  queued_timeout         = 15
  concurrent_build_limit = var.changed ? null : 2
  badge_enabled          = true
  encryption_key         = "arn:aws:kms:eu-central-1:000000000000:key/k"
  source_version         = "main"
  tags = { team = "a", stage = var.changed ? "two" : "one" }

  artifacts {
    type                   = "S3"
    location               = "bucket"
    path                   = "/out"
    name                   = "app.zip"
    packaging              = "ZIP"
    namespace_type         = "BUILD_ID"
    override_artifact_name = true
    encryption_disabled    = true
    bucket_owner_access    = "READ_ONLY"
  }
  secondary_artifacts {
    artifact_identifier = "docs"
    type                = "S3"
    location            = "bucket"
    name                = "docs"
  }
  dynamic "secondary_artifacts" {
    for_each = var.changed ? [] : ["more"]
    content {
      artifact_identifier = secondary_artifacts.value
      type                = "S3"
      location            = "bucket"
      name                = "more"
      packaging           = "ZIP"
    }
  }
  cache {
    type  = "LOCAL"
    modes = ["LOCAL_SOURCE_CACHE", "LOCAL_CUSTOM_CACHE"]
  }
  environment {
    compute_type                = var.changed ? "BUILD_GENERAL1_MEDIUM" : "BUILD_GENERAL1_SMALL"
    image                       = "registry.example/image:1"
    type                        = "LINUX_CONTAINER"
    image_pull_credentials_type = "SERVICE_ROLE"
    privileged_mode             = true
    certificate                 = "bucket/cert.pem"
    registry_credential {
      credential          = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:registry-AbCdEf"
      credential_provider = "SECRETS_MANAGER"
    }
    environment_variable {
      name  = "PLAIN"
      value = var.changed ? "two" : "one"
    }
    environment_variable {
      name  = "PARAMETER"
      value = "/p"
      type  = "PARAMETER_STORE"
    }
    environment_variable {
      name  = "SECRET"
      value = "s:k"
      type  = "SECRETS_MANAGER"
    }
  }
  source {
    type                = "GITHUB"
    location            = "https://github.com/o/r.git"
    git_clone_depth     = 1
    insecure_ssl        = false
    report_build_status = true
    buildspec           = "ci/buildspec.yml"
    git_submodules_config { fetch_submodules = true }
    build_status_config {
      context    = "kiln"
      target_url = "https://example.com/"
    }
  }
  secondary_sources {
    source_identifier = "code"
    type              = "CODECOMMIT"
    location          = "https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/r"
    git_submodules_config { fetch_submodules = false }
  }
  secondary_sources {
    source_identifier = "bits"
    type              = "BITBUCKET"
    location          = "https://bitbucket.org/o/r"
    git_clone_depth   = 2
  }
  secondary_sources {
    source_identifier = "files"
    type              = "S3"
    location          = "bucket/key.zip"
  }
  secondary_source_version {
    source_identifier = "bits"
    source_version    = "v1"
  }
  logs_config {
    cloudwatch_logs {
      group_name  = "group"
      stream_name = "stream"
      status      = "ENABLED"
    }
    s3_logs {
      status              = "ENABLED"
      location            = "bucket/logs"
      encryption_disabled = true
    }
  }
  dynamic "vpc_config" {
    for_each = var.changed ? [] : [1]
    content {
      vpc_id             = "vpc-1"
      subnets            = ["subnet-1", "subnet-2"]
      security_group_ids = ["sg-1"]
    }
  }
  file_system_locations {
    identifier    = "efs"
    type          = "EFS"
    location      = "fs-1.efs.eu-central-1.amazonaws.com:/d"
    mount_point   = "/mnt"
    mount_options = "nfsvers=4.1"
  }
  build_batch_config {
    service_role      = "@ROLE@"
    combine_artifacts = true
    timeout_in_mins   = 60
    restrictions {
      compute_types_allowed  = ["BUILD_GENERAL1_SMALL"]
      maximum_builds_allowed = 5
    }
  }
}
"""


class Terraform:
    def __init__(self, directory, url):
        self.directory = directory
        (directory / "main.tf").write_text(MAIN.replace("@URL@", url).replace("@ROLE@", ROLE))
        self.env = {k: v for k, v in aws_env().items() if not k.startswith("AWS_")}
        self.env.update(TF_IN_AUTOMATION="1", CHECKPOINT_DISABLE="1", GOGC="400")  # the provider's schema is large: collect less often
        if MIRROR.is_dir():
            rc = directory / "terraform.rc"
            rc.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{MIRROR}" }}\n}}\n')
            self.env["TF_CLI_CONFIG_FILE"] = str(rc)
        elif "TF_PLUGIN_CACHE_DIR" not in self.env:
            CACHE.mkdir(parents=True, exist_ok=True)
            self.env["TF_PLUGIN_CACHE_DIR"] = str(CACHE)

    def __call__(self, *words):
        """Exit status and what it said."""
        done = subprocess.run(["terraform", *words, "-no-color", "-input=false"], cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
        return done.returncode, done.stdout

    def applies(self, name, *words):
        status, text = self("apply", "-auto-approve", *words)
        check(f"{name}: terraform apply", status == 0, text)
        status, text = self("plan", "-detailed-exitcode", *words)
        return check(f"{name}: the plan is empty afterwards, no drift", status == 0, text)


def project_of(name):
    return cb.batch_get_projects(names=[name])["projects"][0]


def life():
    terraform.applies("made")
    most, before = project_of("most"), project_of("least")
    check_equal("made: what Terraform asked for is there", (most["description"], most["timeoutInMinutes"], most["concurrentBuildLimit"], len(most["secondarySources"]),
                most["artifacts"]["name"], sorted(most["vpcConfig"]["subnets"]), [v["type"] for v in most["environment"]["environmentVariables"]]), (
        "everything", 25, 2, 3, "app.zip", ["subnet-1", "subnet-2"], ["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]))
    terraform.applies("changed", "-var", "changed=true")
    after = project_of("most")
    check_equal("changed in place: the new values", (after["description"], after["timeoutInMinutes"], after["environment"]["computeType"], len(after["secondaryArtifacts"]),
                sorted(t["value"] for t in after["tags"])), ("changed", 30, "BUILD_GENERAL1_MEDIUM", 1, ["a", "two"]))
    check_equal("changed in place: what was removed is gone", [m for m in ("vpcConfig", "concurrentBuildLimit") if after.get(m)], [])
    check("changed in place: the same projects", after["created"] == most["created"] and project_of("least")["created"] == before["created"])
    status, text = terraform("destroy", "-auto-approve", "-var", "changed=true")
    check("terraform destroy", status == 0, text)
    check_equal("nothing is left", cb.list_projects()["projects"], [])


if not shutil.which("terraform"):
    skip("terraform", "terraform is not installed")
    finish()
with tempfile.TemporaryDirectory(prefix="kiln-tf-") as directory, kiln_server(env={"SIMFRA_DOCKER": "0"}) as kiln:
    cb = client("codebuild", kiln.url, region="eu-central-1")
    terraform = Terraform(pathlib.Path(directory), kiln.url)
    try:
        status, text = terraform("init")
    except subprocess.TimeoutExpired:
        status, text = 1, "terraform init took too long"
    if status != 0:
        skip("terraform", "its AWS provider cannot be had: " + " ".join(text.split())[-300:])
    else:
        run(life)
finish()
