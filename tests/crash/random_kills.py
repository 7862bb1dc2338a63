#!/usr/bin/env python3
"""kill -9 at random moments, again and again, over builds that print numbered lines and append to a file per command. Long: 300 kills."""

import random

from life import *

require("kiln", "image", "boto3")
KILLS = 300 if LONG else 40
SEED = int(os.environ.get("KILN_TEST_SEED", "0")) or int(time.time())


def main():
    note(f"seed {SEED} (KILN_TEST_SEED repeats it)")
    dice = random.Random(SEED)
    with kiln_server(*QUICK, "--set", "queue.maxConcurrentBuilds=4") as kiln:
        codebuild = client("codebuild", kiln.url, retries={"max_attempts": 0})
        prepare(kiln)
        codebuild.create_project(**{**project("kills", spec()), **input_and_output()})
        started, tokens = {}, 0

        def keep_busy():
            """Four builds under way; a StartBuild whose answer was lost is asked again under the same token."""
            nonlocal tokens
            running = [i for i in started if not codebuild.batch_get_builds(ids=[i])["builds"][0]["buildComplete"]]
            while len(running) < 4:
                fails = tokens % 3 == 2
                answer = codebuild.start_build(projectName="kills", idempotencyToken=f"t{tokens}",
                                               buildspecOverride=spec(pause=0.01, fails=fails))
                tokens += 1
                started[answer["build"]["id"]] = fails
                running.append(answer["build"]["id"])

        for _ in range(KILLS):
            try:
                keep_busy()
            except Exception:
                pass  # the next round asks again
            wait_until = time.monotonic() + dice.uniform(0.0, 0.7)
            wait_for(lambda: time.monotonic() >= wait_until, 5, every=0.005)
            kiln.kill9()
            kiln.start()
        everything = [b for page in codebuild.get_paginator("list_builds_for_project").paginate(projectName="kills") for b in page["ids"]]
        check("no build was started twice or lost", sorted(everything) == sorted(started), lambda: set(everything) ^ set(started))
        wrong = {}
        for build_id, fails in started.items():
            build = settled(kiln, codebuild, build_id, 180)
            faults = faults_of_log(kiln.build_log(build_id)) + faults_of_events(kiln, build)
            faults += faults_of_copies(kiln, build) + faults_of_artifact(kiln, build)
            status = "FAILED" if fails else "SUCCEEDED"
            if build["buildStatus"] != status or [p["phaseType"] for p in build["phases"]] != PHASES:
                faults.append(f"{shape(build)}")
            if faults:
                wrong[build_id] = faults
        note(f"{KILLS} kills over {len(started)} builds, {sum(started.values())} of them failing on purpose")
        check("every build ended as without a kill: outcome, phases, commands once, lines once and in order (in CloudWatch Logs and S3 too), events, the artifact once and whole", not wrong, wrong)
        check_no_leftovers("no container left over", started)


run(main)
finish()
