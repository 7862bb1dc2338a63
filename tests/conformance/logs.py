#!/usr/bin/env python3
"""CloudWatch Logs with boto3 and the aws CLI: every operation and filter a row, read back, errors and their words, paginators, tails."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "boto3", "aws")
from botocore.exceptions import ClientError  # noqa: E402

NOW = int(time.time() * 1000)
DAY = 24 * 3600 * 1000


def refused(name, code, words, call, **arguments):
    """The call fails with this code, and `words` are in its message."""
    try:
        got = call(**arguments)
    except ClientError as error:
        said = error.response["Error"]
        return check(f"{name}: {code}", said["Code"] == code and words in said["Message"] and
                     error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, said)
    return check(f"{name}: {code}", False, f"was done: {got}")


def events_of(*rows):
    return [{"timestamp": t, "message": m} for t, m in rows]


def put(group, stream, *rows):
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events_of(*rows))


def messages(answer):
    return [e["message"] for e in answer["events"]]


def groups():
    logs.create_log_group(logGroupName="/app/one", tags={"team": "x"}, kmsKeyId="arn:aws:kms:us-east-1:000000000000:key/k")
    logs.create_log_group(logGroupName="/app/two", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_group(logGroupName="other")
    one = logs.describe_log_groups(logGroupNamePrefix="/app/one")["logGroups"][0]
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/app/one"
    check("a group as it is described", one["arn"] == arn + ":*" and one["logGroupArn"] == arn and one["storedBytes"] == 0
          and one["metricFilterCount"] == 0 and one["logGroupClass"] == "STANDARD" and abs(one["creationTime"] - NOW) < 600_000
          and one["kmsKeyId"].endswith("key/k") and "retentionInDays" not in one, one)

    def names(**query):
        return [g["logGroupName"] for page in logs.get_paginator("describe_log_groups").paginate(**query) for g in page["logGroups"]]
    check_equal("all groups, in order", names(), ["/app/one", "/app/two", "other"])
    check_equal("groups by pages of one", names(PaginationConfig={"PageSize": 1}), ["/app/one", "/app/two", "other"])
    check_equal("groups by prefix", names(logGroupNamePrefix="/app/"), ["/app/one", "/app/two"])
    check_equal("groups by pattern", names(logGroupNamePattern="t"), ["/app/two", "other"])
    check_equal("groups by class", names(logGroupClass="INFREQUENT_ACCESS"), ["/app/two"])
    check_equal("groups by identifiers", names(logGroupIdentifiers=[arn, "other", "absent"]), ["/app/one", "other"])
    check_equal("other regions have their own", client("logs", kiln.url, region="eu-west-1").describe_log_groups()["logGroups"], [])
    refused("prefix and pattern", "InvalidParameterException", "mutually exclusive", logs.describe_log_groups, logGroupNamePrefix="a", logGroupNamePattern="b")
    refused("a made-up token", "InvalidParameterException", "nextToken is invalid", logs.describe_log_groups, nextToken="x")
    refused("a limit too high", "InvalidParameterException", "less than or equal to 50", logs.describe_log_groups, limit=51)
    refused("a group again", "ResourceAlreadyExistsException", "The specified log group already exists", logs.create_log_group, logGroupName="other")
    refused("a reserved name", "InvalidParameterException", "reserved for AWS", logs.create_log_group, logGroupName="aws/x")
    refused("a name that is none", "InvalidParameterException", "failed to satisfy constraint", logs.create_log_group, logGroupName="a b")
    refused("delete what is not there", "ResourceNotFoundException", "The specified log group does not exist.", logs.delete_log_group, logGroupName="absent")
    logs.create_log_group(logGroupName="kept", deletionProtectionEnabled=True)
    refused("a protected group", "ValidationException", "deletion protection", logs.delete_log_group, logGroupName="kept")
    logs.put_log_group_deletion_protection(logGroupIdentifier="kept", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="kept")
    logs.delete_log_group(logGroupName="other")
    check_equal("a deleted group is gone", names(), ["/app/one", "/app/two"])


def settings():
    for days in (1, 7, 3653):
        logs.put_retention_policy(logGroupName="/app/two", retentionInDays=days)
    check_equal("retention is kept", logs.describe_log_groups(logGroupNamePrefix="/app/two")["logGroups"][0]["retentionInDays"], 3653)
    refused("a retention that is none", "InvalidParameterException", "enum value set", logs.put_retention_policy, logGroupName="/app/two", retentionInDays=2)
    refused("retention of nothing", "ResourceNotFoundException", "log group does not exist", logs.put_retention_policy, logGroupName="no", retentionInDays=1)
    logs.delete_retention_policy(logGroupName="/app/two")
    check("retention is removed", "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/app/two")["logGroups"][0])
    logs.associate_kms_key(logGroupName="/app/two", kmsKeyId="k2")
    check_equal("a key is kept", logs.describe_log_groups(logGroupNamePrefix="/app/two")["logGroups"][0]["kmsKeyId"], "k2")
    logs.disassociate_kms_key(logGroupName="/app/two")
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/app/one"
    logs.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    logs.untag_resource(resourceArn=arn, tagKeys=["b"])
    check_equal("tags by ARN", logs.list_tags_for_resource(resourceArn=arn)["tags"], {"team": "x", "a": "1"})
    logs.tag_log_group(logGroupName="/app/one", tags={"c": "3"})
    logs.untag_log_group(logGroupName="/app/one", tags=["a", "team"])
    check_equal("tags by name", logs.list_tags_log_group(logGroupName="/app/one")["tags"], {"c": "3"})
    logs.tag_resource(resourceArn=arn, tags={f"k{i}": "" for i in range(49)})
    refused("51 tags", "TooManyTagsException", "at most 50", logs.tag_resource, resourceArn=arn, tags={"more": ""})
    refused("tags of nothing", "ResourceNotFoundException", "log group does not exist", logs.list_tags_for_resource, resourceArn=arn + "x")


def streams():
    for name in ("a", "b/1", "b/2", "c"):
        logs.create_log_stream(logGroupName="/app/one", logStreamName=name)
    refused("a stream again", "ResourceAlreadyExistsException", "The specified log stream already exists", logs.create_log_stream, logGroupName="/app/one", logStreamName="a")
    refused("a stream of no group", "ResourceNotFoundException", "The specified log group does not exist.", logs.create_log_stream, logGroupName="no", logStreamName="a")
    refused("a stream's name with a colon", "InvalidParameterException", "regular expression", logs.create_log_stream, logGroupName="/app/one", logStreamName="a:b")
    put("/app/one", "b/1", (NOW - 5000, "x"), (NOW - 3000, "y"))
    put("/app/one", "a", (NOW - 4000, "x"))

    def names(**query):
        return [s["logStreamName"] for page in logs.get_paginator("describe_log_streams").paginate(**query) for s in page["logStreams"]]
    one = {"logGroupName": "/app/one"}
    check_equal("streams by name", names(**one, PaginationConfig={"PageSize": 3}), ["a", "b/1", "b/2", "c"])
    check_equal("streams by name, descending", names(**one, descending=True, PaginationConfig={"PageSize": 1}), ["c", "b/2", "b/1", "a"])
    check_equal("streams by prefix", names(**one, logStreamNamePrefix="b/"), ["b/1", "b/2"])
    check_equal("streams by last event", names(**one, orderBy="LastEventTime", descending=True, PaginationConfig={"PageSize": 1})[:2], ["b/1", "a"])
    check_equal("streams of an ARN", names(logGroupIdentifier="arn:aws:logs:us-east-1:000000000000:log-group:/app/one"), ["a", "b/1", "b/2", "c"])
    refused("by last event with a prefix", "InvalidParameterException", "Cannot order by LastEventTime", logs.describe_log_streams, **one, orderBy="LastEventTime", logStreamNamePrefix="b")
    refused("neither name nor ARN", "InvalidParameterException", "must be specified", logs.describe_log_streams)
    s = logs.describe_log_streams(**one, logStreamNamePrefix="b/1")["logStreams"][0]
    check("a stream as it is described", s["firstEventTimestamp"] == NOW - 5000 and s["lastEventTimestamp"] == NOW - 3000
          and s["lastIngestionTime"] >= NOW and s["storedBytes"] == 0 and s["arn"].endswith(":log-group:/app/one:log-stream:b/1"), s)
    check("an empty stream has no times", "firstEventTimestamp" not in logs.describe_log_streams(**one, logStreamNamePrefix="c")["logStreams"][0])
    check_equal("a group's bytes", logs.describe_log_groups(logGroupNamePrefix="/app/one")["logGroups"][0]["storedBytes"], 3 * 27)
    logs.delete_log_stream(**one, logStreamName="a")
    check_equal("a deleted stream is gone, its bytes too", (names(**one), logs.describe_log_groups(logGroupNamePrefix="/app/one")["logGroups"][0]["storedBytes"]),
                (["b/1", "b/2", "c"], 2 * 27))
    refused("delete a stream that is not there", "ResourceNotFoundException", "The specified log stream does not exist.", logs.delete_log_stream, **one, logStreamName="a")


def putting():
    logs.create_log_group(logGroupName="put")
    logs.create_log_stream(logGroupName="put", logStreamName="s")
    call = {"logGroupName": "put", "logStreamName": "s"}
    answer = logs.put_log_events(**call, logEvents=events_of((NOW, "ä€😀\tx")), sequenceToken="anything")
    check("a put gives a token and rejects nothing", len(answer["nextSequenceToken"]) == 56 and "rejectedLogEventsInfo" not in answer, answer)
    check_equal("any text comes back", messages(logs.get_log_events(**call)), ["ä€😀\tx"])
    rejected = put("put", "s", (NOW - 15 * DAY, "a"), (NOW - 15 * DAY, "b"))["rejectedLogEventsInfo"]
    check_equal("too old", rejected, {"tooOldLogEventEndIndex": 2})
    rejected = put("put", "s", (NOW, "in"), (NOW + 3 * 3600_000, "new"))["rejectedLogEventsInfo"]
    check_equal("too new", rejected, {"tooNewLogEventStartIndex": 1})
    logs.put_retention_policy(logGroupName="put", retentionInDays=1)
    rejected = put("put", "s", (NOW - DAY - 60_000, "old"), (NOW - DAY + 600_000, "young"))["rejectedLogEventsInfo"]
    check_equal("expired", rejected, {"expiredLogEventEndIndex": 1})
    check_equal("only what was taken is there", messages(logs.get_log_events(**call)), ["young", "ä€😀\tx", "in"])
    logs.delete_retention_policy(logGroupName="put")
    bad = "InvalidParameterException"
    refused("not in order", bad, "must be in chronological order", logs.put_log_events, **call, logEvents=events_of((NOW, "a"), (NOW - 1, "b")))
    refused("a day too long", bad, "cannot span more than 24 hours", logs.put_log_events, **call, logEvents=events_of((NOW - DAY - 1, "a"), (NOW, "b")))
    refused("an upload too large", bad, "Upload too large: 1048578 bytes exceeds limit of 1048576", logs.put_log_events, **call,
            logEvents=events_of(*[(NOW, "x" * (524_289 - 26))] * 2))
    refused("an event too large", bad, "Log event too large", logs.put_log_events, **call, logEvents=events_of((NOW, "x" * 1_048_551)))
    check("the largest upload", put("put", "s", (NOW - 9, "x" * 1_048_550))["nextSequenceToken"])
    refused("10,001 events", bad, "less than or equal to 10000", logs.put_log_events, **call, logEvents=events_of(*[(NOW, "x")] * 10_001))
    refused("no events", bad, "greater than or equal to 1", client("logs", kiln.url, parameter_validation=False).put_log_events, **call, logEvents=[])
    for where, words in ((("no", "s"), "log group"), (("put", "no"), "log stream")):
        refused(f"put into no {words}", "ResourceNotFoundException", f"The specified {words} does not exist.", logs.put_log_events,
                logGroupName=where[0], logStreamName=where[1], logEvents=events_of((NOW, "x")))


def getting():
    logs.create_log_group(logGroupName="get")
    logs.create_log_stream(logGroupName="get", logStreamName="s")
    call = {"logGroupName": "get", "logStreamName": "s"}
    empty = logs.get_log_events(**call)
    check("an empty stream has tokens too", empty["events"] == [] and empty["nextForwardToken"].startswith("f/") and empty["nextBackwardToken"].startswith("b/"), empty)
    for part in (range(50, 100), range(0, 50)):  # out of order
        put("get", "s", *((NOW - 1000 + i, f"m{i}") for i in part))
    want = [f"m{i}" for i in range(100)]
    check_equal("the token of an empty stream goes on", messages(logs.get_log_events(**call, nextToken=empty["nextForwardToken"])), want)
    check_equal("the end by default", messages(logs.get_log_events(**call, limit=3)), want[-3:])
    check_equal("the head when asked", messages(logs.get_log_events(**call, limit=3, startFromHead=True)), want[:3])
    check_equal("a window", messages(logs.get_log_events(**call, startTime=NOW - 990, endTime=NOW - 985)), want[10:15])
    got, token, pages = [], None, 0
    while pages < 50:
        page = logs.get_log_events(**call, limit=7, startFromHead=True, **({"nextToken": token} if token else {}))
        got, pages = got + messages(page), pages + 1
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    check_equal("forwards to the end, where the token stays", (got, pages), (want, 16))
    put("get", "s", (NOW, "late"))
    check_equal("and goes on from there", messages(logs.get_log_events(**call, nextToken=token)), ["late"])
    got, token = [], logs.get_log_events(**call, limit=1)["nextBackwardToken"]
    for pages in range(50):
        page = logs.get_log_events(**call, limit=7, nextToken=token)
        got = messages(page) + got
        if page["nextBackwardToken"] == token:
            break
        token = page["nextBackwardToken"]
    check_equal("backwards to the head, where the token stays", (got, pages), (want, 15))
    page = logs.get_log_events(**call, limit=5, startFromHead=True)
    page = logs.get_log_events(**call, limit=5, nextToken=page["nextForwardToken"])
    check_equal("back from the second page is the first", messages(logs.get_log_events(**call, limit=5, nextToken=page["nextBackwardToken"])), want[:5])
    put("get", "s", *((NOW + 1 + i, "x" * 300_000) for i in range(3)))
    put("get", "s", *((NOW + 4 + i, "y" * 300_000) for i in range(3)))
    check_equal("a page is at most 1 MB", len(logs.get_log_events(**call, startFromHead=True, startTime=NOW + 1)["events"]), 3)
    check_equal("by ARN", messages(logs.get_log_events(logGroupIdentifier="arn:aws:logs:us-east-1:000000000000:log-group:get", logStreamName="s", limit=1, startFromHead=True)), ["m0"])
    refused("a token of nothing", "InvalidParameterException", "nextToken is invalid", logs.get_log_events, **call, nextToken="f/1")
    refused("a limit of nothing", "InvalidParameterException", "less than or equal to 10000", logs.get_log_events, **call, limit=10_001)
    refused("get from no stream", "ResourceNotFoundException", "log stream does not exist", logs.get_log_events, logGroupName="get", logStreamName="no")


def filtering():
    logs.create_log_group(logGroupName="filter")
    for name in ("web-1", "web-2", "db"):
        logs.create_log_stream(logGroupName="filter", logStreamName=name)
    put("filter", "web-1", (NOW - 30, "ERROR one"), (NOW - 10, '{"level":"warn","n":7}'), (NOW - 5, "10.0.0.1 bob 404"))
    put("filter", "web-2", (NOW - 20, "INFO two"), (NOW - 10, "ERROR three"))
    put("filter", "db", (NOW - 25, "WARN four"), (NOW, "ERROR five"))
    call = {"logGroupName": "filter"}

    def found(**query):
        return [e["message"] for page in logs.get_paginator("filter_log_events").paginate(**call, **query) for e in page["events"]]
    everything = ["ERROR one", "WARN four", "INFO two", '{"level":"warn","n":7}', "ERROR three", "10.0.0.1 bob 404", "ERROR five"]
    check_equal("all streams, by time", found(), everything)
    check_equal("by pages of one", found(PaginationConfig={"PageSize": 1}), everything)
    check_equal("interleaved", found(interleaved=True), everything)
    check_equal("some streams", found(logStreamNames=["web-2", "db"]), ["WARN four", "INFO two", "ERROR three", "ERROR five"])
    check_equal("streams by prefix", found(logStreamNamePrefix="web-"), ["ERROR one", "INFO two", '{"level":"warn","n":7}', "ERROR three", "10.0.0.1 bob 404"])
    check_equal("a window, its end taken", found(startTime=NOW - 25, endTime=NOW - 10), everything[1:5])
    rows = [("ERROR", ["ERROR one", "ERROR three", "ERROR five"]), ("ERROR -three", ["ERROR one", "ERROR five"]), ("?WARN ?INFO", ["WARN four", "INFO two"]),
            ('"ERROR t"', ["ERROR three"]), ("%fo[uo]r|f[a-i]ve%", ["WARN four", "ERROR five"]), ('{ $.level = "w*" && $.n > 6 }', everything[3:4]),
            ("[ip, user, status=4*]", ["10.0.0.1 bob 404"]), ("", everything), ("nowhere", [])]
    for pattern, want in rows:
        check_equal(f"filter {pattern!r}", found(filterPattern=pattern, PaginationConfig={"PageSize": 2}), want)
    answer = logs.filter_log_events(**call, limit=1)
    event = answer["events"][0]
    check("an event as it is found", event["logStreamName"] == "web-1" and event["timestamp"] == NOW - 30 and event["ingestionTime"] >= NOW
          and len(event["eventId"]) == 56 and answer["searchedLogStreams"] == [], event)
    ids = [e["eventId"] for e in logs.filter_log_events(**call)["events"]]
    check("event ids are each one's own, and the same again", len(set(ids)) == 7 and ids == [e["eventId"] for e in logs.filter_log_events(**call)["events"]])
    bad = "InvalidParameterException"
    refused("a bad pattern", bad, "expected '}', && or || at position", logs.filter_log_events, **call, filterPattern="{ $.a = 1")
    refused("a term with other characters", bad, "Invalid character(s) in term 'a.b'", logs.filter_log_events, **call, filterPattern="a.b")
    refused("a pattern of 1,025 characters", bad, "less than or equal to 1024", logs.filter_log_events, **call, filterPattern="a" * 1025)
    refused("names and prefix", bad, "mutually exclusive", logs.filter_log_events, **call, logStreamNames=["db"], logStreamNamePrefix="d")
    refused("another search's token", bad, "nextToken is invalid", logs.filter_log_events, **call, filterPattern="x", nextToken=answer["nextToken"])
    refused("a stream that is not there", "ResourceNotFoundException", "log stream does not exist", logs.filter_log_events, **call, logStreamNames=["no"])
    tested = logs.test_metric_filter(filterPattern="[ip, user, status=4*]", logEventMessages=["10.0.0.1 bob 404", "x"])["matches"]
    check_equal("TestMetricFilter", tested, [{"eventNumber": 1, "eventMessage": "10.0.0.1 bob 404", "extractedValues": {"$ip": "10.0.0.1", "$user": "bob", "$status": "404"}}])
    try:
        logs.start_query(logGroupName="filter", startTime=1, endTime=2, queryString="x")
        check("what is not built says so", False)
    except ClientError as error:
        check("what is not built says so", error.response["ResponseMetadata"]["HTTPStatusCode"] == 501, error)


def cli():
    def row(name, *words, want=None):
        status, out, error = aws(kiln.url, "logs", *words)
        check(f"aws logs {name}", status == 0 and (want is None or want(out)), (status, out, error))
    row("create-log-group", "create-log-group", "--log-group-name", "cli")
    row("create-log-stream", "create-log-stream", "--log-group-name", "cli", "--log-stream-name", "s")
    row("put-log-events", "put-log-events", "--log-group-name", "cli", "--log-stream-name", "s", "--log-events", f"timestamp={NOW},message=hello", want=lambda o: o["nextSequenceToken"])
    row("get-log-events", "get-log-events", "--log-group-name", "cli", "--log-stream-name", "s", want=lambda o: messages(o) == ["hello"])
    row("filter-log-events", "filter-log-events", "--log-group-name", "cli", "--filter-pattern", "hell", want=lambda o: messages(o) == ["hello"])
    row("describe-log-streams", "describe-log-streams", "--log-group-name", "cli", "--order-by", "LastEventTime", want=lambda o: len(o["logStreams"]) == 1)
    row("describe-log-groups", "describe-log-groups", want=lambda o: "cli" in [g["logGroupName"] for g in o["logGroups"]])
    row("put-retention-policy", "put-retention-policy", "--log-group-name", "cli", "--retention-in-days", "7")
    row("delete-log-stream", "delete-log-stream", "--log-group-name", "cli", "--log-stream-name", "s")
    row("delete-log-group", "delete-log-group", "--log-group-name", "cli")


def cli_has(operation):
    return "nvalid choice" not in aws(kiln.url, "logs", operation)[2]


def followed():
    """What `aws logs tail --follow` does: FilterLogEvents from the last time seen, and ids that tell what was seen already."""
    logs.create_log_group(logGroupName="tail")
    logs.create_log_stream(logGroupName="tail", logStreamName="s")
    seen, since = [], NOW - 1000
    ids = set()
    for round_ in range(5):
        put("tail", "s", (NOW + round_ // 2, f"line {round_}"))
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName="tail", interleaved=True, startTime=since):
            for event in page["events"]:
                if event["eventId"] not in ids:
                    ids.add(event["eventId"])
                    seen.append(event["message"])
                    since = max(since, event["timestamp"])
    check_equal("a follower that asks again sees each line once", seen, [f"line {i}" for i in range(5)])
    if not cli_has("tail"):
        return skip("aws logs tail --follow", "this aws CLI has no logs tail (version 2 has)")
    tail = subprocess.Popen(["aws", "--endpoint-url", kiln.url, "logs", "tail", "tail", "--follow", "--format", "short"], env=aws_env(), stdout=subprocess.PIPE, text=True)
    lines = []
    threading.Thread(target=lambda: [lines.append(line) for line in tail.stdout], daemon=True).start()
    try:
        wait_for(lambda: lines, 120, "what is there is shown")
        put("tail", "s", (int(time.time() * 1000), "while it follows"))
        check("aws logs tail --follow", wait_for(lambda: any("while it follows" in line for line in lines), 120, "what comes is shown"))
    finally:
        tail.kill()


def live():
    boto = client("logs", kiln.url, inject_host_prefix=False)
    group = "arn:aws:logs:us-east-1:000000000000:log-group:tail"
    if not hasattr(boto, "start_live_tail"):
        return skip("start_live_tail", "this boto3 does not have it")
    stream = iter(boto.start_live_tail(logGroupIdentifiers=[group], logStreamNamePrefixes=["s"], logEventFilterPattern="LIVE")["responseStream"])
    start = next(stream)["sessionStart"]
    check("a session starts as it was asked for", start["logGroupIdentifiers"] == [group] and start["logStreamNamePrefixes"] == ["s"]
          and start["logEventFilterPattern"] == "LIVE" and start["sessionId"] and start["requestId"], start)
    logs.create_log_stream(logGroupName="tail", logStreamName="other")
    put("tail", "s", (NOW, "LIVE one"), (NOW, "not this"))
    put("tail", "other", (NOW, "LIVE elsewhere"))
    put("tail", "s", *((NOW, f"LIVE {i}") for i in range(600)))
    got, sampled, updates = [], False, 0
    while len(got) < 500 and updates < 120:
        update = next(stream)["sessionUpdate"]
        got, sampled, updates = got + update["sessionResults"], sampled or update["sessionMetadata"]["sampled"], updates + 1
    check("what comes in is sent, filtered, 500 a second", got[0]["message"] == "LIVE one" and got[0]["logGroupIdentifier"] == group
          and got[0]["logStreamName"] == "s" and {e["logStreamName"] for e in got} == {"s"} and len(got) >= 500 and sampled, (len(got), sampled, got[:2]))
    check("and then the updates are empty", next(stream)["sessionUpdate"]["sessionResults"] == [])
    refused("a live tail of nothing", "ResourceNotFoundException", "log group does not exist", boto.start_live_tail, logGroupIdentifiers=["arn:aws:logs:us-east-1:000000000000:log-group:no"])
    refused("a live tail with a bad pattern", "InvalidParameterException", "Invalid filter pattern", boto.start_live_tail, logGroupIdentifiers=[group], logEventFilterPattern="{")
    if not cli_has("start-live-tail"):
        return skip("aws logs start-live-tail", "this aws CLI does not have it")
    tail = subprocess.Popen(["aws", "--endpoint-url", kiln.url, "logs", "start-live-tail", "--log-group-identifiers", group], stdin=subprocess.DEVNULL,
                            env={**aws_env(), "AWS_DISABLE_HOST_PREFIX_INJECTION": "true", "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    threading.Thread(target=lambda: [lines.append(line) for line in tail.stdout], daemon=True).start()

    def arrived():
        put("tail", "s", (int(time.time() * 1000), "for the CLI"))
        return any("for the CLI" in line for line in lines) or tail.poll() is not None
    try:
        wait_for(arrived, 120, "what comes is shown", every=0.5)
    finally:
        tail.kill()
    check("aws logs start-live-tail", any("for the CLI" in line for line in lines), lines[:5])


def killed():
    """Killed in the middle of puts: what was acknowledged is there, once, in order, and nothing of a batch without the rest of it."""
    logs.create_log_group(logGroupName="killed")
    logs.create_log_stream(logGroupName="killed", logStreamName="s")
    acknowledged, stop = [], threading.Event()

    def putter(number):
        for i in range(100_000):
            if stop.is_set():
                return
            try:
                put("killed", "s", *((NOW, f"{number}-{i}-{k}") for k in range(20)))
            except Exception:
                return
            acknowledged.append((number, i))
    for life in range(3):
        stop.clear()
        threads = [threading.Thread(target=putter, args=(f"{life}{n}",)) for n in range(3)]
        for thread in threads:
            thread.start()
        enough = len(acknowledged) + 60
        wait_for(lambda: len(acknowledged) >= enough, 300, "60 more puts are acknowledged")
        kiln.kill9()
        stop.set()
        for thread in threads:
            thread.join()
        kiln.start()
    got = [e["message"].rsplit("-", 1) for page in logs.get_paginator("filter_log_events").paginate(logGroupName="killed") for e in page["events"]]
    batches = {}
    for batch, k in got:
        batches.setdefault(batch, []).append(int(k))
    missing = [a for a in acknowledged if f"{a[0]}-{a[1]}" not in batches]
    check("acknowledged events are there after kill -9", not missing, missing[:5])
    broken = {b: k for b, k in batches.items() if k != list(range(20))}
    check("each once, whole and in order", not broken, lambda: list(broken.items())[:3])
    check("unacknowledged batches are at most one of each putter", len(batches) - len(acknowledged) <= 9, (len(batches), len(acknowledged)))


with kiln_server("--set", "engine.enabled=false") as kiln:
    logs = client("logs", kiln.url)
    run(groups, settings, streams, putting, getting, filtering, cli, followed, live, killed)
finish()
