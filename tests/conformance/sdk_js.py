#!/usr/bin/env python3
"""The AWS SDK for JavaScript, which refuses what boto3 forgives: sdk_js.mjs, with the SDK from npm kept under the build directory."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "image")

PACKAGE = "@aws-sdk/client-codebuild@3"
HOME = BUILD / "sdk-js"


def install():
    """Why the SDK is not there; empty when it is."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if (HOME / "node_modules/@aws-sdk/client-codebuild").is_dir():
        return ""
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "package.json").write_text('{"private": true}\n')
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE], cwd=HOME, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        return f"npm did not bring {PACKAGE} within 180 s"
    return "" if done.returncode == 0 else f"npm cannot bring {PACKAGE}: {' '.join(done.stderr.split())[:300]}"


missing = install()
if missing:
    skip("sdk_js", missing)
    finish()
with kiln_server() as kiln:
    program = pathlib.Path(__file__).with_suffix(".mjs")
    done = subprocess.run(["node", str(program), str(HOME), kiln.url, IMAGE], env=aws_env(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300)
    for line in done.stdout.splitlines():
        result = json.loads(line)
        check(result["name"], result["ok"], json.dumps(result["detail"]))
    check("node ends well", done.returncode == 0 and done.stdout, done.stderr)
finish()
