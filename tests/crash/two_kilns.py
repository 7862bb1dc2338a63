#!/usr/bin/env python3
"""Two Kilns with two data directories on one engine, 20 builds each at once: no mix-up, nothing left over. The second is killed and
started again in the middle, and neither sweeps away what is the other's."""

import threading

from life import *

require("kiln", "image", "boto3")
BUILDS = 20


def drive(kiln, mark, results):
    codebuild = client("codebuild", kiln.url, retries={"max_attempts": 2})
    codebuild.create_project(**project("same-name", buildspec(build=[f"echo this is {mark} $CODEBUILD_BUILD_ID", "sleep 0.2"])))
    started = [codebuild.start_build(projectName="same-name")["build"]["id"] for _ in range(BUILDS)]
    results[mark] = (codebuild, started)


def main():
    options = [*QUICK, "--set", "queue.maxConcurrentBuilds=4", "--set", "queue.sweep=1s", "--set", "queue.sweepGrace=0s"]
    with kiln_server(*options) as first, kiln_server(*options) as second:
        results = {}
        threads = [threading.Thread(target=drive, args=(k, m, results)) for k, m in ((first, "first"), (second, "second"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        second.kill9()
        second.start()
        everything = []
        for kiln, mark in ((first, "first"), (second, "second")):
            codebuild, started = results[mark]
            wrong = []
            for build_id in started:
                build = wait_build(codebuild, build_id, 180)
                log = kiln.build_log(build_id)
                if build["buildStatus"] != "SUCCEEDED" or log.count(f"\nthis is {mark} {build_id}\n") != 1:
                    wrong.append((build_id, build["buildStatus"], log[-400:]))
            check(f"{BUILDS} builds of the {mark} Kiln succeeded, each with its own output", not wrong, wrong)
            everything += started
        check_no_leftovers("nothing left over", everything)


run(main)
finish()
