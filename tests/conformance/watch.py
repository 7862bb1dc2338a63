#!/usr/bin/env python3
"""The watch: fifty watchers miss nothing, those that come back neither; logs followed, kiln watch, metrics, readiness."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import re
from harness import *
from watchers import *

require("kiln", "boto3")

WATCHERS = 50
OFF = {"SIMFRA_DOCKER": "0"}


def many_builds():
    """200 builds that stay QUEUED and are stopped."""
    cb.create_project(**project("many", buildspec(build=["true"])))
    watchers = start_watchers(kiln.url, WATCHERS, 200)
    ids = []
    for i in range(200):
        ids.append(cb.start_build(projectName="many")["build"]["id"])
        if i >= 20:
            cb.stop_build(id=ids[i - 20])
    for build_id in ids[-20:]:
        cb.stop_build(id=build_id)
    for build_id in ids:
        wait_build(cb, build_id)
    check_watchers("200 builds", watchers, finals_of(kiln, ids))
    late = [json.loads(c[3]) for c in Watcher(kiln.url, 200).result()]
    check("one that comes afterwards is told all of them as ADDED", len({b["id"] for b in late}) == 200 and all(b["buildComplete"] for b in late), len(late))


def filters():
    for region in ("us-east-1", "eu-west-1"):
        for name in ("left", "right"):
            client("codebuild", kiln.url, region=region).create_project(**project(name, buildspec(build=["true"])))
    left, right = (cb.start_build(projectName=n)["build"]["id"] for n in ("left", "right"))
    eu = client("codebuild", kiln.url, region="eu-west-1").start_build(projectName="left")["build"]
    rows = [("project=left", {left}), (f"id={right}", {right}), (f"id={eu['arn']}", {eu["id"]}), ("project=left&region=eu-west-1", {eu["id"]}),
            ("project=left&region=*", {left, eu["id"]}), ("project=nobody", set())]
    for query, expected in rows:
        got = set()
        for line in watch(kiln.url, f"?{query}"):
            if line["type"] == "BOOKMARK":
                break
            got.add(line["object"]["id"])
        check_equal(f"filter {query}", got, expected)
    for query in ("id=nonsense", "project=a%20b", "resourceVersion=x", "region=a%2Fb"):
        status, text = kiln.get(f"/_kiln/watch/builds?{query}")
        check(f"filter {query}: 400 and why", status == 400 and json.loads(text)["message"], (status, text))
    version = bookmark()
    cb.stop_build(id=left)
    wait_for(lambda: not cb.batch_delete_builds(ids=[left])["buildsNotDeleted"], 60, "the stopped build can be deleted")
    seen = [line["type"] for line in until(watch(kiln.url, f"?id={left}&resourceVersion={version}"), "DELETED")]
    check_equal("a deleted build ends in one DELETED", [t for t in seen if t != "BOOKMARK"][-1:] + [seen.count("DELETED")], ["DELETED", 1])


def bookmark():
    """The version that a watch from here on begins with."""
    return next(line["resourceVersion"] for line in watch(kiln.url) if line["type"] == "BOOKMARK")


def until(lines, kind):
    for line in lines:
        yield line
        if line["type"] == kind:
            return


def gone():
    """A version that the window no longer holds, and one that is not of this store."""
    with kiln_server("--set", "store.feedWindow=100", env=OFF) as small:
        local = client("codebuild", small.url)
        local.create_project(**project("pp", buildspec(build=["true"])))

        def too_old():
            local.stop_build(id=local.start_build(projectName="pp")["build"]["id"])
            return status_of(small, 1) == 410
        check("a version that is too old: 410", wait_for(too_old, 300, "version 1 leaves the window"))
        status, text = small.get("/_kiln/watch/builds?resourceVersion=1")
        told = json.loads(text)
        check("410 says so in words", (status, told["code"], told["reason"]) == (410, 410, "Gone") and told["message"], told)
        check_equal("a version of the future: 410", small.get("/_kiln/watch/builds?resourceVersion=999999999")[0], 410)
        check_equal("without a version all is told anew", next(line["type"] for line in watch(small.url)), "ADDED")


def status_of(server, version):
    """The status of a watch from `version`, without reading it."""
    request = urllib.request.Request(f"{server.url}/_kiln/watch/builds?resourceVersion={version}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def server_sent_events():
    def read(stop, headers):
        request = urllib.request.Request(f"{kiln.url}/_kiln/watch/builds?project=left&region=*", headers={"Accept": "text/event-stream", **headers})
        events, fields = [], {}
        with urllib.request.urlopen(request, timeout=60) as stream:
            kind = stream.headers["Content-Type"]
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    events.append((fields["id"], fields["event"], json.loads(fields["data"])))
                    fields = {}
                    if stop(events):
                        return kind, events
                else:
                    fields = {}
    kind, events = read(lambda e: e[-1][1] == "BOOKMARK", {})
    check_equal("Accept: text/event-stream: its content type", kind, "text/event-stream")
    check("each event with its type, and its version as the id", events[0][1] == "ADDED"
          and all((number, event) == (str(data["resourceVersion"]), data["type"]) for number, event, data in events), events)
    last = events[-1][0]
    made = cb.start_build(projectName="left")["build"]["id"]
    _, events = read(lambda e: e[-1][1] == "ADDED", {"Last-Event-ID": last})
    check_equal("Last-Event-ID goes on from there", [data["object"]["id"] for _, event, data in events if event != "BOOKMARK"], [made])


def metrics():
    status, text = kiln.get("/_kiln/metrics")
    bad = [line for line in text.splitlines() if not re.fullmatch(r'(# (HELP|TYPE) \w+ .*|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? ([0-9.e+-]+|NaN|\+Inf))', line)]
    check("/_kiln/metrics is in Prometheus' form", status == 200 and text.endswith("\n") and not bad, bad)
    for wanted in ('kiln_builds_total{status="STOPPED"}', 'kiln_phase_duration_seconds_count{phase="QUEUED",status="STOPPED"}', "kiln_queue_depth ",
                   "kiln_reconcile_seconds_count", "kiln_outbox_lag ", "kiln_builds_queued ", "kiln_builds_running "):
        check(f"metrics have {wanted.strip()}", f"\n{wanted}" in text, text)
    check("200 builds were counted as STOPPED", float(re.search(r'kiln_builds_total\{status="STOPPED"\} (\S+)', text)[1]) >= 200, text)
    check_equal("without an engine on purpose it is ready", kiln.get("/_kiln/ready")[0], 200)


def no_engine():
    with kiln_server("--set", "engine.host=unix:///nowhere/docker.sock") as lost:
        status, text = lost.get("/_kiln/ready")
        told = json.loads(text)
        check("/_kiln/ready is 503 while the engine is not there, and says which part", status == 503 and "engine" in text and "/nowhere/docker.sock" in text, told)
        check_equal("/_kiln/health is 200 all the same", lost.get("/_kiln/health")[0], 200)
        local = client("codebuild", lost.url)
        local.create_project(**project("pp", buildspec(build=["true"])))
        build_id = local.start_build(projectName="pp")["build"]["id"]
        local.stop_build(id=build_id)
        check_equal("a build that waits for it can be stopped", wait_build(local, build_id)["buildStatus"], "STOPPED")


with kiln_server("--set", "queue.maxQueuedBuilds=500", env=OFF) as kiln:
    cb = client("codebuild", kiln.url)
    run(many_builds, filters, server_sent_events, metrics, gone, no_engine)
finish()
