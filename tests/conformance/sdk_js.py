#!/usr/bin/env python3
"""The AWS SDK for JavaScript, which refuses what boto3 forgives: sdk_js.mjs, with the SDK from npm kept under the build directory."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from npm import install

require("kiln", "image")

PACKAGE = "@aws-sdk/client-codebuild@3"
HOME = BUILD / "sdk-js"

missing = install(HOME, PACKAGE)
if missing:
    skip("sdk_js", missing)
    finish()
with kiln_server() as kiln:
    program = pathlib.Path(__file__).with_suffix(".mjs")
    done = subprocess.run(["node", str(program), str(HOME), kiln.url, IMAGE], env=aws_env(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=900)
    for line in done.stdout.splitlines():
        result = json.loads(line)
        check(result["name"], result["ok"], json.dumps(result["detail"]))
    check("node ends well", done.returncode == 0 and done.stdout, done.stderr)
finish()
