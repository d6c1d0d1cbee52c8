"""`--on-finish`: a command of the operator's that hears how a refresh ended."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from subprocess import PIPE
from typing import Any

from checker.errors import ConfigError

HOOK_SECONDS = 300
"""After so long the command is killed, so that it cannot hold up the next refresh for ever."""


def hook_of(command: str | None) -> list[str]:
    """The command's words, empty for none; raises ConfigError when its quotes do not match."""
    try:
        return shlex.split(command or "")
    except ValueError as error:
        raise ConfigError(f"on_finish cannot be understood: {error} in {command!r}.") from None


def run_hook(words: Sequence[str], report: Mapping[str, Any], exit_code: int) -> str:
    """Run the command without a shell, the report on its standard input; returns why it failed, or nothing.

    What it prints goes to standard error: standard output belongs to the refresh's own report.
    """
    if not words:
        return ""
    environment = {**os.environ, "MAGLABEL_EXIT_CODE": str(exit_code)}
    said = json.dumps(report, ensure_ascii=False, default=str).encode(errors="backslashreplace")
    try:
        code = _run(words, said, environment)
    except subprocess.TimeoutExpired:
        return f"The command on_finish ({words[0]}) did not end within {HOOK_SECONDS} seconds and was killed."
    except (OSError, ValueError) as error:  # ValueError: a NUL in its words
        return f"The command on_finish ({words[0]}) cannot be run: {getattr(error, 'strerror', error)}."
    ended = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
    return f"The command on_finish ({words[0]}) {ended}." if code else ""


def _run(words: Sequence[str], said: bytes, environment: Mapping[str, str]) -> int:
    """The exit code, negative for a signal. What it started is killed with it when it takes too long."""
    with subprocess.Popen(words, stdin=PIPE, stdout=sys.stderr, env=environment, process_group=0) as child:
        try:
            child.communicate(said, HOOK_SECONDS)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    return child.returncode
