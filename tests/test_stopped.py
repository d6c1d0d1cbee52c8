"""Commands that are stopped by a signal, whenever it comes: they close what is open and say how they ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SIGNALS = pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
HOOK = "#!/bin/sh\ncat > heard.json\necho $MAGLABEL_EXIT_CODE > code\n"


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """A pipe between the test and what it stops: who opens it waits for the other side."""
    os.mkfifo(pipe := tmp_path / "pipe")
    return pipe


def refreshing(config: Path, on_finish: str, folder: Path) -> subprocess.Popen[str]:
    places = ("--config", str(config), "--database", f"sqlite:///{folder / 'catalog.sqlite'}")
    command = [sys.executable, str(ROOT / "maglabel.py"), "refresh", *places, "--on-finish", on_finish]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)


@SIGNALS
def test_a_signal_before_anything_is_asked(waiting: Path, tmp_path: Path, number: signal.Signals, code: int) -> None:
    hook = tmp_path / "hook"
    hook.write_text(HOOK, "utf-8")
    hook.chmod(0o755)
    with refreshing(waiting, str(hook), tmp_path) as child:
        with waiting.open("w"):  # it reads its settings now
            child.send_signal(number)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (code, "")
    assert out == f"no source done; 0 new, 0 changed, 0 gone; 0 requests, 0 bytes; exit code {code}\n"
    assert (tmp_path / "code").read_text("utf-8") == f"{code}\n"
    heard = json.loads((tmp_path / "heard.json").read_text("utf-8"))
    assert (heard["exit_code"], heard["error"], heard["sources"]) == (code, None, [])


@SIGNALS
def test_a_signal_while_the_command_at_the_end_runs(
    waiting: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    nothing = tmp_path / "maglabel.toml"
    nothing.write_text("", "utf-8")
    hook = f"sh -c 'cat >/dev/null; exec 3>{waiting}; echo up >&3; sleep 60 & sleep 60'"
    with refreshing(nothing, hook, tmp_path) as child, waiting.open() as heard:
        assert heard.readline() == "up\n"
        child.send_signal(number)
        assert heard.read() == "", "nobody has it open any more"
        child.communicate(timeout=60)
    assert child.returncode == code
