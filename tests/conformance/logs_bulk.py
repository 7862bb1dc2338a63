#!/usr/bin/env python3
"""A stream of a million events (100,000 in the short form): put, read back in order, a window in the middle, deleted. What it took."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from patience import quickest

require("kiln")

EVENTS = 1_000_000 if LONG else 100_000
BATCH = 10_000
NOW = int(time.time() * 1000)
FIRST = NOW - EVENTS  # one a millisecond
CALL = {"logGroupName": "bulk", "logStreamName": "s"}
WORDS = "Step compile of target //lib/core:module finished in {ms} ms"


def message(i):
    return f"[{i:07}] " + WORDS.format(ms=i * 7919 % 10_007)


class Caller:
    """One connection and no more than JSON: what is timed is mostly Kiln."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)

    def send(self, operation, body):
        self.connection.request("POST", "/", body, {"X-Amz-Target": f"Logs_20140328.{operation}", "Content-Type": "application/x-amz-json-1.1"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {answer.status} {text[:500]}")
        return text

    def call(self, operation, **arguments):
        return json.loads(self.send(operation, json.dumps(arguments)) or "{}")


def rate(seconds):
    return f"{seconds:.2f} s, {EVENTS / seconds:,.0f} events/s"


def fill():
    """The stream with its events; answers the seconds that these took."""
    caller.call("CreateLogGroup", logGroupName="bulk")
    caller.call("CreateLogStream", **CALL)
    bodies = [json.dumps({**CALL, "logEvents": [{"timestamp": FIRST + i, "message": message(i)} for i in range(b, b + BATCH)]}) for b in range(0, EVENTS, BATCH)]
    # Every second batch first: what comes late must be found in its place.
    began = time.monotonic()
    for body in bodies[1::2] + bodies[0::2]:
        caller.send("PutLogEvents", body)
    return time.monotonic() - began


def puts():
    took = fill()
    note(f"put {EVENTS:,} events of {len(message(0))} bytes in batches of {BATCH:,}: {rate(took)}")
    size = sum(f.stat().st_size for f in kiln.data.rglob("*") if f.is_file())
    note(f"on disk {size / 1e6:.1f} MB of {EVENTS * len(message(0)) / 1e6:.1f} MB of text; resident {kiln.memory_mb()[0]:.0f} MB")
    group = caller.call("DescribeLogGroups")["logGroups"][0]
    check_equal("stored bytes", group["storedBytes"], sum(len(message(i)) + 26 for i in range(EVENTS)))


def reads():
    texts, token = [], None
    began = time.monotonic()
    while True:
        texts.append(caller.send("GetLogEvents", json.dumps({**CALL, "startFromHead": True, **({"nextToken": token} if token else {})})))
        following = texts[-1][texts[-1].index(b'"nextForwardToken":"') + 20:].split(b'"')[0].decode()
        if following == token:
            break
        token = following
    took = time.monotonic() - began
    note(f"read back by GetLogEvents, {len(texts)} pages: {rate(took)}")
    got = [e for text in texts for e in json.loads(text)["events"]]
    check("all events are there, in order, once", [(e["timestamp"], e["message"]) for e in got] == [(FIRST + i, message(i)) for i in range(EVENTS)], len(got))
    window(took)
    began, found, token = time.monotonic(), 0, {}
    while token is not None:
        page = caller.call("FilterLogEvents", logGroupName="bulk", filterPattern='"finished in 77 ms"', **token)
        found += len(page["events"])
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
    note(f"filtered: {found} found, {rate(time.monotonic() - began)}")
    check_equal("a filter finds all there are", found, sum(i * 7919 % 10_007 == 77 for i in range(EVENTS)))


def window(whole):
    """A hundred events in the middle, by GetLogEvents in both directions and by FilterLogEvents: at once compared with the whole."""
    middle = EVENTS // 2
    at = {"startTime": FIRST + middle, "endTime": FIRST + middle + 100}
    want = [message(i) for i in range(middle, middle + 100)]
    rows = [("GetLogEvents from the head", "GetLogEvents", {**CALL, **at, "startFromHead": True}), ("GetLogEvents from the end", "GetLogEvents", {**CALL, **at}),
            ("FilterLogEvents", "FilterLogEvents", {"logGroupName": "bulk", **at, "endTime": at["endTime"] - 1})]
    for name, operation, arguments in rows:
        times = []
        for _ in range(20):
            began = time.monotonic()
            got = [e["message"] for e in caller.call(operation, **arguments)["events"]]
            times.append(time.monotonic() - began)
        best = min(times)
        note(f"a window of 100 in the middle by {name}: {best * 1000:.1f} ms, the whole takes {whole / best:,.0f} times as long")
        check_equal(f"a window in the middle by {name}", got, want)
        check(f"found without reading the whole by {name}", best < whole / 10, (best, whole))


def deletes():
    def seconds():
        if not caller.call("DescribeLogGroups")["logGroups"]:
            fill()
        began = time.monotonic()
        caller.call("DeleteLogGroup", logGroupName="bulk")
        return time.monotonic() - began
    took = quickest(seconds, 1)
    note(f"deleted in {took * 1000:.1f} ms")
    check("a group of many events is gone at once", took < 1 and caller.call("DescribeLogGroups")["logGroups"] == [], took)


with kiln_server("--set", "engine.enabled=false") as kiln:
    caller = Caller(kiln.url)
    run(puts, reads, deletes)
finish()
