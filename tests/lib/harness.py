"""For script tests in Python: checks and their count, a Kiln of one's own, clients, the engine's containers.

A script test is an executable file in tests/PART/ that begins with
    import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
    from harness import *
and ends with finish(). It prints `ok NAME` or `not ok NAME: DETAIL` for each check, `# …` lines for people (tests/run shows them), and
last of all `# N passed, N failed, N skipped`; its exit status is 0 only when none failed. LONG says whether the whole form is asked for.
"""

import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KILN_TEST_BUILD", ROOT / "build"))
KILN = BUILD / "kiln"
IMAGE = "kiln/build:latest"
REGION = "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/kiln"
LONG = os.environ.get("KILN_TEST_LONG", "") not in ("", "0")

_lock = threading.Lock()
_counts = {"passed": 0, "failed": 0, "skipped": 0}


def _say(line):
    with _lock:  # else lines of several threads run into each other
        print(line, flush=True)


# Checks ----------------------------------------------------------------------------------------------------------

def check(name, cond, detail=""):
    """Counts one check; `detail` (a value or a function that makes one) is shown when it fails. Any thread. Answers `cond`."""
    with _lock:
        _counts["passed" if cond else "failed"] += 1
    if cond:
        _say(f"ok {name}")
    else:
        shown = detail() if callable(detail) else detail
        _say(f"not ok {name}: {shown}".replace("\n", "\n    "))
    return bool(cond)


def check_equal(name, got, expected):
    return check(name, got == expected, lambda: f"got {got!r}, expected {expected!r}")


def skip(name, why):
    with _lock:
        _counts["skipped"] += 1
    _say(f"skipped {name}: {why}")


def note(text):
    for line in str(text).splitlines() or [""]:
        _say(f"# {line}")


def run(*cases):
    """Runs functions one after the other; one that throws is a failed check and the next one runs."""
    for case in cases:
        try:
            case()
        except Exception:
            check(case.__name__, False, traceback.format_exc())


def finish():
    print(f"# {_counts['passed']} passed, {_counts['failed']} failed, {_counts['skipped']} skipped", flush=True)
    sys.exit(1 if _counts["failed"] else 0)


def wait_for(predicate, deadline=60.0, what="", every=0.02):
    """Asks until `predicate` answers something true, and answers that; TimeoutError after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimeoutError(f"not within {deadline} s: {what or getattr(predicate, '__name__', 'the condition')}")
        time.sleep(every)


# Kiln ------------------------------------------------------------------------------------------------------------

def free_port():
    """A port that nobody listens on. Not one that the kernel gives to connections, which might take it while its server is away."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as s:
            try:
                s.bind(("", port))
                return port
            except OSError:
                continue


class KilnServer:
    """`kiln serve` on a port and a data directory of its own; a context manager that stops it and removes the directory."""

    def __init__(self, args=(), env=None, data=None, port=None, binary=KILN):
        self.args, self.env, self.binary = list(args), dict(env or {}), str(binary)
        self.own = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="kiln-test-"))
        self.port = port or free_port()
        self.log = self.data.with_name(self.data.name + ".log") if self.own else self.data / "serve.log"
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait=True, env=None):
        """Starts it; `env` is for this start only (crash points). Answers the seconds until it was healthy."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data), *self.args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **self.env, **(env or {})})
        if wait:
            wait_for(lambda: self.healthy() or self.process.poll() is not None, 120, "kiln serve is healthy", every=0.005)
            if self.process.poll() is not None:
                raise RuntimeError(f"kiln serve ended with {self.process.returncode}: {self.tail()}")
        return time.monotonic() - began

    def healthy(self):
        try:
            return self.get("/_kiln/health", timeout=2)[0] == 200
        except OSError:
            return False

    def get(self, path, timeout=60, headers=None):
        """Status and text of a GET, whatever the status."""
        request = urllib.request.Request(self.url + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def build_log(self, build_id):
        status, text = self.get(f"/_kiln/builds/{build_id}/logs")
        if status != 200:
            raise RuntimeError(f"log of {build_id}: {status} {text}")
        return text

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def wait(self, deadline=60):
        return self.process.wait(deadline)

    def stop(self, deadline=60):
        """SIGTERM; answers the exit status. One that is still there after `deadline` seconds is killed: -9."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.kill9()
            return self.process.returncode

    def restart(self):
        self.stop()
        return self.start()

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else "(no log)"

    def memory_mb(self):
        """Resident and peak resident memory in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        field = {k: v.split() for k, _, v in (line.partition(":") for line in text.splitlines())}
        return int(field["VmRSS"][0]) / 1024, int(field["VmHWM"][0]) / 1024

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
        if self.own:
            if kind is None:
                shutil.rmtree(self.data, ignore_errors=True)
                self.log.unlink(missing_ok=True)
            else:
                note(f"data kept in {self.data}; the end of {self.log}:\n{self.tail()}")


def kiln_server(*args, **options):
    """`with kiln_server("--set", "queue.workers=2", env={…}) as kiln:`"""
    return KilnServer(args, **options)


# Clients ---------------------------------------------------------------------------------------------------------

def aws_env(url=None, region=REGION):
    """An environment for the aws CLI: credentials that mean nothing, nobody's configuration."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    env.update(AWS_ACCESS_KEY_ID="kiln", AWS_SECRET_ACCESS_KEY="kiln", AWS_DEFAULT_REGION=region, AWS_PAGER="",
               AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true")
    if url:
        env["AWS_ENDPOINT_URL"] = url
    return env


