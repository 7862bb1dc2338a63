#!/usr/bin/env python3
"""Stored source credentials: the three operations with boto3 and the aws CLI, and what builds get from a git server that demands them."""

import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *
from secrets_at_rest import check_hidden, files_with

require("kiln", "boto3", "aws")
from botocore.exceptions import ClientError  # noqa: E402

TOKEN, OTHER, APP_PASSWORD = "ghp-very-secret-0123", "glpat-also-secret-4567", "bb-app-secret-89ab"


def arn(server, region=REGION):
    return f"arn:aws:codebuild:{region}:000000000000:token/{server}"


def refused(call, **arguments):
    try:
        return f"was done: {call(**arguments)}"
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"


def operations():
    cb = client("codebuild", kiln.url)
    check_equal("none at first", cb.list_source_credentials()["sourceCredentialsInfos"], [])
    check_equal("ImportSourceCredentials answers the ARN",
                cb.import_source_credentials(serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN", token=TOKEN)["arn"], arn("github"))
    status, answer, said = aws(kiln.url, "codebuild", "import-source-credentials", "--server-type", "BITBUCKET", "--auth-type", "BASIC_AUTH",
                               "--username", "ann", "--token", APP_PASSWORD)
    check_equal("aws codebuild import-source-credentials", (status, answer), (0, {"arn": arn("bitbucket")})) or note(said)
    _, listed, _ = aws(kiln.url, "codebuild", "list-source-credentials")
    check_equal("aws codebuild list-source-credentials shows no token", listed, {"sourceCredentialsInfos": [
        {"arn": arn("bitbucket"), "serverType": "BITBUCKET", "authType": "BASIC_AUTH"},
        {"arn": arn("github"), "serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN"}]})
    check_equal("another region has its own", client("codebuild", kiln.url, "eu-west-1").list_source_credentials()["sourceCredentialsInfos"], [])
    said = refused(cb.import_source_credentials, serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN", token=OTHER, shouldOverwrite=False)
    check("one that is there is not overwritten when that is not wanted", said.startswith("ResourceAlreadyExistsException: ") and OTHER not in said, said)
    loose = client("codebuild", kiln.url, parameter_validation=False)
    for name, arguments, text in (
            ("no token", {"serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN"}, "Token is required"),
            ("OAUTH", {"serverType": "GITHUB", "authType": "OAUTH", "token": OTHER}, "OAUTH"),
            ("BASIC_AUTH without a user", {"serverType": "BITBUCKET", "authType": "BASIC_AUTH", "token": OTHER}, "Username is required"),
            ("an unknown server", {"serverType": "GITEA", "authType": "PERSONAL_ACCESS_TOKEN", "token": OTHER}, "serverType")):
        said = refused(loose.import_source_credentials, **arguments)
        check(f"refused: {name}", said.startswith("InvalidInputException: ") and text in said and OTHER not in said, said)
    kiln.kill9()
    kiln.start()
    check_equal("they survive kill -9", len(cb.list_source_credentials()["sourceCredentialsInfos"]), 2)
    check_hidden(kiln, TOKEN)
    check("nor any of the others", not files_with(kiln, APP_PASSWORD) and not files_with(kiln, OTHER))
    check_equal("DeleteSourceCredentials answers the ARN", cb.delete_source_credentials(arn=arn("bitbucket"))["arn"], arn("bitbucket"))
    said = refused(cb.delete_source_credentials, arn=arn("bitbucket"))
    check("a second time they are not found", said.startswith("ResourceNotFoundException: ") and arn("bitbucket") in said, said)
    status, _, said = aws(kiln.url, "codebuild", "delete-source-credentials", "--arn", "nonsense")
    check("aws codebuild delete-source-credentials of nonsense", status != 0 and "InvalidInputException" in said, said)
    cb.delete_source_credentials(arn=arn("github"))


class GitServer:
    """The unit tests' git server over repositories below `folder`; a context manager."""

    def __init__(self, folder, *more):
        program = ROOT / "tests/unit/source/git_server.py"
        users = {"token": f"x-access-token:{TOKEN}", "gitlab": f"oauth2:{OTHER}", "basic": f"ann:{APP_PASSWORD}"}
        self.process = subprocess.Popen([sys.executable, program, str(folder), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "GIT_SERVER_USERS": json.dumps(users)})
        self.port = int(self.process.stdout.readline())
        self.url = f"http{'s' if more else ''}://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def git(directory, *words):
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", "-C", str(directory), "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", *words],
                   check=True, capture_output=True, env=env)


LOOK = "version: 0.2\nphases:\n  build:\n    commands:\n      - cat .git/config\n      - ls\n      - env\n"


def make_repository(folder, name, files, modules=()):
    work = folder / "work" / name
    work.mkdir(parents=True)
    git(work, "init", "-q")
    for path, text in files.items():
        (work / path).write_text(text)
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "first")
    head = subprocess.run(["git", "-C", str(folder / "work" / "lib"), "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    if modules:
        (work / ".gitmodules").write_text("".join(f'[submodule "{m}"]\n\tpath = {m}\n\turl = {url}\n' for m, url in modules))
        for module, _ in modules:
            git(work, "update-index", "--add", "--cacheinfo", f"160000,{head},{module}")
        git(work, "add", ".gitmodules")
        git(work, "commit", "-q", "-m", "modules")
    git(folder, "clone", "-q", "--bare", str(work), str(folder / "served" / f"{name}.git"))


class World:
    def __init__(self, server, other, secure):
        self.server, self.other, self.secure = server, other, secure
        self.cb, self.secrets = client("codebuild", kiln.url), client("secretsmanager", kiln.url)
        self.made = []

    def build(self, name, location, kind="GITHUB_ENTERPRISE", start=None, auth=None, **source):
        arguments = project(name, "", sourceVersion="main", **source.pop("_more", {}))
        arguments["source"] = {"type": kind, "location": location, **({"auth": auth} if auth else {}), **source}
        self.cb.create_project(**arguments)
        started = self.cb.start_build(projectName=name, **(start or {}))["build"]
        self.made.append(started["id"])
        done = wait_build(self.cb, started["id"])
        return done, self.kept(done, kiln.build_log(started["id"]))

    def kept(self, build, log):
        for secret in (TOKEN, OTHER, APP_PASSWORD):
            if secret in log or secret in str(build):
                check("no token in a build's log or record", False, (secret, log))
        return log

    def store(self, server, token, kind="PERSONAL_ACCESS_TOKEN"):
        self.cb.import_source_credentials(serverType=server, authType=kind, token=token)

    def secret(self, name, **members):
        return self.secrets.create_secret(Name=name, SecretString=json.dumps(members))["ARN"]


def context(build):
    return next(((p["contexts"][0]["statusCode"], p["contexts"][0]["message"]) for p in build["phases"] if p.get("phaseStatus") == "FAILED"), None)


def succeeded(name, build, log):
    return check(name, build["buildStatus"] == "SUCCEEDED", lambda: f"{context(build)}\n{log}")


def stored_tokens(world):
    private = f"{world.server.url}/only/token/app.git"
    build, _ = world.build("none", private)
    check_equal("without credentials", context(build), ("CLIENT_ERROR", "authentication required for primary source and source version main"))
    world.store("GITHUB_ENTERPRISE", OTHER)
    build, _ = world.build("wrong", private)
    check_equal("with a wrong token", context(build), ("CLIENT_ERROR", "authorization failed for primary source and source version main"))
    world.store("GITHUB_ENTERPRISE", TOKEN)
    build, log = world.build("right", private)
    succeeded("GITHUB_ENTERPRISE with the stored token, as x-access-token", build, log)
    check("the build's .git/config has the URL as it was given", f"url = \"{private}\"" in log, log)
    build, log = world.build("gitlab-none", f"{world.server.url}/only/gitlab/app.git", "GITLAB_SELF_MANAGED")
    check_equal("a token of another server type is not used", context(build)[1][:23], "authentication required")
    world.store("GITLAB_SELF_MANAGED", OTHER)
    build, log = world.build("gitlab", f"{world.server.url}/only/gitlab/app.git", "GITLAB_SELF_MANAGED")
    succeeded("GITLAB_SELF_MANAGED with the stored token, as oauth2", build, log)
    build, log = world.build("oauth", private, auth={"type": "OAUTH"})
    succeeded("auth of type OAUTH is the stored token", build, log)
    build, log = world.build("oauth-arn", private, auth={"type": "OAUTH", "resource": arn("github_enterprise")})
    succeeded("auth with the ARN of stored credentials", build, log)
    build, log = world.build("foreign", private, auth={"type": "OAUTH", "resource": arn("gitlab_self_managed")})
    check("those of another server type are refused", (context(build) or ("", ""))[1].startswith("authorization failed: " + arn("gitlab_self_managed")), context(build))
    build, log = world.build("tls", f"{world.secure.url}/only/token/app.git", insecureSsl=True)
    succeeded("over https", build, log)
    build, log = world.build("tls-strict", f"{world.secure.url}/only/token/app.git")
    check("a certificate that nobody vouches for is refused", "certificate" in (context(build) or ("", ""))[1], context(build))


def secrets(world):
    basic = f"{world.server.url}/only/basic/app.git"
    made = world.secret("git/basic", ServerType="GITHUB_ENTERPRISE", AuthType="BASIC_AUTH", Username="ann", Token=APP_PASSWORD)
    for name, resource in (("by-name", "git/basic"), ("by-arn", made)):
        build, log = world.build("secret-" + name, basic, auth={"type": "SECRETS_MANAGER", "resource": resource})
        succeeded(f"auth of a secret {name} goes before the stored token", build, log)
    build, log = world.build("override", basic, start={"sourceAuthOverride": {"type": "SECRETS_MANAGER", "resource": made}})
    succeeded("a build's own auth goes before the project's", build, log)
    build, log = world.build("secret-absent", basic, auth={"type": "SECRETS_MANAGER", "resource": "git/none"})
    check_equal("a secret that is not there", context(build), ("Secrets Manager Error", "ResourceNotFoundException: Secrets Manager can't find the specified secret."))
    for name, members, words in (("no-token", {"AuthType": "PERSONAL_ACCESS_TOKEN"}, "has no Token"),
                                 ("other-server", {"ServerType": "GITLAB", "Token": OTHER}, "is not for server type GITHUB_ENTERPRISE"),
                                 ("no-user", {"AuthType": "BASIC_AUTH", "Token": OTHER}, "has no Username")):
        world.secret(f"git/{name}", **members)
        build, _ = world.build("secret-" + name, basic, auth={"type": "SECRETS_MANAGER", "resource": f"git/{name}"})
        code, said = context(build) or ("", "")
        check(f"a secret with {name}", code == "CLIENT_ERROR" and said.startswith(f"authorization failed: the secret git/{name} {words}"), said)
    made = world.secret("git/token", ServerType="GITHUB_ENTERPRISE", AuthType="PERSONAL_ACCESS_TOKEN", Token=TOKEN)
    world.store("GITHUB_ENTERPRISE", made, "SECRETS_MANAGER")
    check("ListSourceCredentials shows the secret's ARN", {"arn": arn("github_enterprise"), "serverType": "GITHUB_ENTERPRISE", "authType": "SECRETS_MANAGER",
                                                          "resource": made} in world.cb.list_source_credentials()["sourceCredentialsInfos"])
    build, log = world.build("secret-stored", f"{world.server.url}/only/token/app.git")
    succeeded("stored credentials that name a secret", build, log)
    connection = "arn:aws:codeconnections:us-east-1:000000000000:connection/x"
    build, _ = world.build("connection", basic, auth={"type": "CODECONNECTIONS", "resource": connection})
    check("a connection is refused in plain words", (context(build) or ("", ""))[1].startswith("authorization failed: Kiln has no CodeConnections"), context(build))


def hosts(world):
    world.store("GITHUB_ENTERPRISE", TOKEN)
    same, away = world.server.url, f"{world.server.url}/away/{world.other.port}/only/token/app.git"
    build, _ = world.build("redirected", away)
    check_equal("a redirect to another host does not take the token along", context(build),
                ("CLIENT_ERROR", "authentication required for primary source and source version main"))
    build, log = world.build("redirected-home", f"{same}/away/{world.server.port}/only/token/app.git")
    succeeded("one to the same host does", build, log)
    build, log = world.build("modules-same", f"{same}/only/token/same.git", gitSubmodulesConfig={"fetchSubmodules": True})
    succeeded("a submodule of the same host gets the token", build, log)
    build, log = world.build("modules-other", f"{same}/only/token/other.git", gitSubmodulesConfig={"fetchSubmodules": True})
    check("a submodule of another host does not", (context(build) or ("", ""))[1].startswith('submodule "lib": authentication required'), context(build))
    build, log = world.build("secondary", f"{same}/only/token/app.git", _more={"secondarySources": [
        {"type": "GITHUB_ENTERPRISE", "sourceIdentifier": "lib", "location": f"{same}/only/basic/lib.git",
         "auth": {"type": "SECRETS_MANAGER", "resource": "git/basic"}}]})
    succeeded("a secondary source has its own auth", build, log)


def inspected(world):
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - sleep 600\n"
    world.cb.create_project(**{**project("held", ""), "source": {"type": "GITHUB_ENTERPRISE", "buildspec": spec,
                                                                 "location": f"{world.server.url}/only/token/app.git"}})
    held = world.cb.start_build(projectName="held")["build"]["id"]
    world.made.append(held)
    wait_for(lambda: world.cb.batch_get_builds(ids=[held])["builds"][0]["currentPhase"] == "BUILD", 120, "the build is in BUILD", every=0.1)
    shown = json.dumps(engine("GET", f"/containers/{containers([held])[0]['Id']}/json")[1])
    world.cb.stop_build(id=held)
    wait_build(world.cb, held)
    check("docker inspect shows no token", TOKEN not in shown and held.split(":")[1] in shown, shown)


def builds():
    if not (engine_available() and has_image()):
        return skip("builds", f"needs an engine with {IMAGE}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "served").mkdir()
        pem = folder / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=localhost"],
                       check=True, capture_output=True)
        pem.write_text(pem.read_text() + (folder / "cert.pem").read_text())
        with GitServer(folder / "served") as server, GitServer(folder / "served") as other, GitServer(folder / "served", str(pem)) as secure:
            make_repository(folder, "lib", {"lib.txt": "library"})
            make_repository(folder, "app", {"buildspec.yml": LOOK})
            for name, host in (("same", server), ("other", other)):
                make_repository(folder, name, {"buildspec.yml": LOOK}, [("lib", f"{host.url}/only/token/lib.git")])
            world = World(server, other, secure)
            run(lambda: stored_tokens(world), lambda: secrets(world), lambda: hosts(world), lambda: inspected(world))
        check_no_leftovers("no container is left over", world.made)
    for name, clear in (("TOKEN", TOKEN), ("OTHER", OTHER), ("APP_PASSWORD", APP_PASSWORD)):
        found = files_with(kiln, clear)
        check(f"after all builds no file of the data or the log has {name}", not found, found)


with kiln_server() as kiln:
    run(operations, builds)
finish()
