#!/usr/bin/env python3
"""Events as facts §6 has them, whole and in order: posted to callbacks at least once with stable ids, and kept in events.jsonl."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import datetime
import http.server
import re
from awsjson import *
from harness import *

require("kiln", "image", "boto3")

MIDDLE = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]


class Receiver:
    """An HTTP server that keeps what is posted to it; it can refuse, forget to answer well, or be away."""

    def __init__(self):
        self.port, self.got, self.refuse_each_once, self.server = free_port(), [], False, None
        self.open()

    def open(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                event_id = self.headers["Kiln-Event-Id"]
                first = event_id not in [i for i, _, _ in receiver.got]
                receiver.got.append((event_id, self.headers["Content-Type"], body))
                self.send_response(500 if receiver.refuse_each_once and first else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def events(self, build_id):
        """Those of one build, in the order they came."""
        return [e for e in (json.loads(body) for _, _, body in list(self.got)) if e["resources"][0].endswith(build_id)]

    def all_of(self, build_id, deadline=60):
        over = lambda: any(e["detail"].get("build-status", "IN_PROGRESS") != "IN_PROGRESS" for e in self.events(build_id))
        wait_for(over, deadline, f"the last event of {build_id} arrives")
        return self.events(build_id)


def moment(epoch):
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)


def human(epoch):
    """`Sep 1, 2017 4:12:29 PM`"""
    at = moment(epoch)
    return f"{at:%b} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


def in_event_style(value):
    """Names in kebab case, numbers as doubles."""
    if isinstance(value, dict):
        return {re.sub("[A-Z]", lambda m: "-" + m[0].lower(), k): in_event_style(v) for k, v in value.items()}
    if isinstance(value, list):
        return [in_event_style(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def contexts(phase):
    return [f"{c['statusCode']}: {c['message']}" for c in phase.get("contexts", [])]


def event_phase(phase, ended):
    short = {"phase-type": phase["phaseType"], "start-time": human(phase["startTime"])}
    if not ended:
        return short
    return {**short, "phase-context": contexts(phase), "phase-status": phase["phaseStatus"], "end-time": human(phase["endTime"]),
            "duration-in-seconds": float(phase["durationInSeconds"])}


def information(build, shown):
    phases = build["phases"][:shown]
    group, stream, console = build["logs"].get("groupName"), build["logs"].get("streamName"), "https://console.aws.amazon.com/cloudwatch/home"
    began = group and "PROVISIONING" in [p["phaseType"] for p in phases]
    logs = {"deep-link": f"{console}?region={REGION}#logEvent:group={group if began else 'null'};stream={stream if began else 'null'}"}
    logs.update({"group-name": group, "stream-name": stream} if began else {})
    told = {
        "cache": build["cache"], "build-number": float(build["buildNumber"]), "timeout-in-minutes": float(build["timeoutInMinutes"]),
        "queued-timeout-in-minutes": float(build["queuedTimeoutInMinutes"]), "initiator": build["initiator"],
        "build-complete": bool(phases) and phases[-1]["phaseType"] == "COMPLETED", "build-start-time": human(build["startTime"]),
        "source": in_event_style(build["source"]), "artifact": build["artifacts"], "environment": in_event_style(build["environment"]),
        "project-file-system-locations": [], "logs": logs}
    if phases:
        told["phases"] = [event_phase(p, i + 1 < shown) for i, p in enumerate(phases)]
    return told


def envelope(build, kind, time_of, detail):
    arn = build["arn"]
    return {"version": "0", "detail-type": f"CodeBuild Build {kind} Change", "source": "aws.codebuild", "account": "000000000000", "region": REGION,
            "time": f"{moment(time_of):%Y-%m-%dT%H:%M:%SZ}", "resources": [arn],
            "detail": {"project-name": build["projectName"], "build-id": arn, "version": "1", **detail}}


def expected_events(build):
    """Every event of a finished build, in order, made from what BatchGetBuilds answers."""
    phases = build["phases"]
    events = [envelope(build, "State", build["startTime"], {
        "build-status": "IN_PROGRESS", "current-phase": "SUBMITTED", "current-phase-context": "[]", "additional-information": information(build, 0)})]
    for i, phase in enumerate(phases[:-1]):
        events.append(envelope(build, "Phase", phase["startTime"], {
            "completed-phase": phase["phaseType"], "completed-phase-status": phase["phaseStatus"],
            "completed-phase-context": f"[{', '.join(contexts(phase))}]", "completed-phase-duration-seconds": float(phase["durationInSeconds"]),
            "completed-phase-start": human(phase["startTime"]), "completed-phase-end": human(phase["endTime"]),
            "additional-information": information(build, i + 2)}))
    events.append(envelope(build, "State", build["endTime"], {
        "build-status": build["buildStatus"], "current-phase": "COMPLETED", "current-phase-context": "[: ]",
        "additional-information": information(build, len(phases))}))
    return events


def title(event):
    detail = event["detail"]
    return detail.get("build-status") or f"{detail['completed-phase']} {detail['completed-phase-status']}"


def once(events):
    """Without what came again."""
    return list({e["id"]: e for e in events}.values())


def finished(build_id):
    wait_build(cb, build_id)
    return done(kiln.url, "BatchGetBuilds", ids=[build_id])["builds"][0]


def check_events(name, build, events):
    expected = expected_events(build)
    if not check_equal(f"{name}: the events and their order", [title(e) for e in events], [title(e) for e in expected]):
        return
    for got, wanted in zip(events, expected):
        check_equal(f"{name}: {title(wanted)}, whole", {k: v for k, v in got.items() if k != "id"}, wanted)
    check(f"{name}: each with an id of its own", len({e["id"] for e in events}) == len(events)
          and all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", e["id"]) for e in events), events)


def outcomes():
    spec = buildspec(build=["echo $SECRET", "false"])
    variables = [{"name": "N", "value": "v", "type": "PLAINTEXT"}]
    cb.create_project(**project("ev", buildspec(build=["true"]), environment={"environmentVariables": variables}))
    started = {"succeeded": cb.start_build(projectName="ev"), "failed": cb.start_build(projectName="ev", buildspecOverride=spec),
               "timed out": cb.start_build(projectName="ev", buildspecOverride=buildspec(build=["sleep 60"]), timeoutInMinutesOverride=5),
               "no image": cb.start_build(projectName="ev", imageOverride="127.0.0.1:1/none:1"),
               "stopped": cb.start_build(projectName="ev", buildspecOverride=buildspec(build=["sleep 60"]))}
    ids = {name: answer["build"]["id"] for name, answer in started.items()}
    cb.stop_build(id=ids["stopped"])
    for name, build_id in ids.items():
        build = finished(build_id)
        events = steady.all_of(build_id)
        check_events(name, build, events)
        check(f"{name}: content type and id in the headers", all(kind == "application/json" and event_id == json.loads(body)["id"]
              for event_id, kind, body in steady.got), steady.got[:1])
        wait_for(lambda: len(doubting.events(build_id)) >= 2 * len(events), 60, "every event is delivered again")
        doubted = doubting.events(build_id)
        check_equal(f"{name}: a callback that refuses each event once has them all, in order", once(doubted), events)
        check_equal(f"{name}: each came twice, the same id and the same text", sorted(e["id"] for e in doubted), sorted(e["id"] for e in events * 2))
    check_equal("a build that succeeds has ten phase events", [e["detail"]["completed-phase"] for e in steady.events(ids["succeeded"])
                if "completed-phase" in e["detail"]], MIDDLE)


def away():
    """A callback that is away delays nothing and gets everything later, also after a restart of Kiln."""
    steady.close()
    build_id = cb.start_build(projectName="ev")["build"]["id"]
    build = finished(build_id)
    check_equal("a callback that is away delays no build", build["buildStatus"], "SUCCEEDED")
    check("the outbox lag says how much waits", wait_for(lambda: float(re.search(r"^kiln_outbox_lag (\S+)$", kiln.get("/_kiln/metrics")[1], re.M)[1]) >= 12, 60))
    kiln.restart()
    steady.open()
    events = once(steady.all_of(build_id, 120))
    check_events("delivered later", build, events)
    check("the lag goes back to 0", wait_for(lambda: "\nkiln_outbox_lag 0\n" in kiln.get("/_kiln/metrics")[1], 120))


def file():
    kept = [json.loads(line) for line in (kiln.data / "events.jsonl").read_text().splitlines()]
    posted = {body for _, _, body in steady.got}
    check_equal("events.jsonl holds the events that were posted", {e["id"] for e in kept}, {json.loads(b)["id"] for b in posted})
    check_equal("with the same text", {json.dumps(e, sort_keys=True) for e in kept}, {json.dumps(json.loads(b), sort_keys=True) for b in posted})
    order = lambda events: {arn: [e["id"] for e in once(events) if e["resources"] == [arn]] for arn in {e["resources"][0] for e in events}}
    check_equal("in the same order per build", order(kept), order([json.loads(b) for _, _, b in steady.got]))


steady, doubting = Receiver(), Receiver()
doubting.refuse_each_once = True
callbacks = ",".join(f"http://127.0.0.1:{r.port}/hook?key=secret" for r in (steady, doubting))
with kiln_server("--set", f"events.callbacks={callbacks}", "--set", "queue.minute=1s") as kiln:
    cb = client("codebuild", kiln.url)
    run(outcomes, away, file)
    check("the callback's key is in no log", "key=secret" not in kiln.log.read_text())
finish()
