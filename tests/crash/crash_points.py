#!/usr/bin/env python3
"""Kills the daemon at every named point of a build's life, before and after each effect and commit, for builds that succeed, fail, are
stopped, time out and lose their container; each must end as it would have, with every command run once and every log line once. Long: at
up to eight passes of each point, in every kind of life."""

import collections
import tempfile

from life import *

require("kiln", "image", "boto3")


AFTER_DELETION = ("erase-log", ":erase")  # points that are reached once the build is deleted
VARYING = ("put-log-events", "open-log-stream")  # how often depends on how the lines come
HOLD = json.dumps({"version": 0.2, "phases": {"build": {"commands": ["echo holding", "sleep 300"]}}})


def stop_it(codebuild, build_id):
    return codebuild.stop_build(id=build_id)


def kill_it(_, build_id):
    return [engine("POST", f"/containers/{container['Id']}/kill") for container in containers([build_id])]


# How a build may go: its buildspec, what happens to it once it holds, and the overrides it is started with.
SCENARIOS = {
    "succeeds": (spec(), None, {}),
    "fails": (spec(fails=True), None, {}),
    "is stopped": (HOLD, stop_it, {}),
    "times out": (HOLD, None, {"timeoutInMinutesOverride": 20}),  # in which it comes to hold, however slow the machine
    "loses its container": (HOLD, kill_it, {}),
}


def one_life(kiln, codebuild, scenario, crash_env):
    """Starts a build and waits until it is over or the daemon has crashed; answers (build id, whether it crashed). A StartBuild whose
    answer was lost in the crash is asked again under the same token."""
    token = str(time.monotonic_ns())
    text, disturb, overrides = SCENARIOS[scenario]

    def start():
        return codebuild.start_build(projectName="life", idempotencyToken=token, buildspecOverride=text, **overrides)["build"]["id"]

    def gone():
        return kiln.process.poll() is not None

    def until_holding():
        return gone() or "\nholding\n" in (ask(lambda: kiln.build_log(build_id)) or "")

    def ended():
        build = ask(lambda: codebuild.batch_get_builds(ids=[build_id])["builds"][0])
        return build and build["buildComplete"] and not containers([build_id])

    def over():
        """It crashed; or the life has ended long enough ago that it will not, as how often a later pass comes depends on how output arrives."""
        nonlocal ended_at
        if crash_env["KILN_CRASH_AT"].endswith(AFTER_DELETION):
            return ended()
        if gone():
            return True
        if crash_env["KILN_CRASH_NTH"] == "1" or not ended():
            return False
        ended_at = ended_at or time.monotonic()
        return time.monotonic() - ended_at > 5

    def ask(question):
        try:
            return question()
        except Exception:
            return None

    crashed, ended_at = False, None

    def come_back():
        nonlocal crashed
        if gone():
            crashed = True
            kiln.start()

    build_id = ask(start)
    if build_id is None:
        kiln.wait()
        come_back()
        build_id = start()
    if disturb:
        wait_for(until_holding, 120, "the build holds")
        come_back()
        wait_for(until_holding, 120, "the build holds")
        if not ask(lambda: disturb(codebuild, build_id)):  # it crashed before it could answer, maybe before it was asked
            wait_for(gone, 120, f"crash at {crash_env}")
            come_back()
            disturb(codebuild, build_id)
    if crash_env and not crashed:
        wait_for(over, 120, f"crash at {crash_env}")
        come_back()
    return build_id, crashed


def quiet(build_id):
    return not containers([build_id])


def idle(kiln):
    """What earlier lives left to do is done: else it, and not the next life, might reach the point at which the daemon is to crash."""
    def done():
        metrics = kiln.get("/_kiln/metrics")[1]
        return "\nkiln_outbox_lag 0\n" in metrics and "\nkiln_logs_behind 0\n" in metrics
    wait_for(done, 120, "events and logs are delivered")


def start_armed(kiln, env):
    for _ in range(5):
        try:
            return kiln.start(env=env)
        except RuntimeError:  # at the point already, by what was left to do
            kiln.start()
            idle(kiln)
            kiln.stop()
    raise RuntimeError(f"it is at {env} before any life begins")


def trace_points(kiln, codebuild, scenario):
    kiln.stop()
    trace = pathlib.Path(tempfile.mkstemp(prefix="kiln-trace-")[1])
    kiln.start(env={"KILN_CRASH_TRACE": str(trace)})
    build_id, _ = one_life(kiln, codebuild, scenario, None)
    build = settled(kiln, codebuild, build_id)
    for point in ("after-commit:release-container", "after-commit:release-logs"):
        wait_for(lambda: point in trace.read_text(), 60, point)
    codebuild.batch_delete_builds(ids=[build_id])
    wait_for(lambda: "after-commit:erase\n" in trace.read_text(), 60)
    idle(kiln)
    kiln.stop()
    points = collections.Counter(trace.read_text().split())
    trace.unlink()
    return build, points


def check_life(kiln, codebuild, scenario, point, nth, expected):
    kiln.stop()
    env = {"KILN_CRASH_AT": point, "KILN_CRASH_NTH": str(nth)}
    start_armed(kiln, env)
    build_id, crashed = one_life(kiln, codebuild, scenario, env)
    name = f"{point}#{nth} (a build that {scenario})"
    if not crashed and point.endswith(AFTER_DELETION):
        try:
            codebuild.batch_delete_builds(ids=[build_id])
        except Exception:
            pass  # it died before it could answer
        kiln.wait()
        kiln.start()
        wait_for(lambda: not codebuild.batch_get_builds(ids=[build_id])["builds"], 60, "the build is gone")
        check(name, quiet(build_id), "container left over")
        idle(kiln)
        return True
    build = settled(kiln, codebuild, build_id)
    wrong = faults_of_events(kiln, build) + faults_of_copies(kiln, build)
    if SCENARIOS[scenario][0] != HOLD:
        wrong += faults_of_log(kiln.build_log(build_id)) + faults_of_artifact(kiln, build)
    elif kiln.build_log(build_id).count("\nholding\n") != 1:
        wrong.append("'holding' is not there once")
    if shape(build) != shape(expected):
        wrong.append(f"{shape(build)} instead of {shape(expected)}")
    try:
        wait_for(lambda: quiet(build_id), 60)
    except TimeoutError:
        wrong.append("container left over")
    check(name, not wrong, wrong)
    idle(kiln)
    return crashed


def main():
    with KilnServer([*QUICK, "--set", "queue.minute=1s"], binary=CRASH) as kiln:
        codebuild = client("codebuild", kiln.url, retries={"max_attempts": 1})
        prepare(kiln)
        codebuild.create_project(**{**project("life", spec()), **input_and_output()})
        kiln.stop()
        took_place, planned, seen = set(), set(), set()
        for scenario in SCENARIOS:
            expected, points = trace_points(kiln, codebuild, scenario)
            for point, times in sorted(points.items()):
                if point in seen and not LONG:
                    continue
                seen.add(point)
                for nth in range(1, (min(times, 8) if LONG and not point.endswith(VARYING) else 1) + 1):
                    planned.add((scenario, point, nth))
                    if check_life(kiln, codebuild, scenario, point, nth, expected):
                        took_place.add((scenario, point, nth))
        note(f"{len(seen)} named points: {' '.join(sorted(seen))}")
        note(f"{len(took_place)} of {len(planned)} planned crashes took place")
        missed = seen - {point for _, point, _ in took_place}
        check("every named point was reached at least once", not missed, sorted(missed))
        if kiln.process.poll() is not None:
            kiln.start()


run(main)
finish()
