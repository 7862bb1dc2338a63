#!/usr/bin/env python3
"""`kiln run` as a user meets it: outcome and exit status, variables, buildspecs, sources, artifacts, Ctrl-C, a pipe and a terminal, the
shell in a failed container; and that nothing is left over, nor the directory changed."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from patience import quickest
import codecs
import pty
import re
import select
import stat

BASE = pathlib.Path(tempfile.mkdtemp(prefix="kiln-test-run-"))
TMP = BASE / "tmp"  # where every run here keeps its data
TMP.mkdir()
MARK = os.urandom(4).hex()  # ends the names of all projects here, which no other test's containers have then
os.umask(0o022)


def tree_of(name, files, buildspec=None):
    root = BASE / f"{name}-{MARK}"
    root.mkdir()
    if buildspec is not None:
        files = {"buildspec.yml": buildspec, **files}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def spec(*commands, rest="", phase="build"):
    lines = "".join(f"      - |\n        {command}\n" for command in commands)
    return f"version: 0.2\n{rest}phases:\n  {phase}:\n    commands:\n{lines}"


def environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KILN_")) and k != "NO_COLOR"}
    return {**env, "TMPDIR": str(TMP), "TERM": "xterm", **more}


def kiln_run(*words, cwd=None, env=None, stdin=subprocess.DEVNULL):
    done = subprocess.run([KILN, "run", *map(str, words)], cwd=cwd, env=environment(**(env or {})), stdin=stdin, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def at_now(root):
    """One that runs and whose log has the line "now"."""
    process = subprocess.Popen([KILN, "run", root], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.stdout.readline() not in ("now\n", ""):
        pass
    return process


def run_containers():
    """The builds of the runs here that have a container."""
    return [container["Labels"]["io.kiln.build"] for container in containers([MARK])]


def check_gone(name):
    check(f"{name}: no container and no data is left", not run_containers() and not list(TMP.iterdir()), lambda: (run_containers(), list(TMP.iterdir())))


class Terminal:
    """kiln run on a terminal of its own."""

    def __init__(self, *words, then=None, size=(30, 100)):
        """`then`: a command of the shell that runs on the same terminal afterwards."""
        command = [str(KILN), "run", *map(str, words)]
        if then:
            command = ["/bin/sh", "-c", f'"$@"; status=$?; {then}; exit $status', "sh", *command]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, environment())
        self.text, self.decoder = "", codecs.getincrementaldecoder("utf-8")("replace")
        self.resize(*size)

    def resize(self, rows, columns):
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def pump(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            got = os.read(self.fd, 65536)
        except OSError:
            got = b""
        self.text += self.decoder.decode(got)
        return bool(got)

    def expect(self, pattern, deadline=120):
        """Reads until `pattern` is in what came since the last one; answers the match."""
        end = time.monotonic() + deadline
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return found
            if time.monotonic() > end or not self.pump(0.2):
                raise TimeoutError(f"{pattern!r} not in {self.text[-2000:]!r}")

    def say(self, text):
        os.write(self.fd, text.encode())

    def leave(self, deadline=120):
        end = time.monotonic() + deadline
        while time.monotonic() < end and self.pump(0.2):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def outcomes():
    good = tree_of("good", {"sub/file": "x"}, spec("echo hello from $CODEBUILD_SRC_DIR", "ls -A", "cat", "env | grep '^CODEBUILD_\\(INITIATOR\\|RESOLVED\\|SOURCE_V\\)' || true"))
    status, out, err = kiln_run(good, stdin=subprocess.PIPE)
    check_equal("success: exit status", status, 0)
    check("success: the log and the phases are there", re.search(r"hello from /codebuild/output/src\d+/src\n", out) and "\nbuildspec.yml\nsub\n" in out
          and "==> BUILD SUCCEEDED in" in out and re.search(rf"==> {good.name}:\S+ SUCCEEDED in", out), out)
    check("success: no source version, the person is the initiator", "CODEBUILD_RESOLVED" not in out and "CODEBUILD_INITIATOR=kiln-run/" in out, out)
    check_equal("success: nothing on stderr, no escapes in a pipe", (err, "\x1b" in out), ("", False))
    check_gone("success")
    bad = tree_of("bad", {}, spec("echo before", "exit 7", "echo never"))
    status, out, err = kiln_run(cwd=bad)
    check_equal("failure in the current directory: exit status", status, 1)
    check("failure: what failed is told", "==> BUILD FAILED in" in out and "COMMAND_EXECUTION_ERROR: Error while executing command: exit 7" in out and "\nnever\n" not in out, out)
    check_gone("failure")
    status, out, err = kiln_run(tree_of("slow", {}, spec("while :; do read -t 1 x < /dev/zero; done || sleep 600")), "--timeout", "1", "--set", "queue.minute=3s")
    check("a build that takes too long is timed out", status == 1 and "TIMED_OUT" in out, (status, out, err))
    check_gone("time limit")


def mistakes():
    status, out, err = kiln_run(BASE / "nowhere")
    check("DIR is not there: usage", status == 2 and out == "" and "nowhere': No such file or directory" in err, (status, err))
    bare = tree_of("bare", {"file": "x"})
    status, out, err = kiln_run(bare / "file")
    check("DIR is a file: usage", status == 2 and "is not a directory" in err, (status, err))
    status, out, err = kiln_run(bare)
    check("no buildspec: the service's context", status == 1 and "==> DOWNLOAD_SOURCE FAILED in" in out and "YAML_FILE_ERROR: YAML file does not exist" in out, (status, out, err))
    status, out, err = kiln_run(bare, "--buildspec", "ci/none.yml")
    check("a named buildspec that is nowhere: the service's context", status == 1 and re.search(r"YAML_FILE_ERROR: stat /codebuild/output/src\d+/src/ci/none.yml: no such file or directory", out), (status, out, err))
    for words, said in ((["--env", "=x"], "no name"), (["--secondary", "a-b=."], "letters, digits and underscores"), (["--secondary", "lib"], "IDENTIFIER=DIR"),
                        (["--secondary", "lib=none"], "No such file"), (["--env-file", "none"], "cannot read none"), (["--timeout", "0"], "0"),
                        (["--compute-type", "HUGE"], "HUGE"), (["--artifacts", bare / "file"], "is not a directory"), (["--set", "server.port=1"], "chooses that itself"),
                        (["--set", "no.such=1"], "no.such"), (["--shell-on-failure"], "needs a terminal"), (["--json", "--shell-on-failure"], "do not go together"), (["a", "b"], "")):
        status, out, err = kiln_run(*([] if words == ["a", "b"] else [bare]), *words, cwd=bare)
        check(f"usage: {' '.join(map(str, words))[:40]}", status == 2 and said in err and out == "", (status, out, err))
    status, out, err = kiln_run(bare, env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    check("no engine: said at once, exit status 3", status == 3 and "/nowhere/docker.sock" in err and "kiln doctor" in err and out == "", (status, out, err))
    status, out, err = kiln_run("--help")
    check("--help teaches", status == 0 and "Examples:" in out and "Exit status:" in out and "--shell-on-failure" in out, out)
    check_gone("mistakes")


def variables():
    root = tree_of("variables", {}, spec('for v in A B C D E F; do eval "echo $v=[\\$$v]"; done', rest="env:\n  variables:\n    A: buildspec\n    B: buildspec\n"))
    (BASE / "tmp.env").write_text("# a comment\n\nB=file\n  C=\"quoted\" # kept\nD=x=y\nE\nNOT_SET_HERE\r\n")
    status, out, err = kiln_run(root, "--env-file", BASE / "tmp.env", "--env", "D=two words", "--env", "F", env={"E": "from here", "F": "too"})
    got = dict(re.findall(r"^([A-F])=\[(.*)\]$", out, re.M))
    check_equal("variables: option over file over buildspec, names alone from here", got,
                {"A": "buildspec", "B": "file", "C": '"quoted" # kept', "D": "two words", "E": "from here", "F": "too"})
    (BASE / "tmp.env").unlink()


def buildspecs():
    root = tree_of("specs", {"ci/other.yml": spec("echo other of $PWD")}, spec("echo default"))
    (BASE / "tmp.yml").write_text(spec("echo outside"))
    for words, said in (([], "default"), (["--buildspec", "ci/other.yml"], "other of "), (["--buildspec", BASE / "tmp.yml"], "outside"),
                        (["--buildspec", root / "ci/other.yml"], "other of "), (["--buildspec", spec("echo inline")], "inline"),
                        (["--buildspec", '{"version": 0.2, "phases": {"build": {"commands": ["echo json"]}}}'], "json")):
        status, out, err = kiln_run(root, *words)
        check(f"buildspec: {said}", status == 0 and re.search(rf"^{said}", out, re.M), (status, out, err))
    (BASE / "tmp.yml").unlink()


def listing(root):
    return subprocess.run(["find", ".", "-printf", "%p %y %m %s %T@ %l %U\n"], cwd=root, capture_output=True, text=True).stdout


def sources():
    root = tree_of("tree", {"run.sh": "#!/bin/sh\necho ran\n", "deep/er/file": "y"}, spec(
        "stat -c 'mode %a %n %Y' run.sh; readlink link; ls -A empty | wc -l; ./run.sh", "git log --format='subject %s'; git status --porcelain | sed 's/^/dirty /'",
        'echo "lib=$(cat $CODEBUILD_SRC_DIR_lib/lib.txt) at $CODEBUILD_SRC_DIR_lib"', "touch made; rm -r deep; aws --version 2>/dev/null | true",
        'echo "endpoint $AWS_ENDPOINT_URL"; (curl -s $AWS_ENDPOINT_URL/_kiln/health || wget -qO- $AWS_ENDPOINT_URL/_kiln/health) 2>/dev/null | sed "s/^/health /"'))
    lib = tree_of("lib", {"lib.txt": "library"})
    (root / "run.sh").chmod(0o751)
    (root / "link").symlink_to("deep/er/file")
    (root / "empty").mkdir()
    os.mkfifo(root / "pipe")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@y", "-C", root]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    (root / "run.sh").write_text("#!/bin/sh\necho ran changed\n")
    os.utime(root / "run.sh", (1_600_000_000, 1_600_000_000))
    for place in (root, lib):
        subprocess.run(["chmod", "-R", "a-w", place])
    before = listing(root), listing(lib)
    status, out, err = kiln_run(root, "--secondary", f"lib={lib}")
    check_equal("sources: exit status", status, 0) or note(out + err)
    check("sources: modes, times and links are kept", "mode 551 run.sh 1600000000\ndeep/er/file\n0\nran changed\n" in out, out)
    check("sources: .git is there with what is not committed", "\nsubject first\ndirty  M run.sh\n" in out, out)
    check("sources: a secondary one has its own directory", re.search(r"^lib=library at /codebuild/output/src\d+/src$", out, re.M), out)
    check("sources: what is no file is left out with a line", f"{root}/pipe is a pipe and is left out" in out, out)
    check("sources: Kiln's services are there for the build", re.search(r"endpoint http://\S+:\d+", out) and re.search(r"^health \{", out, re.M), out)
    check("sources: the directories are as they were", (listing(root), listing(lib)) == before)
    check_gone("sources")


def artifacts():
    root = tree_of("made", {}, spec("mkdir -p dist/sub; echo one > dist/one; echo two > dist/sub/two; chmod 750 dist/one; ln -s sub/two dist/link; chmod 500 dist/sub; echo doc > doc.txt") +
                   "artifacts:\n  base-directory: dist\n  enable-symlinks: yes\n  files: ['**/*']\n  name: ignored-$(date +%Y)\n  secondary-artifacts:\n    docs:\n      files: [doc.txt]\n")
    out_dir = BASE / "tmp-out" / "new"
    out_dir.mkdir(parents=True)
    (out_dir / "kept").write_text("mine")
    (out_dir / "one").write_text("an older one, and longer")
    for attempt in ("first", "again"):
        status, out, err = kiln_run(root, "--artifacts", out_dir)
        check_equal(f"artifacts, {attempt}: exit status", status, 0) or note(out + err)
        got = {str(p.relative_to(out_dir)): (os.readlink(p) if p.is_symlink() else p.read_text() if p.is_file() else "/") for p in out_dir.rglob("*")}
        check_equal(f"artifacts, {attempt}: files, links and directories", got,
                    {"kept": "mine", "one": "one\n", "link": "sub/two", "sub": "/", "sub/two": "two\n", "docs": "/", "docs/doc.txt": "doc\n"})
    check_equal("artifacts: modes", oct(stat.S_IMODE((out_dir / "one").stat().st_mode)), "0o750")
    status, out, err = kiln_run(root)
    check("artifacts: none are collected unless asked for", status == 0 and "Assembling file list" not in out and not (root / "dist").exists(), out)
    (out_dir / "one").unlink()
    (out_dir / "one").mkdir()
    status, out, err = kiln_run(root, "--artifacts", out_dir)
    check("artifacts: a directory in the way fails the phase with the reason", status == 1 and f"cannot replace {out_dir}/one: Is a directory" in out, (status, out, err))
    trap = BASE / "tmp-trap"
    trap.mkdir()
    (trap / "sub").symlink_to(BASE / "tmp-out")
    before = sorted(BASE.joinpath("tmp-out").rglob("*"))
    status, out, err = kiln_run(root, "--artifacts", trap)
    check("artifacts: nothing is written through a link", status == 1 and f"cannot make directory {trap}/sub" in out and sorted(BASE.joinpath("tmp-out").rglob("*")) == before, (status, out))
    empty = tree_of("nothing", {}, spec("true") + "artifacts:\n  files: [none.txt]\n")
    status, out, err = kiln_run(empty, "--artifacts", BASE / "tmp-none")
    check("artifacts: no match fails as in the service", status == 1 and "no matching artifact paths found" in out, out)
    check_gone("artifacts")


def as_json():
    root = tree_of("json", {}, spec("echo 'a \"line\"'"))
    status, out, err = kiln_run(root, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    last = [line for line in lines if line["type"] in ("ADDED", "MODIFIED")][-1]["object"]
    log = [line["object"]["text"] for line in lines if line["type"] == "LOG"]
    check("--json: every line is an object, the last state is the end", status == 0 and last["buildStatus"] == "SUCCEEDED" and last["source"]["type"] == "LOCAL_DIRECTORY", lines[-1:])
    check("--json: the log is in it", 'a "line"' in log and any("Entering phase BUILD" in line for line in log), log)


def signals_pending(process):
    """False too once it has ended."""
    try:
        text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return False
    return process.poll() is None and int(re.search(r"^ShdPnd:\s*(\w+)", text, re.M)[1], 16) & (1 << (signal.SIGINT - 1))


def interrupted():
    root = tree_of("endless", {}, spec("echo now; while :; do sleep 1; done"))
    for number, name, expected in ((signal.SIGINT, "Ctrl-C", 130), (signal.SIGTERM, "SIGTERM", 143)):
        def seconds():
            process = at_now(root)
            began = time.monotonic()
            process.send_signal(number)
            out, err = process.communicate(timeout=120)
            took = time.monotonic() - began
            check(f"{name}: exit status, the stopped build is told", process.returncode == expected and "STOPPED" in out and "Stopping the build" in out, (process.returncode, out, err))
            check_gone(name)
            return took
        took = quickest(seconds, 10)
        check(f"{name}: within 10 s", took < 10, took)
    process = at_now(root)
    process.send_signal(signal.SIGINT)
    wait_for(lambda: "Stopping" in process.stdout.readline(), 60, "the first Ctrl-C is seen")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    check_equal("two Ctrl-C: exit status", process.returncode, 130)
    check_gone("two Ctrl-C")
    process = at_now(root)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        wait_for(lambda: not signals_pending(process), 60, "the signal is taken", every=0.001)
    process.communicate(timeout=120)
    check_equal("three Ctrl-C: exit status", process.returncode, 130)
    status, out, err = kiln_run(tree_of("after-three", {}, spec("true")))
    check_equal("three Ctrl-C: the next run", status, 0) or note(out + err)
    check_gone("three Ctrl-C, and another run")
    piped = subprocess.run(["/bin/sh", "-c", '"$0" run "$1" | head -1', KILN, root], env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    check("a reader that goes stops the build", piped.stdout.startswith(f"{root.name}:"), piped)
    check_gone("a reader that goes")


def killed():
    process = at_now(tree_of("killed", {}, spec("echo now; sleep 600")))
    left = next(TMP.iterdir())
    beside = tree_of("beside", {}, spec("echo now", GATE))
    other = at_now(beside)
    process.kill()
    process.communicate()
    (TMP / "kiln-run-backup").mkdir()
    check("kill -9: container and data are left", len(run_containers()) == 2 and len(list(TMP.iterdir())) == 3, (run_containers(), list(TMP.iterdir())))
    (left / "CURRENT").rename(left / "aside")
    status, out, err = kiln_run(tree_of("damaged", {}, spec("true")))
    check("kill -9: data that cannot be read stays, with a line, and so does its container", status == 0 and f"an earlier run has left {left}: " in err and left.is_dir()
          and any(f":build/killed-{MARK}:" in name for name in run_containers()), (status, out, err, run_containers()))
    (left / "aside").rename(left / "CURRENT")
    status, out, err = kiln_run(tree_of("next", {}, spec("echo fine")))
    check("kill -9: the next run is not disturbed", status == 0, (status, out, err))
    open_gate(beside.name)
    other.communicate(timeout=120)
    check_equal("kill -9: nor is one beside it", other.returncode, 0)
    check("kill -9: a directory that only has such a name stays", (TMP / "kiln-run-backup").is_dir())
    (TMP / "kiln-run-backup").rmdir()
    check_gone("kill -9, and another run")


def on_a_terminal():
    root = tree_of("coloured", {}, spec(GATE, "echo on a terminal"))
    terminal = Terminal(root)
    terminal.expect(r"\x1b\[")
    terminal.expect("Running command until")
    terminal.expect("Ctrl-C stops it")
    open_gate(root.name)
    terminal.expect("\x1b\\[32m✓\x1b\\[0m BUILD")
    terminal.expect("\x1b\\[32mSUCCEEDED\x1b\\[0m in")
    check_equal("terminal: colour and a live line, exit status", terminal.leave(), 0)
    terminal = Terminal(tree_of("endless2", {}, spec("echo no''w; sleep 600")))
    terminal.expect("now\r\n")
    terminal.say("\x03")
    terminal.expect("STOPPED")
    check_equal("terminal: Ctrl-C as a key", terminal.leave(), 130)
    check_gone("terminal")


def shells():
    for shell, rest in (("/bin/sh", ""), ("bash", "env:\n  shell: bash\n")):
        root = tree_of("shell-" + shell.strip("/").replace("/", "-"), {"in/file": "x"},
                       spec("cd in; export KEPT=\"it's kept\"", "false", rest=rest).replace("phases:", "phases:\n  post_build:\n    commands: ['cd /; export KEPT=later']"))
        terminal = Terminal(root, "--shell-on-failure")
        terminal.expect("A shell in the build's container")
        terminal.expect("[#$] ")
        terminal.say("stty -echo; PS1=\n")
        terminal.say('echo "at=$PWD kept=[$KEPT] build=[$CODEBUILD_BUILD_NUMBER] flags=$-"; stty size; echo "bash=[${BASH_VERSION%%.*}]"; echo en""d\n')
        text = terminal.expect(r"at=(\S+) kept=\[(.*)\] build=\[(\d+)\] flags=(\w+)\s+(\d+ \d+)\s+bash=\[(\d*)\]\s+end")
        check(f"shell of {shell}: directory, variables, size", re.fullmatch(r"/codebuild/output/src\d+/src/in", text[1]) and text[2] == "it's kept" and text[3] == "1" and "i" in text[4] and text[5] == "30 100", text.groups())
        check_equal(f"shell of {shell}: it is the buildspec's", bool(text[6]), shell == "bash")
        terminal.resize(40, 120)
        terminal.say("while [ \"$(stty size)\" != '40 120' ]; do :; done; echo resi''zed\n")
        terminal.expect("resized")
        terminal.say("cat\nechoed\n")
        terminal.expect("echoed\r\n")
        terminal.say("\x03")
        terminal.expect("\r\n")
        terminal.say("echo still he''re\n")
        terminal.expect("still here")
        terminal.say("stty -echo; PS1=; echo rea''dy; cat > /tmp/pasted; wc -c < /tmp/pasted; echo do''ne\n")
        terminal.expect("ready")
        paste = threading.Thread(target=terminal.say, args=(("x" * 999 + "\n") * 300 + "\x04",))
        paste.start()
        terminal.expect("300000\r\n")
        paste.join()
        terminal.expect("done")
        terminal.say("exit 5\n")
        check_equal(f"shell of {shell}: exit status is the build's", terminal.leave(), 1)
        check_gone(f"shell of {shell}")
    terminal = Terminal(tree_of("fine", {}, spec("true")), "--shell-on-failure")
    terminal.expect("SUCCEEDED\x1b\\[0m in")
    check_equal("shell: none after a success", (terminal.leave(), "A shell" in terminal.text), (0, False))
    terminal = Terminal(tree_of("hung-up", {}, spec("false")), "--shell-on-failure")
    terminal.expect("[#$] ")
    os.kill(terminal.pid, signal.SIGTERM)
    check_equal("shell: SIGTERM ends it", terminal.leave(), 143)
    terminal = Terminal(tree_of("cooked", {}, spec("false")), "--shell-on-failure", then="stty -a")
    terminal.expect("[#$] ")
    terminal.say("exit\n")
    settings = terminal.expect(r"-?isig -?icanon -?iexten -?echo ")[0]
    check_equal("shell: the terminal is as it was", settings, "isig icanon iexten echo ")
    terminal.leave()
    terminal = Terminal(tree_of("no-image", {}, spec("false")), "--shell-on-failure", "--image", "127.0.0.1:1/no/such:image")
    terminal.expect("no shell: .*")
    check_equal("shell: without a container it is said", terminal.leave(), 1)
    check_gone("shells")


if not (engine_available() and has_image()):
    skip("kiln run", f"needs an engine with {IMAGE}")
    finish()
run(outcomes, mistakes, variables, buildspecs, sources, artifacts, as_json, interrupted, killed, on_a_terminal, shells)
subprocess.run(["chmod", "-R", "u+w", BASE])
shutil.rmtree(BASE, ignore_errors=True)
finish()
