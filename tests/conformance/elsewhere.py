#!/usr/bin/env python3
"""A Kiln whose services are elsewhere: at a second Kiln, behind a proxy that notes what it is asked, and at moto's server.

What builds bring: sources and buildspecs of S3, sources of CodeCommit, credentials of Secrets Manager. What builds take out, artifacts
and logs, has its rows in `outputs`."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
import base64
import hashlib
import hmac
import http.server
import io
import re
import zipfile
from moto_server import Moto

require("kiln", "boto3", "engine", "image")

SECRET_KEY = "secret-of-the-settings"


class Recorder:
    """Passes every request on to `target` as it is, and keeps (method, path, headers) of each; a context manager."""

    def __init__(self, target):
        self.seen, port = [], int(target.rsplit(":", 1)[1])
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                recorder.seen.append((self.command, self.path, dict(self.headers)))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                out = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", answer.getheader("Content-Length") if self.command == "HEAD" else str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def asked(self, begin):
        return [(method, path, headers) for method, path, headers in self.seen if path.startswith(begin)]

    def keys(self):
        """(access key, region, service) of every signed request."""
        found = (re.search(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/", h.get("Authorization", "")) for _, _, h in self.seen)
        return {m.groups() for m in found if m}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def spec(text):
    return f"version: 0.2\nphases:\n  build:\n    commands:\n      - echo {text}\n"


def archive(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in files.items():
            made.writestr(name.replace("_", "."), text)
    return out.getvalue()


def ended(cb, build_id):
    """The build, once its container is gone too: else its Kiln might be stopped before it has removed that."""
    done = wait_build(cb, build_id)
    wait_for(lambda: not containers([build_id]), what=f"the container of {build_id} is gone")
    return done


def build(kiln, name, source, **more):
    cb = client("codebuild", kiln.url)
    cb.create_project(**{**project(name, "", **more), "source": source})
    started = cb.start_build(projectName=name)["build"]["id"]
    made.append(started)
    return ended(cb, started), kiln.build_log(started)


def context(done):
    return next(((p["contexts"][0]["statusCode"], p["contexts"][0]["message"]) for p in done["phases"] if p.get("phaseStatus") == "FAILED"), None)


def says(name, ended, text):
    done, log = ended
    return check(name, done["buildStatus"] == "SUCCEEDED" and f"\n{text}\n" in log, lambda: f"{context(done)}\n{log}")


def fill_s3(s3, bucket):
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="in/app.zip", Body=archive(buildspec_yml=spec("zip from far")))
    s3.put_object(Bucket=bucket, Key="spec.yml", Body=spec("spec from far"))
    for name, text in (("buildspec.yml", spec("folder from far")), ("deep/er", "x")):
        s3.put_object(Bucket=bucket, Key="folder/" + name, Body=text)


def s3_rows(kiln, bucket, title):
    slug = title.replace(" ", "-").replace("'", "")
    says(f"{title}: a zip of S3", build(kiln, slug + "-zip", {"type": "S3", "location": f"{bucket}/in/app.zip"}), "zip from far")
    says(f"{title}: a folder of S3", build(kiln, slug + "-folder", {"type": "S3", "location": f"{bucket}/folder/"}), "folder from far")
    says(f"{title}: a buildspec of S3", build(kiln, slug + "-spec", {"type": "NO_SOURCE", "buildspec": f"arn:aws:s3:::{bucket}/spec.yml"}), "spec from far")
    done, _ = build(kiln, slug + "-none", {"type": "S3", "location": f"{bucket}/in/none.zip"})
    code, said = context(done) or ("", "")
    check(f"{title}: an object that is not there", code == "CLIENT_ERROR" and said.startswith("NoSuchKey: "), said)


def fill_repository(far):
    url = client("codecommit", far.url).create_repository(repositoryName="far-app")["repositoryMetadata"]["cloneUrlHttp"]
    with tempfile.TemporaryDirectory() as directory:
        def git(*words):
            subprocess.run(["git", "-C", directory, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", *words],
                           check=True, capture_output=True, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"})
        git("init", "-q")
        (pathlib.Path(directory) / "buildspec.yml").write_text(spec("git from far"))
        git("add", "-A")
        git("commit", "-q", "-m", "first")
        git("push", "-q", url, "main")


def expected_password(stamp, region, host, path):
    """CodeCommit's password for SECRET_KEY, made here once more."""
    request = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    scope = f"{stamp[:8]}/{region}/codecommit/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = b"AWS4" + SECRET_KEY.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return f"{stamp}Z{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"


def codecommit_rows(kiln, recorder):
    location = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/far-app"
    says("CODECOMMIT of the second Kiln", build(kiln, "far-git", {"type": "CODECOMMIT", "location": location}), "git from far")
    asked = recorder.asked("/v1/repos/far-app/")
    logins = {h.get("Authorization", "") for _, _, h in asked}
    user, _, password = base64.b64decode(next(iter(logins), "Basic ")[6:]).decode().partition(":")
    check("both of git's requests were signed in with one login", len(asked) == 2 and len(logins) == 1, asked)
    check_equal("the user is the access key of the settings", user, "AKIDSETTINGS")
    check_equal("the password is SigV4's for CodeCommit", password, expected_password(password[:15], "us-east-1", "127.0.0.1", "/v1/repos/far-app"))
    done, _ = build(kiln, "far-git-none", {"type": "CODECOMMIT", "location": location + "-not"})
    check("a repository that the second Kiln has not", "repository not found for primary source" in (context(done) or ("", ""))[1], context(done))


def secret_rows(kiln, far):
    client("secretsmanager", far.url).create_secret(Name="git/far", SecretString=json.dumps({"ServerType": "GITHUB_ENTERPRISE", "Token": "far-token"}))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
            if words[0] == "add":
                (work / "buildspec.yml").write_text(spec("opened with a secret from far"))
            subprocess.run(["git", "-C", work, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", *words], check=True, capture_output=True)
        subprocess.run(["git", "clone", "-q", "--bare", work, f"{folder}/app.git"], check=True, capture_output=True)
        server = subprocess.Popen([sys.executable, ROOT / "tests/unit/source/git_server.py", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env={**os.environ, "GIT_SERVER_USERS": json.dumps({"far": "x-access-token:far-token"})})
        try:
            location = f"http://127.0.0.1:{server.stdout.readline().strip()}/only/far/app.git"
            auth = {"type": "SECRETS_MANAGER", "resource": "git/far"}
            says("a git source with a secret of the second Kiln", build(kiln, "far-secret", {"type": "GITHUB_ENTERPRISE", "location": location, "auth": auth}),
                 "opened with a secret from far")
        finally:
            server.stdin.close()
            server.wait()


def outputs(kiln, far):
    """What builds put elsewhere: `kiln` has all of its services at `far`; a row for each kind of artifacts and logs stands here."""
    s3, logs = client("s3", far.url), client("logs", far.url)
    s3.create_bucket(Bucket="far-artifacts")
    text = json.dumps({"version": 0.2, "phases": {"build": {"commands": ["echo made > out.txt", "echo said to far"]}}, "artifacts": {"files": ["out.txt"]}})
    done, log = build(kiln, "far-out", {"type": "NO_SOURCE", "buildspec": text}, artifacts={"type": "S3", "location": "far-artifacts", "packaging": "ZIP", "name": "out.zip"})
    if check("a build with artifacts to the second Kiln", done["buildStatus"] == "SUCCEEDED", lambda: f"{context(done)}\n{log}"):
        packed = zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket="far-artifacts", Key="out.zip")["Body"].read()))
        check_equal("its zip is there", {name: packed.read(name) for name in packed.namelist()}, {"out.txt": b"made\n"})
    events = logs.get_log_events(logGroupName="/aws/codebuild/far-out", logStreamName=done["id"].partition(":")[2], startFromHead=True)["events"]
    check("its log is there", "said to far" in "".join(e["message"] for e in events), events)


def from_the_settings(far):
    """Path style, credentials of the settings."""
    with Recorder(far.url) as recorder:
        settings = []
        for service in ("s3", "codecommit", "logs", "ssm", "secretsmanager"):
            settings += [f"{service}.endpoint={recorder.url}", f"{service}.accessKeyId=AKIDSETTINGS", f"{service}.secretAccessKey={SECRET_KEY}"]
        with kiln_server(*[word for one in settings for word in ("--set", one)]) as near:
            s3_rows(near, "far-sources", "path style")
            codecommit_rows(near, recorder)
            secret_rows(near, far)
            check_equal("every signature is of the settings' key and the build's region", recorder.keys(),
                        {("AKIDSETTINGS", "us-east-1", service) for service in ("s3", "secretsmanager", "logs")})
            check("buckets are in the path", recorder.asked("/far-sources/in/app.zip"), recorder.seen)
            check_equal("nothing of it is in the first Kiln", (client("s3", near.url).list_buckets()["Buckets"], client("codecommit", near.url).list_repositories()["repositories"]),
                        ([], []))
            outputs(near, far)
            check("the secret key is in no log", SECRET_KEY not in near.log.read_text(), near.tail())


def from_the_environment(far):
    """Virtual host style, credentials of the environment, a region of the settings'."""
    with Recorder(far.url) as recorder:
        env = {"AWS_ACCESS_KEY_ID": "AKIDENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "of-the-session"}
        with kiln_server("--set", f"s3.endpoint=http://localhost:{recorder.port}", "--set", "s3.pathStyle=false", "--set", "s3.region=eu-west-1", env=env) as near:
            s3_rows(near, "far-sources", "virtual host style")
        check_equal("every signature is of the environment's key and the settings' region", recorder.keys(), {("AKIDENVIRONMENT", "eu-west-1", "s3")})
        hosts = {h["Host"] for _, _, h in recorder.seen}
        check_equal("buckets are in the host's name", hosts, {f"far-sources.localhost:{recorder.port}"})
        check_equal("the session token goes along", {h.get("X-Amz-Security-Token") for _, _, h in recorder.seen}, {"of-the-session"})


def at_a_second_kiln():
    with kiln_server("--set", "engine.enabled=false") as far:
        fill_s3(client("s3", far.url), "far-sources")
        fill_repository(far)
        run(lambda: from_the_settings(far), lambda: from_the_environment(far))


def at_moto():
    with Moto() as moto:
        if moto.url is None:
            return skip("S3 of moto's server", "moto is not installed")
        fill_s3(client("s3", moto.url, s3={"addressing_style": "path"}), "moto-sources")
        env = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
        with kiln_server("--set", f"s3.endpoint={moto.url}", env=env) as near:
            s3_rows(near, "moto-sources", "moto's server")


def away():
    """An S3 that is not there is not the build's fault: it waits until it is stopped."""
    with kiln_server("--set", f"s3.endpoint=http://127.0.0.1:{free_port()}") as near:
        cb = client("codebuild", near.url)
        cb.create_project(**{**project("away", ""), "source": {"type": "S3", "location": "b/k.zip"}})
        started = cb.start_build(projectName="away")["build"]["id"]
        made.append(started)
        wait_for(lambda: "event=" in near.log.read_text() and "127.0.0.1" in near.log.read_text() and cb.batch_get_builds(ids=[started])["builds"][0]["currentPhase"] == "DOWNLOAD_SOURCE",
                 60, "the build asks", every=0.1)
        check_equal("a build whose S3 is away goes on", cb.batch_get_builds(ids=[started])["builds"][0]["buildStatus"], "IN_PROGRESS")
        cb.stop_build(id=started)
        check_equal("and can be stopped", ended(cb, started)["buildStatus"], "STOPPED")


made = []
run(at_a_second_kiln, at_moto, away)
check_no_leftovers("no container is left over", made)
finish()
