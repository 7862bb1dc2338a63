#!/usr/bin/env python3
"""S3 with the AWS SDK for JavaScript: s3_js.mjs, with the SDK from npm kept under the build directory."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from npm import install

require("kiln")

PACKAGES = ["@aws-sdk/client-s3@3", "@aws-sdk/lib-storage@3", "@aws-sdk/s3-request-presigner@3"]
HOME = BUILD / "sdk-js-s3"

missing = install(HOME, *PACKAGES)
if missing:
    skip("s3_js", missing)
    finish()
with kiln_server("--set", "engine.enabled=false") as kiln:
    program = pathlib.Path(__file__).with_suffix(".mjs")
    done = subprocess.run(["node", str(program), str(HOME), kiln.url], env=aws_env(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=900)
    for line in done.stdout.splitlines():
        result = json.loads(line)
        check(result["name"], result["ok"], json.dumps(result["detail"]))
    check("node ends well", done.returncode == 0 and done.stdout, done.stderr)
finish()
