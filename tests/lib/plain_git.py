"""Ordinary git, whatever the machine's own settings of it are."""

import os
import subprocess

GIT_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_AUTHOR_NAME": "t",
           "GIT_AUTHOR_EMAIL": "t@x.org", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@x.org"}


def git(*words, cwd=None, data=None):
    """A git command once it has ended, however it did; bytes come back where `data`, its input, is bytes."""
    return subprocess.run(["git", "-c", "init.defaultBranch=main", *map(str, words)], cwd=cwd, env=GIT_ENV, input=data, capture_output=True,
                          text=not isinstance(data, bytes))
