#!/usr/bin/env python3
"""Serves the bare repositories below a directory by git's smart protocol on a free port, which it prints; ends with its input.

With a PEM file of key and certificate as second argument it is https.

/NAME.git plain; /private/NAME.git for kiln:secret only (401 without credentials, 403 with others), /only/WHO/NAME.git for the user:secret that the
environment's GIT_SERVER_USERS, a JSON object, has for WHO; /open/NAME.git for nobody who brings credentials (403);
/plain/NAME.git by a server that knows no shallow fetch; /moved/NAME.git redirects, /away/PORT/NAME.git to the server on that port;
/broken/... answers 500; /text/... answers 200 with a page; /cut/NAME.git
ends in the middle of the pack; /bare/NAME.git knows no side-band, /lone/NAME.git no include-tag."""

import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading

ROOT = sys.argv[1]
USERS = json.loads(os.environ.get("GIT_SERVER_USERS", "{}"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refused(self):
        if self.path.startswith("/open/"):
            return 403 if "Authorization" in self.headers else None
        if self.path.startswith("/private/"):
            wanted = "kiln:secret"
        elif self.path.startswith("/only/"):
            wanted = USERS[self.path.split("/")[2]]
        else:
            return None
        given = self.headers.get("Authorization", "")
        if not given:
            return 401
        return None if base64.b64decode(given[6:]) == wanted.encode() else 403

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/broken/"):
            return self.answer(500, [], b"no")
        if self.path.startswith("/text/"):
            return self.answer(200, [("Content-Type", "text/html")], b"<p>log in first</p>")
        if self.path.startswith("/moved/"):
            return self.answer(301, [("Location", self.path[6:])], b"")
        if self.path.startswith("/away/"):
            _, _, port, rest = self.path.split("/", 3)
            return self.answer(301, [("Location", f"http://127.0.0.1:{port}/{rest}")], b"")
        if self.refused():
            return self.answer(self.refused(), [], b"")
        mode = self.path.split("/")[1] if self.path.count("/") > 2 else ""
        path = self.path
        for prefix in ("/private", "/open", "/plain", "/cut", "/bare", "/lone"):
            if path.startswith(prefix + "/"):
                path = path[len(prefix):]
        if path.startswith("/only/"):
            path = "/" + path.split("/", 3)[3]
        path, _, query = path.partition("?")
        run = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, env={
            **os.environ, "GIT_PROJECT_ROOT": ROOT, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"})
        head, _, out = run.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        if mode == "plain":
            out = out.replace(b" shallow ", b" xhallow ")
        if mode == "bare":
            out = out.replace(b"side-band", b"xide-band")
        if mode == "lone":
            out = out.replace(b"include-tag", b"xnclude-tag")
        if mode == "cut" and self.command == "POST":
            out = out[:len(out) * 2 // 3]
        return self.answer(status, [(n, v) for n, v in headers if n not in ("Status", "Content-Length")], out)

    do_GET = do_POST = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
