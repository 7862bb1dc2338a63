#!/usr/bin/env python3
"""Kills the daemon at every named point of a build's life, before and after each effect and commit, and at its second pass there;
the build must end as it would have, with every command run once and every log line once."""

import collections
import tempfile

from life import *

require("kiln", "image", "boto3")


def one_life(kiln, codebuild, name, fails, crash_env):
    """Runs a build through one crash; answers (build, whether the point was reached)."""
    build_id = codebuild.start_build(projectName=name, buildspecOverride=spec(fails=fails))["build"]["id"]
    reached = False
    if crash_env:
        def over():
            if kiln.process.poll() is not None:
                return "crashed"
            try:
                return codebuild.batch_get_builds(ids=[build_id])["builds"][0]["buildComplete"] and quiet(kiln, build_id)
            except Exception:
                return False
        reached = wait_for(over, 60, f"crash at {crash_env}") == "crashed"
        if reached:
            kiln.start()
    return build_id, reached


def quiet(kiln, build_id):
    return not containers([build_id])


def trace_points(kiln, codebuild, fails, trace):
    kiln.start(env={"KILN_CRASH_TRACE": str(trace)})
    build_id, _ = one_life(kiln, codebuild, "life", fails, None)
    build = settled(kiln, codebuild, build_id)
    wait_for(lambda: quiet(kiln, build_id), 30)
    wait_for(lambda: "after-commit:release-container" in trace.read_text(), 10)
    codebuild.batch_delete_builds(ids=[build_id])
    wait_for(lambda: "after-commit:erase\n" in trace.read_text(), 10)
    kiln.stop()
    return build, collections.Counter(trace.read_text().split())


def check_life(kiln, codebuild, point, nth, expected, fails):
    kiln.stop()
    env = {"KILN_CRASH_AT": point, "KILN_CRASH_NTH": str(nth)}
    kiln.start(env=env)
    build_id, reached = one_life(kiln, codebuild, "life", fails, env)
    if not reached and point.endswith(("erase-log", ":erase")):
        codebuild.batch_delete_builds(ids=[build_id])
        reached = wait_for(lambda: kiln.process.poll() is not None, 30, point)
        kiln.start()
        wait_for(lambda: kiln.build_gone(build_id), 30, "the build is gone")
        check(f"{point}#{nth}", not containers([build_id]))
        return True
    build = settled(kiln, codebuild, build_id)
    wrong = faults_of_log(kiln.build_log(build_id)) + faults_of_events(kiln, build)
    if shape(build) != shape(expected):
        wrong.append(f"{shape(build)} instead of {shape(expected)}")
    try:
        wait_for(lambda: quiet(kiln, build_id), 30)
    except TimeoutError:
        wrong.append("container left over")
    check(f"{point}#{nth}{' (a build that fails)' if fails else ''}", not wrong, wrong)
    return reached


def main():
    with KilnServer(QUICK, binary=CRASH) as kiln:
        kiln.build_gone = lambda i: not client("codebuild", kiln.url).batch_get_builds(ids=[i])["builds"]
        codebuild = client("codebuild", kiln.url, retries={"max_attempts": 8})
        codebuild.create_project(**project("life", spec()))
        kiln.stop()
        reached, planned = set(), set()
        for fails in (False, True) if LONG else (False,):
            trace = pathlib.Path(tempfile.mktemp(prefix="kiln-trace-"))
            expected, points = trace_points(kiln, codebuild, fails, trace)
            trace.unlink()
            for point, times in sorted(points.items()):
                wanted = range(1, min(times, 8) + 1) if LONG else range(1, min(times, 1) + 1)
                for nth in wanted:
                    planned.add((point, nth, fails))
                    if check_life(kiln, codebuild, point, nth, expected, fails):
                        reached.add((point, nth, fails))
            kiln.start() if kiln.process.poll() is not None else None
        names = {p for p, _, _ in planned}
        note(f"{len(names)} named points: {' '.join(sorted(names))}")
        note(f"{len(reached)} of {len(planned)} planned crashes took place")
        missed = {p for p in names if not any(r[0] == p for r in reached)}
        check("every named point was reached at least once", not missed, sorted(missed))


run(main)
finish()
