#!/usr/bin/env python3
"""`kiln run` where things are not as they should be: signals at any moment, readers that go, places that cannot be written to, odd
buildspecs and sources, an engine that dies; each is said in a line, and nothing is left over."""

import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *  # noqa: E402,F403
from patience import quickest  # noqa: E402

BASE = pathlib.Path(tempfile.mkdtemp(prefix="kiln-test-edges-"))
TMP = BASE / "tmp"  # where every run here keeps its data
TMP.mkdir()
MARK = os.urandom(4).hex()  # ends the names of all projects here, which no other test's containers have then
os.umask(0o022)
ENDLESS = "echo now; while :; do sleep 1; done"
NO_READER = 128 + signal.SIGPIPE


def at(name):
    return BASE / f"{name}-{MARK}"


def tree_of(name, *commands, rest=""):
    root = at(name)
    root.mkdir()
    lines = "".join(f"      - |\n        {command}\n" for command in commands)
    (root / "buildspec.yml").write_text(f"version: 0.2\nphases:\n  build:\n    commands:\n{lines}{rest}")
    return root


def environment(**more):
    return {**{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KILN_"))}, "TMPDIR": str(TMP), **more}


def kiln_run(*words, program=KILN, **options):
    options = {"stdin": subprocess.DEVNULL, "env": environment(), "timeout": 300, **options}
    done = subprocess.run([program, "run", *map(str, words)], capture_output=True, text=True, errors="surrogateescape", **options)
    return done.returncode, done.stdout, done.stderr


def in_shell(line, *words):
    """A line of bash with pipefail, of which $0 is kiln."""
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line, KILN, *map(str, words)], env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def started(*words, **more):
    return subprocess.Popen([KILN, "run", *map(str, words)], env=environment(**more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def at_now(*words, **more):
    process = started(*words, **more)
    while process.stdout.readline() not in ("now\n", ""):
        pass
    return process


def left_over():
    return [container["Labels"]["io.kiln.build"] for container in containers([MARK])] + list(TMP.iterdir())


def check_gone(name):
    check(f"{name}: no container and no data is left", not left_over(), left_over)


class EngineProxy:
    """A socket that leads to the engine for as long as it is open."""

    def __init__(self, path):
        self.path, self.pairs = path, []
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = self.engine()
            self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def engine(self):
        where = engine_host()
        if where.startswith("tcp://"):
            host, _, port = where.removeprefix("tcp://").rpartition(":")
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(where.removeprefix("unix://"))
        return server

    def carry(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.path.unlink()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs = []


def ending_signals():
    root = tree_of("endless", ENDLESS)
    for number in (signal.SIGQUIT, signal.SIGHUP):
        process = at_now(root)
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        check(f"{number.name}: exit status, the stopped build is told, no word on stderr", process.returncode == 128 + number and "STOPPED" in out and err == "", (process.returncode, out[-500:], err))
        check_gone(number.name)
    process = at_now(root)
    process.send_signal(signal.SIGQUIT)
    wait_for(lambda: "Stopping" in process.stdout.readline(), 60, "the first signal is seen")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    check_equal("a second signal while it tidies up: the first one's exit status", process.returncode, 131)
    check_gone("a second signal")


def impatience():
    proxy = EngineProxy(BASE / "engine-1")
    process = at_now(tree_of("impatient", ENDLESS), DOCKER_HOST=f"unix://{proxy.path}")
    proxy.close()
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
        wait_for(lambda: process.poll() is not None or not pending(process), 60, "the signal is taken", every=0.001)
    _, err = process.communicate(timeout=300)
    check("two signals and no engine: it is said that a container may be left", process.returncode == 130 and "container may be left (the next kiln run removes it)" in err, (process.returncode, err))
    check("two signals and no engine: its data stay, by which the next run knows it", len(left_over()) == 2, left_over)
    status, out, err = kiln_run(tree_of("after", "true"))
    check_equal("two signals and no engine: the next run", (status, err), (0, ""))
    check_gone("two signals and no engine, and another run")
    process = at_now(at("impatient"))
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        wait_for(lambda: process.poll() is not None or not pending(process), 60, "the signal is taken", every=0.001)
    _, err = process.communicate(timeout=120)
    check("three signals: what is left is said", process.returncode == 130 and (not left_over() or "quit at once; what is left" in err), (process.returncode, err, left_over()))
    check_equal("three signals: the next run", kiln_run(at("after"))[0], 0)
    check_gone("three signals, and another run")


def pending(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return any(int(line.split()[1], 16) for line in text.splitlines() if line.startswith("ShdPnd"))


def readers_that_go():
    def seconds():
        began = time.monotonic()
        status, out, err = in_shell('"$0" run "$1" | head -1', at("endless"))
        took = time.monotonic() - began
        check("a reader that goes: 141, quietly", (status, err) == (NO_READER, "") and out.startswith(f"{at('endless').name}:"), (status, out, err))
        return took
    took = quickest(seconds, 20)
    check("a reader that goes: the build is stopped at once", took < 20, took)
    check_gone("a reader that goes")
    status, out, err = in_shell('"$0" run --json "$1" | head -1', at("endless"))
    check_equal("a reader of JSON that goes", (status, err), (NO_READER, ""))
    status, out, err = in_shell('"$0" run "$1" > /dev/full', at("endless"))
    check_equal("output that cannot be written is said", (status, err), (1, "kiln run: cannot write the output: No space left on device\n"))
    check_gone("output that cannot be written")
    tree_of("closed", "echo now")
    for closed in (">&-", "<&-", "<&- >&- 2>&-"):
        check_equal(f"{closed}: the build is built", in_shell(f'"$0" run "$1" {closed}', at("closed"))[0], 0)
    check_gone("closed descriptors")
    with kiln_server() as server:
        status, out, err = in_shell('"$0" watch --endpoint "$1" | head -c 0', server.url)
        check_equal("kiln watch: a reader that goes", (status, err), (NO_READER, ""))


def places():
    root = tree_of("made", "mkdir -p out; echo x > out/tool; chmod 6755 out/tool", rest="artifacts:\n  files: ['out/**/*']\n  secondary-artifacts:\n    docs:\n      files: [buildspec.yml]\n")
    place = BASE / "tmp-place"
    place.mkdir(mode=0o755)
    (place / "file").write_text("x")
    (place / "dangling").symlink_to("none")
    (place / "docs").symlink_to("/")
    BASE.chmod(0o755)
    program = shutil.copy(KILN, BASE / "tmp-kiln")  # where nobody may run it too
    for where, said in (("file", "is not a directory"), ("file/new", "is not a directory"), ("dangling", "is a link to what is not there"), ("", "/docs' is a link")):
        status, out, err = kiln_run(root, "--artifacts", place / where)
        check(f"--artifacts {where or 'with a link for a secondary one'}: usage, before the build", (status, out) == (2, "") and "kiln run: --artifacts: '" in err and said in err, (status, out, err))
    if os.geteuid() == 0:
        status, out, err = kiln_run(root, "--artifacts", place / "new", program=program, preexec_fn=lambda: os.setuid(65534))
        check("--artifacts where one may not write: usage", (status, out) == (2, "") and "takes no new directory: Permission denied" in err, (status, out, err))
    status, out, err = kiln_run(root, "--artifacts", BASE / "tmp-good")
    check_equal("--artifacts: no setuid nor setgid bits", (status, oct(stat.S_IMODE((BASE / "tmp-good/out/tool").stat().st_mode))), (0, "0o755"))
    for where in ("/proc", "/no/such"):
        status, out, err = kiln_run(root, env=environment(TMPDIR=where))
        check(f"TMPDIR={where}: said, exit status 3", (status, out) == (3, "") and where in err and len(err.splitlines()) == 2, (status, out, err))
    check_equal("neither HOME nor XDG_DATA_HOME: built", kiln_run(at("closed"), env={k: v for k, v in environment().items() if k in ("TMPDIR", "PATH", "DOCKER_HOST", "SIMFRA_DOCKER")})[0], 0)
    if os.geteuid() == 0:
        (BASE / "tmp.yml").touch(mode=0)
        status, out, err = kiln_run(root, "--buildspec", BASE / "tmp.yml", program=program, preexec_fn=lambda: os.setuid(65534))
        check("--buildspec that may not be read: usage, with the reason", (status, out, err) == (2, "", f"kiln run: cannot read {BASE}/tmp.yml: Permission denied\n"), (status, out, err))
    check_gone("places")


def odd_input():
    root = tree_of("odd", "true")
    spec = root / "buildspec.yml"
    for name, content, status, said in (("with a mark and CRLF", b"\xef\xbb\xbfversion: 0.2\r\nphases:\r\n  build:\r\n    commands:\r\n      - echo crlf\r\n", 0, "\ncrlf\n"),
                                        ("of no bytes", b"", 1, "YAML_FILE_ERROR"), ("of zeros", b"\0" * 100, 1, "YAML_FILE_ERROR")):
        spec.write_bytes(content)
        got, out, err = kiln_run(root)
        check(f"a buildspec {name}", (got, err) == (status, "") and said in out, (got, out, err))
    spec.unlink()
    spec.mkdir()
    status, out, err = kiln_run(root)
    check("a buildspec that is a directory", status == 1 and "is a directory" in out, (status, out, err))
    status, out, err = kiln_run(root, "--buildspec", at("endless"))
    check("--buildspec with a directory elsewhere: usage", status == 2 and out == "" and f"{at('endless').name} is not a regular file" in err, (status, out, err))
    weird = tree_of("weird", "LC_ALL=C ls -b", rest="artifacts:\n  files: ['**/*']\n  enable-symlinks: yes\n")
    (weird / "loop").symlink_to("loop")
    (weird / "self").symlink_to(".")
    (weird / "new\nline").touch()
    open(os.fsencode(weird) + b"/raw\xff", "w").close()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(weird / "sock"))
        status, out, err = kiln_run(weird, "--artifacts", BASE / "tmp-weird")
    check("links in circles, odd names, a socket: built, what is left out is said", status == 0 and "\nloop\nnew\\nline\nraw\\377\nself\n" in out and "sock is a socket and is left out" in out, (status, out, err))
    check_equal("links in circles, odd names: as artifacts", sorted(os.listdir(os.fsencode(BASE / "tmp-weird"))), [b"buildspec.yml", b"loop", b"new\nline", b"raw\xff", b"self"])
    check_gone("odd input")


def at_once():
    root = tree_of("twice", "echo $CODEBUILD_BUILD_ID > mine; cat mine", rest="artifacts:\n  files: [mine]\n")
    both = [started(root, "--artifacts", BASE / f"tmp-twice-{i}") for i in range(2)]
    outs = [process.communicate(timeout=300) for process in both]
    made = [(BASE / f"tmp-twice-{i}/mine").read_text() for i in range(2)]
    check("two runs of one directory at once", [p.returncode for p in both] == [0, 0] and made[0] != made[1] and all(m in out for m, (out, _) in zip(made, outs)), outs)
    check_gone("two at once")


def engine_dies():
    proxy = EngineProxy(BASE / "engine-2")
    process = at_now(tree_of("outage", "echo now", GATE, "echo later"), DOCKER_HOST=f"unix://{proxy.path}")
    proxy.close()
    proxy.open()
    open_gate(at("outage").name)
    out, err = process.communicate(timeout=300)
    check("an engine that goes and comes back: the build goes on, each line once", process.returncode == 0 and out.count("\nlater\n") + out.startswith("later\n") == 1, (process.returncode, out, err))
    proxy.close()
    check_gone("an engine that goes and comes back")


if not (engine_available() and has_image()):
    skip("kiln run's edges", f"needs an engine with {IMAGE}")
    finish()
run(ending_signals, impatience, readers_that_go, places, odd_input, at_once, engine_dies)
shutil.rmtree(BASE, ignore_errors=True)
finish()
