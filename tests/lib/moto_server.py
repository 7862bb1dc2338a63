"""moto's server, which Kiln's authors did not write, to compare with and to talk to."""

import socket
import subprocess
import sys

from harness import free_port, wait_for


class Moto:
    """moto's server on a port of its own, or nothing where it is not installed: `url` is None then."""

    def __init__(self):
        self.process, self.url = None, None

    def __enter__(self):
        port = free_port()
        for words in ([sys.executable, "-m", "moto.server", "-p", str(port)], ["moto_server", "-p", str(port)]):
            try:
                self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                wait_for(lambda: self.process.poll() is not None or self.answers(port), 180, "moto's server answers", every=0.1)
            except (OSError, TimeoutError):
                continue
            if self.process.poll() is None:
                self.url = f"http://127.0.0.1:{port}"
                break
        return self

    def answers(self, port):
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True
        except OSError:
            return False

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
