#!/usr/bin/env python3
"""S3 with the AWS SDK for JavaScript: s3_js.mjs, with the SDK from npm kept under the build directory."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln")

PACKAGES = ["@aws-sdk/client-s3@3", "@aws-sdk/lib-storage@3", "@aws-sdk/s3-request-presigner@3"]
HOME = BUILD / "sdk-js-s3"


def install():
    """Why the SDK is not there; empty when it is."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if all((HOME / "node_modules" / p.rsplit("@", 1)[0]).is_dir() for p in PACKAGES):
        return ""
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "package.json").write_text('{"private": true}\n')
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES], cwd=HOME, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        return "npm did not bring the SDK within 180 s"
    return "" if done.returncode == 0 else f"npm cannot bring the SDK: {' '.join(done.stderr.split())[:300]}"


missing = install()
if missing:
    skip("s3_js", missing)
    finish()
with kiln_server("--set", "engine.enabled=false") as kiln:
    program = pathlib.Path(__file__).with_suffix(".mjs")
    done = subprocess.run(["node", str(program), str(HOME), kiln.url], env=aws_env(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300)
    for line in done.stdout.splitlines():
        result = json.loads(line)
        check(result["name"], result["ok"], json.dumps(result["detail"]))
    check("node ends well", done.returncode == 0 and done.stdout, done.stderr)
finish()