def aws(url, *words, region=REGION):
    """Runs the aws CLI; answers (exit status, parsed output or None, error text)."""
    done = subprocess.run(["aws", "--endpoint-url", url, "--output", "json", *words], env=aws_env(region=region),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr.strip()


def client(service, url, region=REGION, **config):
    """A boto3 client that does not retry unless told to."""
    import boto3
    from botocore.config import Config
    config.setdefault("retries", {"max_attempts": 0})
    return boto3.session.Session().client(
        service, endpoint_url=url, region_name=region, aws_access_key_id="kiln", aws_secret_access_key="kiln",
        config=Config(**config))


def buildspec(**phases):
    """buildspec(build=["echo hi"]) as text."""
    return json.dumps({"version": 0.2, "phases": {name: {"commands": list(c)} if isinstance(c, (list, tuple)) else c
                                                  for name, c in phases.items()}})


def project(name, spec, image=IMAGE, **more):
    """The arguments of CreateProject for a NO_SOURCE project; `spec` is a buildspec's text."""
    environment = {"type": "LINUX_CONTAINER", "image": image, "computeType": "BUILD_GENERAL1_SMALL",
                   **more.pop("environment", {})}
    return {"name": name, "source": {"type": "NO_SOURCE", "buildspec": spec}, "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": environment, "serviceRole": ROLE, **more}


def wait_build(codebuild, build_id, deadline=300):
    """The build once it is complete."""
    def complete():
        build = codebuild.batch_get_builds(ids=[build_id])["builds"][0]
        return build if build["buildComplete"] else None
    return wait_for(complete, deadline, f"{build_id} is complete", every=0.1)


def json_lines(path):
    """The objects of a file of them that is still written to, and in which a writer that was killed may have left half a line."""
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            pass
    return found


def watch(url, query="", timeout=120):
    """The objects of /_kiln/watch/builds as they come; ends when the server or `timeout` (of one wait) ends it."""
    with urllib.request.urlopen(f"{url}/_kiln/watch/builds{query}", timeout=timeout) as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)


# Engine ----------------------------------------------------------------------------------------------------------

class _EngineConnection(http.client.HTTPConnection):
    def __init__(self, host):
        where = host.removeprefix("tcp://") if host.startswith("tcp://") else "localhost"
        super().__init__(where, timeout=60)
        self.path = host.removeprefix("unix://") if host.startswith("unix://") else None

    def connect(self):
        if self.path is None:
            return super().connect()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def engine_host():
    simfra = os.environ.get("SIMFRA_DOCKER", "")
    return simfra if "://" in simfra else os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


def engine(method, path, body=None):
    """One call of the engine's API: (status, parsed answer or text)."""
    connection = _EngineConnection(engine_host())
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, text


def engine_available():
    try:
        return engine("GET", "/_ping")[0] == 200
    except OSError:
        return False


def has_image(name=IMAGE):
    return engine_available() and engine("GET", f"/images/{name}/json")[0] == 200


def containers(build_ids=None):
    """Containers, running or not, with Kiln's build label; only those of the given builds (ids, ARNs or uuids) when given."""
    _, listed = engine("GET", "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22io.kiln.build%22%5D%7D")
    if build_ids is None:
        return listed
    uuids = [i.rsplit(":", 1)[-1].rsplit("/", 1)[-1] for i in build_ids]
    return [c for c in listed if any(u in c["Labels"].get("io.kiln.build", "") for u in uuids)]


GATE = "until [ -e /tmp/gate ]; do sleep 0.1; done"  # a command that goes on when open_gate() is called, however late that is


def open_gate(build_id):
    for container in containers([build_id]):
        status, made = engine("POST", f"/containers/{container['Id']}/exec", {"Cmd": ["touch", "/tmp/gate"]})
        if status == 201:
            status, made = engine("POST", f"/exec/{made['Id']}/start", {"Detach": True})
        if status not in (200, 204):
            raise RuntimeError(f"opening the gate of {build_id}: {status} {made}")


def check_no_leftovers(name, build_ids, deadline=60):
    """Containers are removed after COMPLETED: none of these builds has one within `deadline` seconds."""
    try:
        wait_for(lambda: not containers(build_ids), deadline)
    except TimeoutError:
        pass
    left = [f"{c['Names'][0]} {c['State']}" for c in containers(build_ids)]
    return check(name, not left, lambda: f"left over: {left}")


def require(*needs):
    """Leaves the whole script out (as one skipped check) unless what it names is there: "engine", "image", "boto3", "aws", "kiln"."""
    def boto3():
        try:
            import boto3 as found
            return bool(found)
        except ImportError:
            return False
    there = {"engine": engine_available, "image": has_image, "boto3": boto3, "aws": lambda: bool(shutil.which("aws")),
             "kiln": KILN.exists}
    missing = [n for n in needs if not there[n]()]
    if missing:
        skip(pathlib.Path(sys.argv[0]).name, "needs " + ", ".join(missing))
        finish()
